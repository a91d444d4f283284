"""Calls to an IT help desk: one object a file, titled `Customer Service Call Transcript`, speakers in bold."""

from typing import Any

from warmline.recordings.recorded import Recorded
from warmline.recordings.transcript import call_events, call_of, is_call, marked_turns

TITLE = "**Customer Service Call Transcript**"
QUEUE = "it_helpdesk"


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
