"""From labelled turns to a weights folder, step by step."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct

from warmline.models.manifest import TOKENIZER, Manifest
from warmline.training.abstention import confidence_minima
from warmline.training.calm import calm_examples
from warmline.training.crossfit import HeldOut, held_out_logits, judge
from warmline.training.data import Example, load_examples
from warmline.training.encoder_graph import Bert
from warmline.training.encoder_source import default_encoder, read_bert
from warmline.training.export import calibrate, final_heads, int8_graph, open_bytes, vocabulary_of, write_folder
from warmline.training.features import Encoded, encode, joined, token_ids
from warmline.training.fit import FitSettings, Fitted, fit
from warmline.training.quantise import Range
from warmline.training.targets import asked, targets

CALIBRATION_TEXTS = 400
"""Texts whose activations fix the scales: with 200 the fidelity is the same to the third digit."""

Progress = Callable[[str], None]


class Prepared(Struct, frozen=True):
    """The labelled turns as the heads see them, through the encoder as it will be served."""

    examples: list[Example]
    bert: Bert
    tokenizer: Path
    ranges: dict[str, Range]
    encoded: Encoded
    calm_examples: list[Example]
    calm: Encoded


class Trained(Struct, frozen=True):
    """What training yields beside the files."""

    prepared: Prepared
    held_out: HeldOut
    fitted: Fitted
    manifest: Manifest


def prepare(data: Path, encoder: Path | None, seed: int, progress: Progress) -> Prepared:
    """Read the turns, fix the scales of the int8 encoder, and run all turns through it."""
    examples = load_examples(data)
    progress(f"{len(examples):,} labelled turns of {len({example.group for example in examples}):,} conversations")
    calm = calm_examples(data.parent, training=True, seed=seed)
    progress(f"{len(calm):,} calm turns beside them")
    folder = encoder or default_encoder()
    bert, tokenizer = read_bert(folder), folder / TOKENIZER
    ids = token_ids([example.text for example in [*examples, *calm]], tokenizer, bert.max_tokens)
    ranges = calibrate(bert, random.Random(seed).sample(ids, min(CALIBRATION_TEXTS, len(ids))))  # noqa: S311 # a sample
    progress("int8 scales fixed")
    session = open_bytes(int8_graph(bert, ranges, None))
    encoded = encode(session, ids, vocabulary_of(bert), progress)
    labelled, beside = np.split(np.arange(len(ids)), [len(examples)])
    return Prepared(examples, bert, tokenizer, ranges, encoded.picked(labelled), calm, encoded.picked(beside))


def cross_validate(prepared: Prepared, settings: FitSettings, seed: int, progress: Progress) -> HeldOut:
    """Predict every turn by heads that never saw its conversation."""
    vocabulary = vocabulary_of(prepared.bert)
    calm = (prepared.calm_examples, prepared.calm)
    logits = held_out_logits(prepared.examples, prepared.encoded, calm, vocabulary, settings, seed, progress)
    return judge(prepared.examples, logits, seed)


def train(prepared: Prepared, out: Path, name: str, settings: FitSettings, seed: int, progress: Progress) -> Trained:
    """Choose everything on held-out folds, fit the final heads on all turns, and write the folder."""
    examples = prepared.examples
    held_out = cross_validate(prepared, settings, seed, progress)
    taught = [*examples, *prepared.calm_examples]
    fitted = fit(
        joined(prepared.encoded, prepared.calm),
        targets(taught),
        asked(taught),
        vocabulary_of(prepared.bert),
        settings,
        seed=seed,
        progress=progress,
    )
    manifest = Manifest(
        name=name,
        layers=prepared.bert.layers,
        pooled=prepared.bert.pooled,
        max_tokens=prepared.bert.max_tokens,
        thresholds=held_out.thresholds,
        confidence_min=confidence_minima(examples, held_out.probabilities),
    )
    heads = final_heads(fitted, held_out.temperatures)
    graph = int8_graph(prepared.bert, prepared.ranges, heads)
    write_folder(out, graph, heads, prepared.tokenizer, manifest)
    progress(f"written to {out}: {size_mb(out):.1f} MB")
    return Trained(prepared, held_out, fitted, manifest)


def size_mb(folder: Path) -> float:
    """Return the size of a folder's files, millions of bytes."""
    return sum(path.stat().st_size for path in folder.iterdir()) / 1e6


def example_texts(examples: Sequence[Example], count: int, seed: int) -> list[str]:
    """Return a sample of texts, the same for the same seed."""
    order = np.random.default_rng(seed).permutation(len(examples))[:count]
    return [examples[index].text for index in order.tolist()]
