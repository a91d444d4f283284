"""Calls to a telecom company: one object a file, titled `Transcript: ...`, speakers in bold, client ids in brackets."""

from typing import Any

from warmline.recordings.recorded import Recorded
from warmline.recordings.transcript import call_events, call_of, is_call, marked_turns

TITLE = "**Transcript: "
QUEUE = "telecom"


def matches(item: dict[str, Any]) -> bool:
    """Tell whether a decoded object is such a call."""
    return is_call(item) and item["Content"].lstrip().startswith(TITLE)


def events_of(item: dict[str, Any]) -> list[Recorded]:
    """Return the call's events.

    Raises:
        UnreadableError: It is not a conversation of two.
        msgspec.ValidationError: A field is missing or wrong.
    """
    call = call_of(item)
    return call_events(call, marked_turns(call.content), QUEUE)
