"""Figures of one table: precision, recall and F1 by label, macro-F1 with its bootstrap interval, calibration error."""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from warmline.evaluation.tables import Table
from warmline.training.lessons import Lessons
from warmline.training.metrics import LabelScore, calibration_error, label_score

RESAMPLES = 1_000
INTERVAL = (2.5, 97.5)
"""Percentiles of a 95 % interval."""


class Figures(Struct, frozen=True):
    """What was measured of one head on some texts.

    Attributes:
        macro_f1: Mean F1 of the labels that occur, 0..1.
        low: Lower end of its 95 % interval, conversations drawn again with replacement.
        high: Upper end.
        calibration_error: Expected calibration error, mean of the labels that occur; None where nothing says how
            probable a label is.
        texts: How many texts the head was asked about.
        labels: Each label's scores.
    """

    macro_f1: float
    low: float
    high: float
    calibration_error: float | None
    texts: int
    labels: dict[str, LabelScore]


def figures(table: Table, groups: Sequence[str], least: int = 1, seed: int = 0) -> Figures | None:
    """Measure one table.

    Args:
        table: The labels.
        groups: The conversation of each text, by the table's indices into all texts.
        least: Labels with fewer occurrences are shown and left out of the means.
        seed: Of the resampling.

    Returns:
        The figures, or None where no label occurs often enough.
    """
    labels = {name: label_score(table.right[:, n], table.given[:, n]) for n, name in enumerate(table.labels)}
    counted = [n for n, name in enumerate(table.labels) if labels[name].support >= least]
    if not counted:
        return None
    low, high = _interval(table, counted, groups, seed)
    said = table.probability.any()
    errors = [calibration_error(table.probability[:, n], table.right[:, n]) for n in counted] if said else []
    mean = float(np.mean([labels[table.labels[n]].f1 for n in counted]))
    error = round(float(np.mean(errors)), 4) if errors else None
    return Figures(round(mean, 4), low, high, error, len(table.rows), labels)


def all_figures(found: Mapping[str, Table], lessons: Lessons, least: int, seed: int) -> dict[str, Figures]:
    """Measure every head that has a table and a label that occurs.

    Args:
        found: The tables; of a head that is never asked, or that the model does not have, there is none.
        lessons: All texts.
        least: As of `figures`.
        seed: Of the resampling.
    """
    measured = {name: figures(table, lessons.groups, least, seed) for name, table in found.items()}
    return {name: each for name, each in measured.items() if each is not None}


def picked(table: Table, mask: np.ndarray) -> Table:
    """Return the part of a table whose texts are in a mask over all texts."""
    kept = mask[table.rows]
    return Table(table.labels, table.rows[kept], table.right[kept], table.given[kept], table.probability[kept])


def _interval(table: Table, counted: Sequence[int], groups: Sequence[str], seed: int) -> tuple[float, float]:
    """Draw whole conversations again and again: their turns are no independent evidence.

    A draw's mean is over the labels that occur in it, as the figure's own is: a rare label that a draw lacks is not one
    that was missed. Where none occurs a draw says nothing.
    """
    names, owner = np.unique([groups[row] for row in table.rows], return_inverse=True)
    right, given = table.right[:, counted], table.given[:, counted]
    counts = np.zeros((3, len(names), len(counted)))
    for number, part in enumerate((right & given, right, given)):
        np.add.at(counts[number], owner, part)
    draws = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), RESAMPLES)
    hits, wanted, found = (draws @ part for part in counts)
    f1, occurs = 2 * hits / np.maximum(wanted + found, 1), wanted > 0
    drawn = occurs.any(axis=1)
    means = (f1 * occurs).sum(axis=1)[drawn] / occurs.sum(axis=1)[drawn]
    low, high = np.percentile(means, INTERVAL)
    return round(float(low), 4), round(float(high), 4)
