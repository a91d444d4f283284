"""What the model makes of conversations that trained nothing of it, and what is chosen there.

One fold of the conversations is held out of all training. Temperatures and thresholds of the shipped model are chosen
on it; so that no figure profits from them, its conversations are split in two halves, and each half is judged with what
was chosen on the other.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from warmline.models.layout import COLUMNS, HEADS
from warmline.training.data import fold_of
from warmline.training.given import labels_given
from warmline.training.lessons import Lessons
from warmline.training.selection import all_probabilities, temperatures, thresholds
from warmline.training.targets import Floats, Mask

FOLDS = 5
HALVES = 2


class HeldOut(Struct, frozen=True):
    """Held-out texts as the model hears them.

    Attributes:
        probabilities: Calibrated with what the other half chose, texts by outputs.
        given: Whether each output's label is given with what the other half chose, texts by outputs.
        temperatures: Chosen on both halves, for the shipped model.
        thresholds: Chosen on both halves, for the shipped model.
    """

    probabilities: Floats
    given: Mask
    temperatures: dict[str, float]
    thresholds: dict[str, dict[str, float]]


def in_fold(groups: Sequence[str], number: int, seed: int) -> Mask:
    """Say which texts are in a fold: all of a conversation, and both halves of a contrast pair, are in one."""
    return np.array([fold_of(group, FOLDS, seed) == number for group in groups], dtype=bool)


def head_masks(lessons: Lessons) -> dict[str, Mask]:
    """Return which texts each head is asked about."""
    return {head.name: np.asarray(lessons.asked[:, COLUMNS[head.name]].any(axis=1), dtype=bool) for head in HEADS}


def judge(lessons: Lessons, logits: Floats, seed: int, *, warm: dict[str, float] | None = None) -> HeldOut:
    """Choose temperatures and thresholds; no half's labels choose what is used on that half.

    Args:
        lessons: What was held out.
        logits: As the model hears them, texts by outputs.
        seed: Of the halves, and of the draws.
        warm: Temperatures that stand already; None chooses them as well.
    """
    masks = head_masks(lessons)
    half = np.array([fold_of(f"half {group}", HALVES, seed) for group in lessons.groups])
    probabilities, given = np.empty_like(logits), np.zeros(logits.shape, dtype=bool)
    for number in range(HALVES):
        other, here = half != number, half == number
        others = {name: mask[other] for name, mask in masks.items()}
        scale = warm or temperatures(logits[other], lessons.wanted[other], others)
        groups = [lessons.groups[row] for row in np.flatnonzero(other)]
        chosen = thresholds(all_probabilities(logits[other], scale), lessons.wanted[other], others, groups, seed)
        probabilities[here] = all_probabilities(logits[here], scale)
        given[here] = labels_given(probabilities[here], chosen)
    scale = warm or temperatures(logits, lessons.wanted, masks)
    chosen = thresholds(all_probabilities(logits, scale), lessons.wanted, masks, lessons.groups, seed)
    return HeldOut(probabilities, given, scale, chosen)


def picked(held_out: HeldOut, rows: NDArray[np.int64]) -> HeldOut:
    """Return the predictions of some texts."""
    return HeldOut(held_out.probabilities[rows], held_out.given[rows], held_out.temperatures, held_out.thresholds)
