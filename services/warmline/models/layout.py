"""What one text's outputs are and in which order: the contract between `training`, which makes them, and `heads`."""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from warmline.contracts.labels import BEHAVIOURS, CUES, EMOTIONS, EMPATHIES, SENTIMENTS

Row = NDArray[np.float32]
"""One text's outputs, calibrated probabilities, in the order of HEADS."""

FEELINGS = ("-2", "-1", "0", "1", "2")
"""The codebook's `val`: how a customer feels, very negative to very positive."""


class Head(Struct, frozen=True):
    """One question the model answers about every text.

    Attributes:
        name: Its name, as in `probabilities`.
        labels: Its possible answers, in the order of the outputs.
        exclusive: True where exactly one answer holds (softmax), False where any number may (sigmoids).
        customer: Whether it is asked of customers' turns; else of agents', bots' and supervisors'.
    """

    name: str
    labels: tuple[str, ...]
    exclusive: bool
    customer: bool


FEELING = Head("feeling", FEELINGS, exclusive=True, customer=True)
NEEDS = Head("needs_empathy", ("needs_empathy",), exclusive=False, customer=True)
EMOTION = Head("emotions", EMOTIONS, exclusive=False, customer=True)
CUE = Head("cues", CUES, exclusive=False, customer=True)
BEHAVIOUR = Head("behaviours", BEHAVIOURS, exclusive=False, customer=False)
EMPATHY = Head("empathy", EMPATHIES, exclusive=True, customer=False)
TONE = Head("tone", SENTIMENTS, exclusive=True, customer=False)
"""How an answering person sounds themselves. There are no labels of it: it is learned from rude and argues (negative)
and from appreciates in an empathetic turn (positive), and nothing downstream rests on it."""

HEADS = (FEELING, NEEDS, EMOTION, CUE, BEHAVIOUR, EMPATHY, TONE)
"""In the order of the outputs."""


def columns() -> dict[str, slice]:
    """Return where each head's outputs stand in a row."""
    places, start = {}, 0
    for head in HEADS:
        places[head.name] = slice(start, start + len(head.labels))
        start += len(head.labels)
    return places


COLUMNS = columns()
WIDTH = sum(len(head.labels) for head in HEADS)
"""Outputs of one text."""
