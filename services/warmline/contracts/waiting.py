"""People's words that were read before what they are about, as in a replay of all topics from the start.

Nobody can speak about an alert or a move before it is published, so a live stream has none of these. Topics are not
read in step, though: in a replay a word may come first. It waits in its conversation's state until what it is about is
known and the conversation has reached the time at which it was said.
"""

from bisect import insort
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, Protocol

from msgspec import Struct

from warmline.contracts.assist import AssistFeedback, AssistVerdict
from warmline.contracts.feedback import AlertFeedback, Verdict

MOST_WAITING = 16
"""Words that a conversation keeps waiting: more than are said about one in its life; a bound on what strangers send."""

HOPE_MS = 3_600_000
"""How far a conversation's time goes past a word before it waits no longer: what it is about was published before it
was said, so it would be known by then, were every clock within the hour."""


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


class Hears(Protocol):
    """What is kept of the words on a conversation.

    Attributes:
        feedbacks: Ids of the words heard last, newest last.
        waiting: Those that wait, in order of time.
    """

    feedbacks: list[str]
    waiting: list[Word]


def name_of_word(feedback_id: str) -> str:
    """Return what names a word as a cause."""
    return f"feedback:{feedback_id}"


def put_off(state: Hears, word: Word, *, is_known: bool) -> Literal["duplicate", "applied", "ignored"] | None:
    """Return what comes of a word that is not to be heard now, or None where it is.

    It was sent before: a duplicate; what it is about is not known yet: it waits, which is applied, or is ignored where
    too many do. The first to come stay.
    """
    if word.feedback_id in state.feedbacks or any(each.feedback_id == word.feedback_id for each in state.waiting):
        return "duplicate"
    if is_known:
        return None
    if len(state.waiting) >= MOST_WAITING:
        return "ignored"
    insort(state.waiting, word, key=_said_at)  # of one time: as they were read
    return "applied"


def still_waiting(waiting: list[Word], as_of: int) -> list[Word]:
    """Return the words whose time is not over, once a conversation's time is `as_of`, ms UTC; see HOPE_MS."""
    return [each for each in waiting if each.at > as_of - HOPE_MS] if waiting else waiting


def first_about(waiting: Sequence[Word], is_known: Callable[[str], bool]) -> Word | None:
    """Return the earliest word about something that is known by now, or None."""
    return next((each for each in waiting if is_known(each.about)), None)


def next_due(word: Word | None, expires_at: int | None) -> int | None:
    """Return when the next thing happens, ms UTC: the word is heard, or what is open expires. None: nothing does."""
    if word is None:
        return expires_at
    heard_at = word.at + 1  # what happened in the same millisecond comes before
    return heard_at if expires_at is None else min(heard_at, expires_at)


def passing(
    until_ms: int,
    first: Callable[[], Word | None],
    expiry: Callable[[], int | None],
    *,
    open_ms: int = 0,
    said_until_ms: int | None = None,
) -> Iterator[Word | None]:
    """Let time pass, and yield what happens by then, each at its time: a word to be heard; None: what is open expires.

    Whoever iterates lets it happen before going on, so that `first` (the earliest word about something known) and
    `expiry` (when what is open expires, ms UTC) tell what comes next.

    Args:
        until_ms: Event time that has come, ms UTC.
        first: See above.
        expiry: See above.
        open_ms: How long after its expiry a word still finds what is open, ms: nobody tells it before its timer does.
        said_until_ms: Before when people had spoken by then, ms UTC; a timer is told later than it is due.
    """
    said_until_ms = until_ms if said_until_ms is None else said_until_ms
    while True:
        word, expires_at = first(), expiry()
        if expires_at is not None and expires_at <= until_ms:
            found_open = word is not None and word.at < min(expires_at + open_ms, said_until_ms)
            yield word if found_open else None
        elif word is not None and word.at < until_ms:  # what happened in the same millisecond comes before
            yield word
        else:
            return


def _said_at(word: Word) -> int:
    return word.at
