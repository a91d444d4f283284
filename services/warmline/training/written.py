"""Conversations, and comments, that a language model wrote and labelled, shipped beside this module.

They are taught and never measure: what counts is how people's turns, and those authored and labelled for this project
by hand, are heard. How they came about, and how far their labels agree with the house's, stands in the README beside
them.
"""

from pathlib import Path

import msgspec

from warmline.contracts.labels import GOEMOTIONS
from warmline.models.layout import COLUMNS, GOEMOTION
from warmline.training.data import Example, read_conversations
from warmline.training.lessons import Lessons, empty_lessons

FOLDER = Path(__file__).with_name("conversations")
COMMENTS = Path(__file__).with_name("comments") / "comments.jsonl"

FEW = ("disappointment", "embarrassment", "excitement", "grief", "nervousness", "pride", "realization", "relief")
"""The public emotions that the written comments are about, and are asked about: five stand under fewer than one in a
hundred of GoEmotions' comments, and disappointment, excitement and realization are what its raters agree least on."""


def written_examples(folder: Path = FOLDER) -> list[Example]:
    """Read every labelled turn of the shipped conversations, in a fixed order; none where they are not installed."""
    return [example for path in sorted(folder.glob("*.jsonl")) for example in read_conversations(path, "written")]


class Comment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A comment and those of the 28 public emotions that it carries."""

    text: str
    labels: tuple[str, ...]


def read_comments(path: Path = COMMENTS) -> list[Comment]:
    """Read the shipped comments; none where they are not installed."""
    if not path.exists():
        return []
    return [msgspec.json.decode(line, type=Comment) for line in path.read_bytes().splitlines()]


def written_comments(path: Path = COMMENTS) -> Lessons | None:
    """Return the shipped comments as lessons about the emotions in FEW alone; None where they are not installed.

    How often the other emotions stand beside those says nothing about real comments, so that nothing is asked of them.
    """
    comments = read_comments(path)
    if not comments:
        return None
    lessons = empty_lessons([each.text for each in comments], [f"comment-{number}" for number in range(len(comments))])
    start = COLUMNS[GOEMOTION.name].start
    for name in FEW:
        column = start + GOEMOTIONS.index(name)
        lessons.asked[:, column] = True
        lessons.wanted[:, column] = [name in each.labels for each in comments]
    return lessons
