"""How far the int8 graph is from the same heads on the encoder in floats, and whether batch mates change anything."""

import random
from collections.abc import Sequence

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from warmline.models.layout import COLUMNS, FEELING, HEADS
from warmline.training.export import final_heads, float_graph, int8_graph, open_bytes, vocabulary_of
from warmline.training.features import encode, token_ids
from warmline.training.fit import Fitted
from warmline.training.pipeline import Prepared, example_texts
from warmline.training.report import VALENCE
from warmline.training.selection import all_probabilities
from warmline.training.targets import Floats

SAMPLE = 600
"""Texts that are compared."""

BATCHES = 40
"""Random batches in which texts are scored again."""


def parity(prepared: Prepared, fitted: Fitted, temperatures: dict[str, float], seed: int) -> dict[str, float]:
    """Return the differences between int8 and float outputs, and the largest that batch mates make."""
    texts = example_texts(prepared.examples, SAMPLE, seed)
    ids = token_ids(texts, prepared.tokenizer, prepared.bert.max_tokens)
    vocabulary = vocabulary_of(prepared.bert)
    floats = encode(open_bytes(float_graph(prepared.bert)[0]), ids, vocabulary, lambda _line: None)
    exact = all_probabilities(fitted.logits(floats), temperatures)
    graph = int8_graph(prepared.bert, prepared.ranges, final_heads(fitted, temperatures))
    session = open_bytes(graph)
    served = np.concatenate([session.run(["outputs"], {"ids": row[None]})[0] for row in ids])
    features = np.concatenate([session.run(["features"], {"ids": row[None]})[0] for row in ids])
    difference = np.abs(served - exact)
    feeling = COLUMNS[FEELING.name]
    return {
        "texts": float(SAMPLE),
        "feature_cosine": round(_cosine(features, floats.features), 5),
        "mean_difference": round(float(difference.mean()), 5),
        "largest_difference": round(float(difference.max()), 4),
        "mean_valence_difference": round(float(np.abs((served - exact)[:, feeling] @ VALENCE).mean()), 4),
        "batch_mates_largest_difference": _batch_difference(session, ids, served, seed),
        **{f"mean_difference_{head.name}": round(float(difference[:, COLUMNS[head.name]].mean()), 5) for head in HEADS},
    }


def _batch_difference(
    session: onnxruntime.InferenceSession, ids: Sequence[NDArray[np.int64]], alone: Floats, seed: int
) -> float:
    """Score texts again in random batches of their length; 0.0 says bitwise equal."""
    chance = random.Random(seed)  # noqa: S311 # a sample
    by_length: dict[int, list[int]] = {}
    for position, row in enumerate(ids):
        by_length.setdefault(len(row), []).append(position)
    several = [positions for positions in by_length.values() if len(positions) > 1]
    largest = 0.0
    for _ in range(BATCHES):
        group = chance.choice(several)
        picked = chance.sample(group, chance.randint(2, len(group)))
        together = session.run(["outputs"], {"ids": np.stack([ids[position] for position in picked])})[0]
        largest = max(largest, float(np.abs(together - alone[picked]).max()))
    return largest


def _cosine(first: Floats, second: Floats) -> float:
    """Mean cosine of features, each scaled to the spread it has: raw, the large ones would hide the others."""
    middle, spread = second.mean(axis=0), second.std(axis=0) + 1e-6
    a, b = (first - middle) / spread, (second - middle) / spread
    return float(((a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)).mean())
