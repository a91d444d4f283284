"""Scores of predictions against labels, by head, by label and by source."""

from collections.abc import Sequence

import numpy as np

from warmline.contracts.labels import FAULTS, GOOD_BEHAVIOURS, SENTIMENTS
from warmline.models.layout import BEHAVIOUR, COLUMNS, CUE, EMOTION, EMPATHY, FEELING, NEEDS
from warmline.training.data import CUSTOMER, Example
from warmline.training.metrics import LabelScore, label_score
from warmline.training.targets import Floats, Mask

Columns = dict[str, tuple[Mask, Mask]]
"""Right and given, by label."""

HeadScores = dict[str, dict[str, LabelScore]]
"""Scores by head and label."""


def by_head(examples: Sequence[Example], wanted: Floats, probabilities: Floats, given: Mask) -> HeadScores:
    """Score every label of every head, as the README of the data names the heads."""
    customers = np.array([example.role == CUSTOMER for example in examples], dtype=bool)
    scores: HeadScores = {}
    for name, columns in _tables(wanted, probabilities, given).items():
        mask = ~customers if name in ANSWERING else customers
        if mask.any():
            scores[name] = {label: label_score(right[mask], hit[mask]) for label, (right, hit) in columns.items()}
    return scores


def macro(scores: HeadScores, least: int = 1) -> dict[str, float]:
    """Return each head's macro-F1 over the labels that at least `least` turns carry."""
    means = {}
    for name, labels in scores.items():
        f1 = [score.f1 for score in labels.values() if score.support >= least]
        if f1:
            means[name] = round(float(np.mean(f1)), 4)
    return means


def table(scores: HeadScores) -> str:
    """Return the scores as lines of text."""
    means = macro(scores)
    lines = [f"{'':34}precision  recall      f1  turns"]
    for head, labels in scores.items():
        lines.append(f"{head:34}{'':19}{means.get(head, 0):6.3f}")
        lines += [
            f"    {label:30}{score.precision:9.3f}{score.recall:8.3f}{score.f1:8.3f}{score.support:7,}"
            for label, score in labels.items()
        ]
    return "\n".join(lines)


ANSWERING = frozenset({"empathy", "behaviours", "neg"})
"""Heads asked of agents and bots."""


def _tables(wanted: Floats, probabilities: Floats, given: Mask) -> dict[str, Columns]:
    right = wanted > 0
    feeling, need, empathy = (COLUMNS[head.name] for head in (FEELING, NEEDS, EMPATHY))
    behaviours = _columns(right, given, COLUMNS[BEHAVIOUR.name], BEHAVIOUR.labels)
    return {
        "sentiment": _sentiment(right[:, feeling], probabilities[:, feeling]),
        "needs": {
            "needed": (right[:, need.start], given[:, need.start]),
            "not_needed": (~right[:, need.start], ~given[:, need.start]),
        },
        "emotions": _columns(right, given, COLUMNS[EMOTION.name], EMOTION.labels),
        "cues": _columns(right, given, COLUMNS[CUE.name], CUE.labels),
        "empathy": _columns(right, given, empathy, EMPATHY.labels),
        "behaviours": {label: behaviours[label] for label in GOOD_BEHAVIOURS},
        "neg": {label: behaviours[label] for label in FAULTS},
    }


def _columns(right: Mask, given: Mask, place: slice, labels: Sequence[str]) -> Columns:
    return {label: (right[:, place.start + n], given[:, place.start + n]) for n, label in enumerate(labels)}


def _sentiment(right: Mask, feeling: Floats) -> Columns:
    merged = np.stack([feeling[:, :2].sum(axis=1), feeling[:, 2], feeling[:, 3:].sum(axis=1)], axis=1)
    said = merged.argmax(axis=1)
    classes = np.stack([right[:, :2].any(axis=1), right[:, 2], right[:, 3:].any(axis=1)], axis=1)
    return {label: (classes[:, n], said == n) for n, label in enumerate(SENTIMENTS)}
