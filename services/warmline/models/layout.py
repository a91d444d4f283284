"""What one text's outputs are and in which order: the contract between `training`, which makes them, and `heads`."""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from warmline.contracts.labels import (
    ANSWERING_ROLES,
    BEHAVIOURS,
    CHAT_EMOTIONS,
    CUES,
    EMOTIONS,
    EMPATHIES,
    GOEMOTIONS,
    SENTIMENTS,
    Role,
)

Row = NDArray[np.float32]
"""One text's outputs, calibrated probabilities, in the order of HEADS: the first TURN_WIDTH of them, or all where the
public emotions were asked for."""

FEELINGS = ("-2", "-1", "0", "1", "2")
"""The codebook's `val`: how a customer feels, very negative to very positive."""


class Head(Struct, frozen=True):
    """One question the model answers about every text.

    Attributes:
        name: Its name, as in `probabilities`.
        labels: Its possible answers, in the order of the outputs.
        exclusive: True where exactly one answer holds (softmax), False where any number may (sigmoids).
        asked_of: The roles whose turns it is asked about.
    """

    name: str
    labels: tuple[str, ...]
    exclusive: bool
    asked_of: frozenset[Role]


CUSTOMERS: frozenset[Role] = frozenset({"customer"})
EVERYONE = CUSTOMERS | ANSWERING_ROLES

FEELING = Head("feeling", FEELINGS, exclusive=True, asked_of=CUSTOMERS)
NEEDS = Head("needs_empathy", ("needs_empathy",), exclusive=False, asked_of=CUSTOMERS)
EMOTION = Head("emotions", EMOTIONS, exclusive=False, asked_of=CUSTOMERS)
CUE = Head("cues", CUES, exclusive=False, asked_of=CUSTOMERS)
BEHAVIOUR = Head("behaviours", BEHAVIOURS, exclusive=False, asked_of=ANSWERING_ROLES)
EMPATHY = Head("empathy", EMPATHIES, exclusive=True, asked_of=ANSWERING_ROLES)
TONE = Head("tone", SENTIMENTS, exclusive=True, asked_of=ANSWERING_ROLES)
"""How an answering person sounds themselves. There are no labels of it: it is learned from rude and argues (negative)
and from appreciates in an empathetic turn (positive), and nothing downstream rests on it."""

GOEMOTION = Head("goemotions", GOEMOTIONS, exclusive=False, asked_of=EVERYONE)
"""Emotions in the public scheme, learned from Reddit comments."""

CHAT_EMOTION = Head("chat_emotions", CHAT_EMOTIONS, exclusive=True, asked_of=EVERYONE)
"""Emotion in the scheme of MAIA-DQE, learned from real support chats; its customers count as anxious when they bring a
problem at all, which our codebook calls neutral."""

CHAT_CLASSES = (
    tuple(CHAT_EMOTIONS.index(name) for name in ("disappointment", "confusion", "frustration", "anger", "anxiety")),
    (CHAT_EMOTIONS.index("neutral"),),
    tuple(CHAT_EMOTIONS.index(name) for name in ("empathy", "happiness")),
)
"""Which of the chat emotions are negative, neutral and positive."""

TEMPLATED = Head("templated", ("templated",), exclusive=False, asked_of=ANSWERING_ROLES)
"""MAIA-DQE's own label of sentences that come from a template, business or care."""

TURN_HEADS = (FEELING, NEEDS, EMOTION, CUE, BEHAVIOUR, EMPATHY, TONE, CHAT_EMOTION, TEMPLATED)
"""What is answered about every turn, in the order of the outputs."""

HEADS = (*TURN_HEADS, GOEMOTION)
"""All of them. The public emotions have layers of the encoder of their own, which nothing else needs: they are heard
only where all probabilities are asked for."""


def columns() -> dict[str, slice]:
    """Return where each head's outputs stand in a row."""
    places, start = {}, 0
    for head in HEADS:
        places[head.name] = slice(start, start + len(head.labels))
        start += len(head.labels)
    return places


COLUMNS = columns()
WIDTH = sum(len(head.labels) for head in HEADS)
"""Outputs of one text, of all heads."""

TURN_WIDTH = COLUMNS[GOEMOTION.name].start
"""Outputs of one text of the heads that answer about every turn, which come first."""
