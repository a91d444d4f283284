"""People's words that were read before what they are about, as in a replay of all topics from the start.

Nobody can speak about an alert or a move before it is published, so a live stream has none of these. Topics are not
read in step, though: in a replay a word may come first. It waits in its conversation's state until what it is about is
known and the conversation has reached the time at which it was said.
"""

from bisect import insort
from collections.abc import Callable, Sequence

from msgspec import Struct

from warmline.contracts.assist import AssistFeedback, AssistVerdict
from warmline.contracts.feedback import AlertFeedback, Verdict

MOST_WAITING = 16
"""Words that a conversation keeps waiting: more than are said about one in its life; a bound on what strangers send."""


class Word(Struct, array_like=True, frozen=True):
    """What a person says of an alert or a move, as a state keeps it.

    Attributes:
        at: When it was said, ms UTC; first, so that sorting is by time.
        feedback_id: Unique.
        about: The alert's or the move's id.
        verdict: What was said.
        by: Who says so, pseudonymous.
        received_ms: When the broker took it, ms UTC; None where that is not known.
    """

    at: int
    feedback_id: str
    about: str
    verdict: Verdict | AssistVerdict
    by: str
    received_ms: int | None = None


def word_of(feedback: AlertFeedback | AssistFeedback, received_ms: int | None) -> Word:
    """Return an event as a word."""
    about = feedback.alert_id if isinstance(feedback, AlertFeedback) else feedback.move_id
    return Word(feedback.at, feedback.feedback_id, about, feedback.verdict, feedback.by, received_ms)


def let_wait(waiting: list[Word], word: Word) -> bool:
    """Keep a word, in order of time; tell whether it is kept: there may be too many, and the first to come stay."""
    if len(waiting) >= MOST_WAITING:
        return False
    insort(waiting, word, key=_said_at)  # of one time: as they were read
    return True


def is_waiting(waiting: Sequence[Word], feedback_id: str) -> bool:
    """Tell whether the word waits already: it was sent again."""
    return any(each.feedback_id == feedback_id for each in waiting)


def first_about(waiting: Sequence[Word], is_known: Callable[[str], bool]) -> Word | None:
    """Return the earliest word about something that is known by now, or None."""
    return next((each for each in waiting if is_known(each.about)), None)


def _said_at(word: Word) -> int:
    return word.at
