"""Probabilities to labels for many turns at once, by the rules that `models.heads` has for one."""

import numpy as np

from warmline.models.heads import DISMISSAL, EMPATHETIC, NEUTRAL_EMOTION
from warmline.models.layout import BEHAVIOUR, COLUMNS, EMOTION, EMPATHY, HEADS
from warmline.training.targets import Floats, Mask

_DISMISSAL = COLUMNS[BEHAVIOUR.name].start + BEHAVIOUR.labels.index(DISMISSAL)
_EMPATHETIC = COLUMNS[EMPATHY.name].start + EMPATHY.labels.index(EMPATHETIC)


def labels_given(probabilities: Floats, chosen: dict[str, dict[str, float]]) -> Mask:
    """Return which labels probabilities and thresholds give."""
    given = np.zeros(probabilities.shape, dtype=bool)
    for head in HEADS:
        place = COLUMNS[head.name]
        part = probabilities[:, place]
        if head.exclusive:
            measured = (
                part / np.array([chosen[head.name][label] for label in head.labels]) if head.name in chosen else part
            )
            given[:, place] = measured == measured.max(axis=1, keepdims=True)
        else:
            given[:, place] = part >= np.array([chosen[head.name][label] for label in head.labels])
        if head is EMOTION:
            given[:, place] = one_emotion_at_least(given[:, place], part)
    given[given[:, _EMPATHETIC], _DISMISSAL] = False
    return given


def one_emotion_at_least(given: Mask, probabilities: Floats) -> Mask:
    """Apply the rule of `models.heads`: never no emotion, and neutral only where it is the only one."""
    neutral = EMOTION.labels.index(NEUTRAL_EMOTION)
    ruled = given.copy()
    ruled[:, neutral] &= given.sum(axis=1) == 1
    none = ~ruled.any(axis=1)
    ruled[none, probabilities[none].argmax(axis=1)] = True
    return ruled
