"""Texts through the very graph that will be served."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from warmline.models.context import GIST, GIST_UNIT
from warmline.models.encoder import ASKED, IDS
from warmline.models.layout import WIDTH
from warmline.models.tokenizer import TextTokenizer
from warmline.training.fitted import Fitted
from warmline.training.lessons import NOBODY
from warmline.training.targets import Floats

BATCH = 16
EVERY = 4_000
"""Texts between two lines of progress."""


def token_ids(texts: Sequence[str], tokenizer: Path, max_tokens: int) -> list[NDArray[np.int64]]:
    """Return each text's token ids."""
    ids: list[NDArray[np.int64]] = [np.empty(0, dtype=np.int64)] * len(texts)
    for positions, batch in TextTokenizer(tokenizer, max_tokens).batches(texts, BATCH):
        for position, row in zip(positions, batch, strict=True):
            ids[position] = row
    return ids


def run_graph(
    session: onnxruntime.InferenceSession,
    outputs: Sequence[str],
    ids: Sequence[NDArray[np.int64]],
    progress: Callable[[str], None] = lambda _line: None,
    *,
    public: bool | None = None,
) -> list[Floats]:
    """Run all texts through a graph once, batched by exact length, and return some of its outputs, in order.

    Args:
        session: The graph.
        outputs: Names of what it gives out.
        ids: Token ids of each text.
        progress: Told how far it is.
        public: Whether the public emotions are asked for; None where the graph has no such input.
    """
    asked = {} if public is None else {ASKED: np.array(public)}
    by_length: dict[int, list[int]] = {}
    for position, row in enumerate(ids):
        by_length.setdefault(len(row), []).append(position)
    found: list[Floats] = []
    done = told = 0
    for positions in by_length.values():
        for start in range(0, len(positions), BATCH):
            chunk = positions[start : start + BATCH]
            parts = session.run(list(outputs), {IDS: np.stack([ids[position] for position in chunk]), **asked})
            found = found or [np.empty((len(ids), part.shape[1]), dtype=np.float32) for part in parts]
            for whole, part in zip(found, parts, strict=True):
                whole[chunk] = part
            done += len(chunk)
            if done - told >= EVERY:
                told = done
                progress(f"heard {done:,} of {len(ids):,} texts")
    if not found:
        raise ValueError("there are no texts")
    return found


def gists_before(heard: Floats, before: NDArray[np.int64]) -> Floats:
    """Return the gists of the turns before each text, -1..1, and which of them are there, texts by 2 x GIST + 2."""
    gists = np.concatenate([heard[:, WIDTH:] / GIST_UNIT, np.zeros((1, GIST), dtype=np.float32)])
    there = (before != NOBODY).astype(np.float32)
    return np.concatenate([gists[before[:, 0]], gists[before[:, 1]], there], axis=1).astype(np.float32)


def with_context(heard: Floats, before: NDArray[np.int64], fitted: Fitted) -> Floats:
    """Return the logits of texts, what went before them added: the arithmetic of `models.context_network`, for many.

    Args:
        heard: What the graph makes of each text.
        before: Rows of the customer's and the answering side's latest turn before each text; NOBODY for none.
        fitted: The context's weights.
    """
    own, went = heard[:, WIDTH:] / GIST_UNIT, gists_before(heard, before)
    customer, answer, there = np.split(went, (GIST, 2 * GIST), axis=1)
    taken = np.concatenate([own, customer, answer, own * customer, own * answer, there], axis=1)
    added = np.maximum(taken @ fitted.first + fitted.first_bias, 0) @ fitted.second + fitted.second_bias
    added = added + went @ fitted.direct
    return np.asarray(heard[:, :WIDTH] + added * there.max(axis=1, keepdims=True), dtype=np.float32)
