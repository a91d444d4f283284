"""Texts to frozen features, through the very graph that will be served."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from msgspec import Struct
from numpy.typing import NDArray

from warmline.models.bag import bag_entries
from warmline.models.tokenizer import TextTokenizer
from warmline.training.targets import Floats

BATCH = 16
EVERY = 4_000
"""Texts between two lines of progress."""


class Encoded(Struct, frozen=True):
    """Texts as the heads see them.

    Attributes:
        features: Texts by pooled features.
        entries: The rows of the words' weights each text looks up.
    """

    features: Floats
    entries: list[NDArray[np.int64]]

    def picked(self, rows: NDArray[np.int64]) -> "Encoded":
        """Return some of the texts."""
        return Encoded(self.features[rows], [self.entries[row] for row in rows.tolist()])


def joined(first: Encoded, second: Encoded) -> Encoded:
    """Return two lots of texts as one."""
    return Encoded(np.concatenate([first.features, second.features]), first.entries + second.entries)


def token_ids(texts: Sequence[str], tokenizer: Path, max_tokens: int) -> list[NDArray[np.int64]]:
    """Return each text's token ids."""
    ids: list[NDArray[np.int64]] = [np.empty(0, dtype=np.int64)] * len(texts)
    for positions, batch in TextTokenizer(tokenizer, max_tokens).batches(texts, BATCH):
        for position, row in zip(positions, batch, strict=True):
            ids[position] = row
    return ids


def encode(
    session: onnxruntime.InferenceSession,
    ids: Sequence[NDArray[np.int64]],
    vocabulary: int,
    progress: Callable[[str], None],
) -> Encoded:
    """Run all texts through the encoder, batched by exact length."""
    by_length: dict[int, list[int]] = {}
    for position, row in enumerate(ids):
        by_length.setdefault(len(row), []).append(position)
    features, done, told = None, 0, 0
    for positions in by_length.values():
        for start in range(0, len(positions), BATCH):
            chunk = positions[start : start + BATCH]
            part = session.run(["features"], {"ids": np.stack([ids[position] for position in chunk])})[0]
            if features is None:
                features = np.empty((len(ids), part.shape[1]), dtype=np.float32)
            features[chunk] = part
            done += len(chunk)
            if done - told >= EVERY:
                told = done
                progress(f"encoded {done:,} of {len(ids):,} texts")
    if features is None:
        raise ValueError("there are no labelled turns")
    return Encoded(features, [bag_entries(row, vocabulary) for row in ids])
