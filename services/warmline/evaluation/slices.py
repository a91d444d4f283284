"""The parts of the texts that are reported apart: one figure for all would hide where a model fails."""

from collections.abc import Sequence

import numpy as np

from warmline.training.data import Example
from warmline.training.targets import Mask

MIN_TEXTS = 50
"""Smaller slices are not shown."""


def slices(examples: Sequence[Example], total: int) -> dict[str, Mask]:
    """Return the slices of the own turns, which come first among `total` texts, by source, channel, style and role."""
    found: dict[str, Mask] = {}
    for kind in ("source", "channel", "style", "role"):
        values = np.array([getattr(example, kind) for example in examples], dtype=object)
        for value in sorted(set(values.tolist()) - {""}):
            mask = np.zeros(total, dtype=bool)
            mask[: len(examples)] = values == value
            if mask.sum() >= MIN_TEXTS:
                found[f"{kind} {value}"] = mask
    return found
