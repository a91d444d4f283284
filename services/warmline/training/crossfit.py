"""Held-out predictions for every labelled turn: each fold is predicted by heads that never saw its conversations."""

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from warmline.models.layout import WIDTH
from warmline.training.data import Example, fold_of
from warmline.training.features import Encoded, joined
from warmline.training.fit import FitSettings, fit
from warmline.training.given import labels_given
from warmline.training.selection import all_probabilities, temperatures, thresholds
from warmline.training.targets import Floats, Mask, asked, targets

FOLDS = 5


class HeldOut(Struct, frozen=True):
    """Held-out predictions, and the labels that thresholds chosen on *other* folds make of them.

    Attributes:
        probabilities: Calibrated, examples by outputs.
        given: Whether each output's label is given, examples by outputs.
        temperatures: Chosen on all folds, for the final heads.
        thresholds: Chosen on all folds, for the final heads.
    """

    probabilities: Floats
    given: Mask
    temperatures: dict[str, float]
    thresholds: dict[str, dict[str, float]]


def folds(examples: Sequence[Example], seed: int) -> NDArray[np.int64]:
    """Return each example's fold; all turns of a conversation, and of a contrast pair, share one."""
    return np.array([fold_of(example.group, FOLDS, seed) for example in examples])


def held_out_logits(
    examples: Sequence[Example],
    encoded: Encoded,
    calm: tuple[Sequence[Example], Encoded],
    vocabulary: int,
    settings: FitSettings,
    seed: int,
    progress: Callable[[str], None],
) -> Floats:
    """Fit the heads once per fold and return the logits of the turns each did not see; calm turns join every fit."""
    fold = folds(examples, seed)
    logits = np.empty((len(examples), WIDTH), dtype=np.float32)
    for number in range(FOLDS):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        seen = joined(encoded.picked(train), calm[1])
        labelled = [*(examples[index] for index in train.tolist()), *calm[0]]
        fitted = fit(seen, targets(labelled), asked(labelled), vocabulary, settings, seed=seed)
        logits[test] = fitted.logits(encoded.picked(test))
        progress(f"fold {number + 1} of {FOLDS} fitted on {len(train):,} turns, {len(test):,} held out")
    return logits


def judge(examples: Sequence[Example], logits: Floats, seed: int) -> HeldOut:
    """Calibrate and threshold held-out logits; no fold's labels choose what is used on that fold."""
    wanted, masks, fold = targets(examples), asked(examples), folds(examples, seed)
    probabilities, given = np.empty_like(logits), np.zeros(logits.shape, dtype=bool)
    for number in range(FOLDS):
        other, here = fold != number, fold == number
        others = {name: mask[other] for name, mask in masks.items()}
        warm = temperatures(logits[other], wanted[other], others)
        chosen = thresholds(all_probabilities(logits[other], warm), wanted[other], others)
        probabilities[here] = all_probabilities(logits[here], warm)
        given[here] = labels_given(probabilities[here], chosen)
    warm = temperatures(logits, wanted, masks)
    return HeldOut(probabilities, given, warm, thresholds(all_probabilities(logits, warm), wanted, masks))
