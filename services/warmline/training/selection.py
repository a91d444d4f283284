"""What is chosen on held-out turns: temperatures, thresholds, and the confidence below which a score is abstained."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from warmline.models.layout import CHAT_CLASSES, CHAT_EMOTION, COLUMNS, EMPATHY, HEADS, Head
from warmline.training.targets import Floats, Mask
from warmline.training.thresholds import LEAST, best_threshold, draws_of

TEMPERATURES = np.geomspace(0.5, 3.0, 51)

EVENED: Mapping[str, Sequence[Sequence[int]]] = MappingProxyType(
    {EMPATHY.name: [[number] for number in range(len(EMPATHY.labels))], CHAT_EMOTION.name: CHAT_CLASSES}
)
"""Heads with one answer whose classes are evened, and which labels count as one class. Half against half of the fold
held out, macro-F1 of empathy rose from .70 to .74, that of the chats' emotions in three classes from .63 to .68.
Customers' sentiment stayed where it was, so its most probable class is taken."""

EVEN_WEIGHTS = np.geomspace(0.4, 2.5, 25)
EVEN_ROUNDS = 3

ABSTAIN_MOST = 0.04
"""At most this share of turns is abstained for low confidence: what is abstained helps nobody."""


def temperatures(logits: Floats, wanted: Floats, asked: dict[str, Mask]) -> dict[str, float]:
    """Return for each head what its logits are divided by, so that its probabilities are frequencies."""
    chosen = {}
    for head in HEADS:
        mask, place = asked[head.name], COLUMNS[head.name]
        if not mask.any():
            chosen[head.name] = 1.0
            continue
        given, right = logits[mask][:, place], wanted[mask][:, place]
        losses = [_loss(probabilities_of(head, given / temperature), right, head) for temperature in TEMPERATURES]
        chosen[head.name] = round(float(TEMPERATURES[int(np.argmin(losses))]), 3)
    return chosen


def probabilities_of(head: Head, logits: Floats) -> Floats:
    """Return one head's probabilities."""
    if not head.exclusive:
        return np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))), dtype=np.float32)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


def all_probabilities(logits: Floats, chosen: dict[str, float]) -> Floats:
    """Return all heads' calibrated probabilities."""
    parts = [probabilities_of(head, logits[:, COLUMNS[head.name]] / chosen[head.name]) for head in HEADS]
    return np.concatenate(parts, axis=1)


def logits_of(probabilities: Floats) -> Floats:
    """Return logits that give these probabilities at temperatures of 1, texts by outputs."""
    safe = np.clip(probabilities.astype(np.float64), LEAST, 1 - LEAST)
    logits = np.log(safe)
    for head in HEADS:
        if not head.exclusive:
            place = COLUMNS[head.name]
            logits[:, place] -= np.log1p(-safe[:, place])
    return logits.astype(np.float32)


def thresholds(
    given: Floats, wanted: Floats, asked: dict[str, Mask], groups: Sequence[str], seed: int
) -> dict[str, dict[str, float]]:
    """Return the thresholds of each label of the heads with several answers (`best_threshold`); for the others EVENED.

    Args:
        given: Calibrated probabilities, texts by outputs.
        wanted: What each output should be, texts by outputs.
        asked: Which texts each head is asked about.
        groups: The conversation of each text.
        seed: Of the draws.
    """
    chosen: dict[str, dict[str, float]] = {}
    draws = draws_of(groups, seed)
    for head in HEADS:
        mask, place = asked[head.name], COLUMNS[head.name]
        if head.exclusive:
            if head.name in EVENED and mask.any():
                divided = evened(given[mask][:, place], wanted[mask][:, place], EVENED[head.name])
                chosen[head.name] = dict(zip(head.labels, divided, strict=True))
            continue
        drawn = [weights[mask] for weights in draws]
        columns = zip(head.labels, given[mask][:, place].T, wanted[mask][:, place].T, strict=True)
        chosen[head.name] = {label: best_threshold(values, right > 0, drawn) for label, values, right in columns}
    return chosen


def evened(given: Floats, wanted: Floats, classes: Sequence[Sequence[int]]) -> list[float]:
    """Return what each label's probability is divided by so that every class is found about as well as it can be told.

    Found by going up the macro-F1 of the classes, one class at a time.

    Args:
        given: Calibrated probabilities, texts by labels.
        wanted: 1 for the right label, texts by labels.
        classes: Labels by class; those of one class are divided by the same.

    Returns:
        Numbers that sum to 1, in the order of the labels.
    """
    owner = np.empty(given.shape[1], dtype=np.int64)
    for number, labels in enumerate(classes):
        owner[list(labels)] = number
    right = owner[wanted.argmax(axis=1)]
    weights = np.ones(len(classes))

    def reached(tried: NDArray[np.float64]) -> float:
        found = owner[(given * tried[owner]).argmax(axis=1)]
        hits = np.bincount(right[found == right], minlength=len(classes))
        total = np.bincount(right, minlength=len(classes)) + np.bincount(found, minlength=len(classes))
        return float((2 * hits / np.maximum(total, 1)).mean())

    best = reached(weights)
    for _ in range(EVEN_ROUNDS):
        for number in range(len(classes)):
            for weight in EVEN_WEIGHTS:
                tried = weights.copy()
                tried[number] = weight
                if reached(tried) > best:
                    best, weights = reached(tried), tried
    divided = 1 / weights[owner]
    return [round(float(each), 4) for each in divided / divided.sum()]


def confidence_minimum(confidence: NDArray[np.float32], correct: Mask, precision: float) -> float:
    """Return the confidence below which scores are abstained.

    It is the least one from which on the scores kept are right in `precision` of cases; it never abstains more than
    ABSTAIN_MOST of the turns.
    """
    order = np.argsort(confidence)
    most = int(len(order) * ABSTAIN_MOST)
    for dropped in range(most + 1):
        if correct[order[dropped:]].mean() >= precision:
            return round(float(confidence[order[dropped]]), 3) if dropped else 0.0
    return round(float(confidence[order[most]]), 3)


def _loss(given: Floats, right: Floats, head: Head) -> float:
    safe = np.clip(given, LEAST, 1 - LEAST)
    if head.exclusive:
        return float(-(right * np.log(safe)).sum(axis=1).mean())
    return float(-(right * np.log(safe) + (1 - right) * np.log(1 - safe)).mean())
