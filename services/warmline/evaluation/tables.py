"""Which labels there are to score, by the names heads are known under, and which texts each head is asked about."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from warmline.contracts.labels import FAULTS, GOOD_BEHAVIOURS, SENTIMENTS
from warmline.evaluation.hearing import Heard
from warmline.models.layout import (
    BEHAVIOUR,
    CHAT_CLASSES,
    CHAT_EMOTION,
    COLUMNS,
    CUE,
    EMOTION,
    EMPATHY,
    FEELING,
    GOEMOTION,
    NEEDS,
    TEMPLATED,
    Head,
)
from warmline.training.lessons import Lessons
from warmline.training.targets import Floats, Mask

FEELING_CLASSES = ((0, 1), (2,), (3, 4))


class Table(Struct, frozen=True):
    """One head's labels on some texts.

    Attributes:
        labels: Their names.
        rows: Which texts the head is asked about, indices.
        right: Whether each label is right, rows by labels.
        given: Whether it is given, rows by labels.
        probability: How probable it is held, rows by labels.
    """

    labels: tuple[str, ...]
    rows: np.ndarray
    right: Mask
    given: Mask
    probability: Floats


def tables(lessons: Lessons, heard: Heard) -> dict[str, Table]:
    """Return a table for each head that any text is asked about and that answers."""
    found = {
        "sentiment": (FEELING, _three(lessons, heard, FEELING, FEELING_CLASSES)),
        "needs": (NEEDS, _needs(lessons, heard)),
        "emotions": (EMOTION, _plain(lessons, heard, EMOTION)),
        "cues": (CUE, _plain(lessons, heard, CUE)),
        "empathy": (EMPATHY, _plain(lessons, heard, EMPATHY)),
        "behaviours": (BEHAVIOUR, _plain(lessons, heard, BEHAVIOUR, GOOD_BEHAVIOURS)),
        "neg": (BEHAVIOUR, _plain(lessons, heard, BEHAVIOUR, FAULTS)),
        "goemotions": (GOEMOTION, _plain(lessons, heard, GOEMOTION)),
        "maia_sentiment": (CHAT_EMOTION, _chat(lessons, heard)),
        "maia_templated": (TEMPLATED, _plain(lessons, heard, TEMPLATED, with_not=True)),
    }
    return {name: table for name, (head, table) in found.items() if head.name in heard.heads and len(table.rows)}


def _plain(
    lessons: Lessons, heard: Heard, head: Head, labels: Sequence[str] | None = None, *, with_not: bool = False
) -> Table:
    names = tuple(labels or head.labels)
    columns = [COLUMNS[head.name].start + head.labels.index(name) for name in names]
    rows = np.flatnonzero(_asked(lessons, head))
    place = np.ix_(rows, columns)
    right, given, probability = lessons.wanted[place] > 0, heard.given[place], heard.probabilities[place]
    if with_not:
        names = (*names, *(f"not_{name}" for name in names))
        right, given = np.concatenate([right, ~right], axis=1), np.concatenate([given, ~given], axis=1)
        probability = np.concatenate([probability, 1 - probability], axis=1)
    return Table(names, rows, right, given, probability)


def _needs(lessons: Lessons, heard: Heard) -> Table:
    table = _plain(lessons, heard, NEEDS, with_not=True)
    return Table(("needed", "not_needed"), table.rows, table.right, table.given, table.probability)


def _chat(lessons: Lessons, heard: Heard) -> Table:
    """The class of the one emotion given; customers only: agents' sentences are asked whether they are templates."""
    table = _three(lessons, heard, CHAT_EMOTION, CHAT_CLASSES, ~_asked(lessons, TEMPLATED))
    labels = heard.given[table.rows][:, COLUMNS[CHAT_EMOTION.name]]
    given = np.stack([labels[:, list(each)].any(axis=1) for each in CHAT_CLASSES], axis=1)
    return Table(table.labels, table.rows, table.right, given, table.probability)


def _three(
    lessons: Lessons, heard: Heard, head: Head, classes: Sequence[Sequence[int]], among: Mask | None = None
) -> Table:
    place = COLUMNS[head.name]
    asked = _asked(lessons, head)
    rows = np.flatnonzero(asked if among is None else asked & among)
    wanted, said = lessons.wanted[rows][:, place], heard.probabilities[rows][:, place]
    right = np.stack([wanted[:, list(each)].sum(axis=1) > 0 for each in classes], axis=1)
    probability = np.stack([said[:, list(each)].sum(axis=1) for each in classes], axis=1)
    given = probability == probability.max(axis=1, keepdims=True)
    return Table(SENTIMENTS, rows, right, given & (probability > 0), probability.astype(np.float32))


def _asked(lessons: Lessons, head: Head) -> Mask:
    """Every label of the head: a text that teaches one cue alone has no answer to the others."""
    return np.asarray(lessons.asked[:, COLUMNS[head.name]].all(axis=1), dtype=bool)
