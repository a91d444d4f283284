"""What the encoder is taught: texts, what each output should be, and which outputs each text is asked about.

Every source answers only some questions, so the question of a loss is a mask of its own: a Reddit comment says nothing
about cues, a request to speak to a person only that it asks for one.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from warmline.models.layout import COLUMNS, HEADS, WIDTH
from warmline.training.data import CUSTOMER, Example
from warmline.training.targets import Floats, Mask, asked, targets

NOT_RATED = np.float32("nan")
NOBODY = -1
"""The row of a turn that is not there."""

TALK_MAX = 40
"""Most turns of a conversation taught together; a longer one is cut, and the first turns after a cut know less."""


class Lessons(Struct, frozen=True):
    """Texts to learn from.

    Attributes:
        texts: The words.
        groups: What must stay on one side of a split, by text.
        wanted: What each output should be, texts by outputs.
        asked: Which outputs each text is asked about, texts by outputs.
        valence: How positive a text is, -1..1, where a source gives it as a number; else NaN.
        politeness: How polite a request is, -1..1, where a source gives it; else NaN.
        before: Rows of the customer's and of the answering side's latest turn before each text, texts by 2; NOBODY
            where there is none.
        talks: Rows that are taught together because they stand in one conversation; a text of no conversation alone.
    """

    texts: list[str]
    groups: list[str]
    wanted: Floats
    asked: Mask
    valence: Floats
    politeness: Floats
    before: NDArray[np.int64]
    talks: list[list[int]]

    def __len__(self) -> int:
        return len(self.texts)

    def picked(self, rows: Sequence[int] | NDArray[np.int64]) -> "Lessons":
        """Return some of the texts; a turn before that is not among them is forgotten."""
        chosen = [int(row) for row in rows]
        place = np.full(len(self) + 1, NOBODY)
        place[chosen] = np.arange(len(chosen))
        among = set(chosen)
        talks = [[int(place[row]) for row in talk if row in among] for talk in self.talks]
        return Lessons(
            [self.texts[row] for row in chosen],
            [self.groups[row] for row in chosen],
            self.wanted[chosen],
            self.asked[chosen],
            self.valence[chosen],
            self.politeness[chosen],
            place[self.before[chosen]],
            [talk for talk in talks if talk],
        )


def not_rated(count: int) -> Floats:
    """Return the ratings of texts that nobody rated."""
    return np.full(count, NOT_RATED, dtype=np.float32)


def empty_lessons(texts: list[str], groups: list[str]) -> Lessons:
    """Return lessons that ask nothing yet."""
    shape = (len(texts), WIDTH)
    return Lessons(
        texts,
        groups,
        np.zeros(shape, dtype=np.float32),
        np.zeros(shape, dtype=bool),
        not_rated(len(texts)),
        not_rated(len(texts)),
        np.full((len(texts), 2), NOBODY),
        [[row] for row in range(len(texts))],
    )


def lessons_of(examples: Sequence[Example]) -> Lessons:
    """Return labelled turns as lessons."""
    masks = asked(examples)
    matrix = np.zeros((len(examples), WIDTH), dtype=bool)
    for head in HEADS:
        matrix[:, COLUMNS[head.name]] = masks[head.name][:, None]
    texts, groups = [example.text for example in examples], [example.group for example in examples]
    before, talks = _conversations(examples)
    valence, politeness = not_rated(len(examples)), not_rated(len(examples))
    return Lessons(texts, groups, targets(examples), matrix, valence, politeness, before, talks)


def _conversations(examples: Sequence[Example]) -> tuple[NDArray[np.int64], list[list[int]]]:
    """Return the rows before each turn, and the rows of each conversation; calm turns stand alone."""
    before = np.full((len(examples), 2), NOBODY)
    talks: list[list[int]] = []
    latest = [NOBODY, NOBODY]
    for row, example in enumerate(examples):
        follows = row > 0 and example.conversation and example.conversation == examples[row - 1].conversation
        if not follows:
            latest = [NOBODY, NOBODY]
        before[row] = latest
        latest[0 if example.role == CUSTOMER else 1] = row
        if follows and len(talks[-1]) < TALK_MAX:
            talks[-1].append(row)
        else:
            talks.append([row])
    return before, talks


def all_lessons(parts: Sequence[Lessons]) -> Lessons:
    """Return several lots of lessons as one."""
    starts = np.cumsum([0, *(len(part) for part in parts)])[:-1].tolist()
    return Lessons(
        [text for part in parts for text in part.texts],
        [group for part in parts for group in part.groups],
        np.concatenate([part.wanted for part in parts]),
        np.concatenate([part.asked for part in parts]),
        np.concatenate([part.valence for part in parts]),
        np.concatenate([part.politeness for part in parts]),
        np.concatenate(
            [
                np.where(part.before == NOBODY, NOBODY, part.before + start)
                for part, start in zip(parts, starts, strict=True)
            ]
        ),
        [[row + start for row in talk] for part, start in zip(parts, starts, strict=True) for talk in part.talks],
    )
