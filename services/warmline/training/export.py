"""From fitted heads and an encoder to the folder that `models` loads."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnxruntime

from warmline.models.context import GIST
from warmline.models.layout import HEADS, TURN_WIDTH, WIDTH
from warmline.models.manifest import CONTEXT, GRAPH, MANIFEST, TOKENIZER, Manifest
from warmline.training.encoder_graph import Bert, EncoderGraph
from warmline.training.fitted import Fitted
from warmline.training.heads_graph import HeadWeights, write_heads
from warmline.training.onnx_writer import GraphWriter
from warmline.training.quantise import Range, observe
from warmline.training.targets import Floats


def vocabulary_of(bert: Bert) -> int:
    """Return how many word pieces the encoder knows."""
    return len(bert.weights["embeddings.word_embeddings.weight"])


def float_graph(bert: Bert) -> tuple[bytes, list[str]]:
    """Return the encoder in floats, giving out `features` and each linear layer's inputs, and the latters' names."""
    graph = GraphWriter()
    encoder = EncoderGraph(graph, bert, None)
    graph.output(encoder.write(), "features", rank=2)
    return graph.model(), encoder.sites


def int8_graph(bert: Bert, ranges: Mapping[str, Range], heads: HeadWeights | None) -> bytes:
    """Return the encoder in int8, giving out `features`, and `heard` where there are heads."""
    graph = GraphWriter()
    features = EncoderGraph(graph, bert, ranges).write()
    graph.output(features, "features", rank=2)
    if heads is not None:
        graph.output(write_heads(graph, features, heads, vocabulary_of(bert)), "heard", rank=2)
    return graph.model()


def open_bytes(model: bytes, threads: int = 1) -> onnxruntime.InferenceSession:
    """Open a graph that is not in a file."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def calibrate(bert: Bert, texts: Sequence[np.ndarray]) -> dict[str, Range]:
    """Run texts (token ids) through the float encoder and return the range of each linear layer's inputs."""
    model, sites = float_graph(bert)
    session = open_bytes(model)
    seen: dict[str, list[Floats]] = {site: [] for site in sites}
    for ids in texts:
        for site, value in zip(sites, session.run(sites, {"ids": ids[None]}), strict=True):
            seen[site].append(value[0])
    return {site: observe(values) for site, values in seen.items()}


def divisors(temperatures: Mapping[str, float]) -> Floats:
    """Return what each output's logit is divided by."""
    return np.concatenate([np.full(len(head.labels), temperatures[head.name], dtype=np.float32) for head in HEADS])


def final_heads(fitted: Fitted, temperatures: Mapping[str, float]) -> HeadWeights:
    """Divide the temperatures in, and bring the words' weights to int8 with one unit per output."""
    divisor = divisors(temperatures)
    bag = fitted.bag / divisor
    scale = np.maximum(np.abs(bag).max(axis=0) / 127, 1e-12).astype(np.float32)
    whole = np.concatenate([divisor, np.ones(GIST, dtype=np.float32)])
    return HeadWeights(
        weight=(fitted.weight / whole).astype(np.float32),
        bias=(fitted.bias / whole).astype(np.float32),
        bag=np.round(bag / scale).astype(np.int8),
        bag_scale=scale,
    )


def of_every_turn(heads: HeadWeights) -> HeadWeights:
    """Leave the public emotions out, which have layers of their own; see `public_graph`."""
    return HeadWeights(
        weight=np.delete(heads.weight, np.s_[TURN_WIDTH:WIDTH], axis=1),
        bias=np.delete(heads.bias, np.s_[TURN_WIDTH:WIDTH]),
        bag=heads.bag[:, :TURN_WIDTH],
        bag_scale=heads.bag_scale[:TURN_WIDTH],
    )


def final_context(fitted: Fitted, temperatures: Mapping[str, float]) -> dict[str, Floats]:
    """Return the arrays of `context.npz`, the temperatures divided in, without the public emotions."""
    divisor = divisors(temperatures)
    return {
        "first": fitted.first,
        "first_bias": fitted.first_bias,
        "second": (fitted.second / divisor)[:, :TURN_WIDTH].astype(np.float32),
        "second_bias": (fitted.second_bias / divisor)[:TURN_WIDTH].astype(np.float32),
        "direct": (fitted.direct / divisor)[:, :TURN_WIDTH].astype(np.float32),
    }


def write_folder(  # the files of a folder
    out: Path,
    graph: bytes,
    context: Mapping[str, Floats],
    tokenizer: Path,
    manifest: Manifest,
) -> None:
    """Write everything that scoring needs."""
    out.mkdir(parents=True, exist_ok=True)
    (out / GRAPH).write_bytes(graph)
    shutil.copyfile(tokenizer, out / TOKENIZER)
    arrays: dict[str, Any] = dict(context)
    np.savez(out / CONTEXT, **arrays)
    write_manifest(out, manifest)


def write_manifest(out: Path, manifest: Manifest) -> None:
    """Write what stands beside the graph."""
    (out / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
