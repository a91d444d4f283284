"""The labelled texts a run measures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct

from warmline.training.data import Example, load_examples, read_conversations
from warmline.training.held_out import in_fold
from warmline.training.lessons import Lessons, all_lessons, lessons_of
from warmline.training.licences import licensed
from warmline.training.public import chat_sentences, goemotions


class Material(Struct, frozen=True):
    """Texts to measure on.

    Attributes:
        lessons: All texts; the own turns come first.
        examples: The own turns.
    """

    lessons: Lessons
    examples: list[Example]


def given_files(conversations: Sequence[Path], reddit: Path | None) -> Material:
    """Read files of anyone's.

    Raises:
        ValueError: A file is not in its format, and the message says where; or there is nothing in them to measure.
    """
    examples = [example for path in conversations for example in read_conversations(path)]
    parts = [lessons_of(examples)] if examples else []
    if reddit:
        parts.append(goemotions(reddit))
    if not any(map(len, parts)):
        raise ValueError(
            "nothing to measure in " + ", ".join(map(str, [*conversations, *([reddit] if reddit else [])]))
        )
    return Material(all_lessons(parts), examples)


def held_out_fold(data: Path, number: int, seed: int) -> Material:
    """Read what `warmline train` held out: own turns, chat sentences, and the development split of GoEmotions.

    Raises:
        ValueError: There are no labelled turns, a file is not in its format, or (LicenceError) a collection does not
            name its licence.
    """
    every = load_examples(data)
    own = lessons_of(every)
    rows = np.flatnonzero(in_fold(own.groups, number, seed))
    parts, root = [own.picked(rows)], data.parent
    if licensed(root, "maia_dqe"):
        sentences = chat_sentences(root)
        parts.append(sentences.picked(np.flatnonzero(in_fold(sentences.groups, number, seed))))
    if licensed(root, "goemotions"):
        parts.append(goemotions(root / "goemotions" / "dev.tsv"))
    return Material(all_lessons(parts), [every[row] for row in rows.tolist()])
