"""Labelled turns as numbers, in the order of the model's outputs."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from warmline.contracts.labels import BEHAVIOURS, CUES, EMOTIONS
from warmline.models.layout import (
    BEHAVIOUR,
    CHAT_EMOTION,
    COLUMNS,
    CUE,
    CUSTOMERS,
    EMOTION,
    EMPATHY,
    FEELING,
    GOEMOTION,
    HEADS,
    NEEDS,
    TEMPLATED,
    TONE,
    WIDTH,
)
from warmline.training.data import CUSTOMER, Example

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


def targets(examples: Sequence[Example]) -> Floats:
    """Return what each output should be: examples by `layout.WIDTH`; 0 where a head does not ask the role."""
    wanted = np.zeros((len(examples), WIDTH), dtype=np.float32)
    for row, example in zip(wanted, examples, strict=True):
        if example.role == CUSTOMER:
            row[COLUMNS[FEELING.name]][example.val + 2] = 1
            row[COLUMNS[NEEDS.name]] = example.needs
            row[COLUMNS[EMOTION.name]] = [label in example.emo for label in EMOTIONS]
            row[COLUMNS[CUE.name]] = [label in example.cues for label in CUES]
        else:
            row[COLUMNS[BEHAVIOUR.name]] = [label in example.behaviours for label in BEHAVIOURS]
            row[COLUMNS[EMPATHY.name]][1 - example.emp] = 1
            row[COLUMNS[TONE.name]][tone(example)] = 1
    return wanted


def asked(examples: Sequence[Example]) -> dict[str, Mask]:
    """Return which examples each head is asked about."""
    customers = np.array([example.role == CUSTOMER for example in examples], dtype=bool)
    nobody = np.zeros(len(examples), dtype=bool)
    masks = {head.name: customers if head.asked_of == CUSTOMERS else ~customers for head in HEADS}
    # Our codebook does not ask these; other collections do.
    masks |= {head.name: nobody for head in (GOEMOTION, CHAT_EMOTION, TEMPLATED)}
    # Calm turns are taken to be neutral; what they signal beyond feeling was never looked at.
    masks[CUE.name] = customers & np.array([example.source != "calm" for example in examples], dtype=bool)
    return masks


def tone(example: Example) -> int:
    """How an answering person sounds, as an index of SENTIMENTS: read off their other labels, for want of its own."""
    if example.behaviours & {"rude", "argues"}:
        return 0
    return 2 if "appreciates" in example.behaviours and example.emp == 1 else 1
