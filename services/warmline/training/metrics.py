"""Precision, recall and F1 of each label, and how well probabilities are calibrated."""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Truth = NDArray[np.bool_]
Floats = NDArray[np.float32]

CALIBRATION_BINS = 15


class LabelScore(Struct, frozen=True):
    """How well one label is found, 0..1, and how many turns carry it."""

    precision: float
    recall: float
    f1: float
    support: int


def label_score(right: Truth, given: Truth) -> LabelScore:
    """Score one label; 0 where nothing is given or nothing is right."""
    hits = int((right & given).sum())
    precision = hits / max(int(given.sum()), 1)
    recall = hits / max(int(right.sum()), 1)
    f1 = 2 * hits / max(int(right.sum()) + int(given.sum()), 1)
    return LabelScore(round(precision, 4), round(recall, 4), round(f1, 4), int(right.sum()))


def calibration_error(probability: Floats, right: Truth) -> float:
    """Expected calibration error: the mean distance of probability and frequency over equal bins, 0..1."""
    bins = np.minimum((probability * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    distances = [
        (bins == number).mean() * abs(probability[bins == number].mean() - right[bins == number].mean())
        for number in range(CALIBRATION_BINS)
        if (bins == number).any()
    ]
    return round(float(sum(distances)), 4)
