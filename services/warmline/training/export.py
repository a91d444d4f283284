"""From fitted heads and an encoder to the folder that `models` loads."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
import onnxruntime

from warmline.models.bag import PAIR_BUCKETS
from warmline.models.layout import COLUMNS, HEADS
from warmline.models.manifest import GRAPH, HEADS as HEADS_FILE, MANIFEST, TOKENIZER, Manifest
from warmline.training.encoder_graph import Bert, EncoderGraph
from warmline.training.fit import Fitted
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
    """Return the encoder in int8, giving out `features`, and `outputs` where there are heads."""
    graph = GraphWriter()
    features = EncoderGraph(graph, bert, ranges).write()
    graph.output(features, "features", rank=2)
    if heads is not None:
        graph.output(write_heads(graph, features, heads, vocabulary_of(bert)), "outputs", rank=2)
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


def final_heads(fitted: Fitted, temperatures: Mapping[str, float]) -> HeadWeights:
    """Divide the temperatures in, and bring the words' weights to int8 with one unit per output."""
    divisor = np.concatenate([np.full(len(head.labels), temperatures[head.name], dtype=np.float32) for head in HEADS])
    bag = fitted.bag / divisor
    scale = np.maximum(np.abs(bag).max(axis=0) / 127, 1e-12).astype(np.float32)
    return HeadWeights(
        weight=(fitted.weight / divisor).astype(np.float32),
        bias=(fitted.bias / divisor).astype(np.float32),
        bag=np.round(bag / scale).astype(np.int8),
        bag_scale=scale,
    )


def write_folder(out: Path, graph: bytes, heads: HeadWeights, tokenizer: Path, manifest: Manifest) -> None:
    """Write everything that scoring needs."""
    out.mkdir(parents=True, exist_ok=True)
    (out / GRAPH).write_bytes(graph)
    shutil.copyfile(tokenizer, out / TOKENIZER)
    # float16 and compressed: for the encoders that are not in the graph, a rounding far below int8's.
    np.savez_compressed(
        out / HEADS_FILE,
        weight=heads.weight.astype(np.float16),
        bias=heads.bias,
        bag=heads.bag,
        bag_scale=heads.bag_scale,
        vocabulary=len(heads.bag) - PAIR_BUCKETS,
    )
    encoded = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (out / MANIFEST).write_bytes(encoded + b"\n")


def head_parity(first: Floats, second: Floats) -> dict[str, float]:
    """Return the mean absolute difference of two sets of probabilities, by head."""
    return {head.name: round(float(np.abs(first - second)[:, COLUMNS[head.name]].mean()), 5) for head in HEADS}
