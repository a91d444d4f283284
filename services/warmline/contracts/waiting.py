"""People's words that were read before what they are about, as in a replay of all topics from the start.

Nobody can speak about an alert or a move before it is published, so a live stream has none of these. Topics are not
read in step, though: in a replay a word may come first. It waits in its conversation's state until what it is about is
known and the conversation has reached the time at which it was said.
"""

from bisect import insort
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

MOST_WAITING = 16
"""Words that a conversation keeps waiting: more than are said about one in its life; a bound on what strangers send."""


class Word(Protocol):
    """What a person says, once."""

    @property
    def feedback_id(self) -> str:
        """Unique."""
        ...

    @property
    def at(self) -> int:
        """When it was said, ms UTC."""
        ...


W = TypeVar("W", bound=Word)


class Waiting(Struct, Generic[W], array_like=True, frozen=True):
    """A word that waits.

    Attributes:
        word: What was said.
        received_ms: When the broker took it, ms UTC.
    """

    word: W
    received_ms: int | None


def let_wait(waiting: list[Waiting[W]], word: W, received_ms: int | None) -> bool:
    """Keep a word, in order of time; tell whether it is kept: there may be too many, and the first to come stay."""
    if len(waiting) >= MOST_WAITING:
        return False
    insort(waiting, Waiting(word, received_ms), key=_place)
    return True


def is_waiting(waiting: list[Waiting[W]], word: W) -> bool:
    """Tell whether the word waits already: it was sent again."""
    return any(each.word.feedback_id == word.feedback_id for each in waiting)


def first_about(waiting: list[Waiting[W]], is_known: Callable[[W], bool]) -> Waiting[W] | None:
    """Return the earliest word about something that is known by now, or None."""
    return next((each for each in waiting if is_known(each.word)), None)


def _place(waiting: Waiting[W]) -> tuple[int, str]:
    return waiting.word.at, waiting.word.feedback_id
