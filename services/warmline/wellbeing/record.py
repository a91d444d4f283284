"""One event as it waits in the buffer and is folded: as small as it gets, and free of words."""

from enum import IntFlag

from msgspec import Struct


class Mark(IntFlag):
    """What one event is, as far as strain is concerned; decided once, when it comes in."""

    CUSTOMER = 1
    AGENT = 2
    STATE = 4
    DISTRESSED = 8
    HOSTILE_TURN = 16
    ABUSIVE_TURN = 32
    POSITIVE_TURN = 64
    WAS_DISTRESSED = 128
    KIND_TURN = 256


class Record(Struct, frozen=True, array_like=True, order=True):
    """One event, as small as it gets. Its order is the order of folding: time, conversation, cause.

    Attributes:
        at: Event time, ms UTC.
        conversation_id: The conversation; empty for an agent's state.
        cause: The turn id, or the activity.
        marks: What it is (`Mark`).
        received: When the broker took it, ms UTC.
        scored: When its turn was scored, ms UTC.
        windowed: When its window had taken it in, ms UTC.
    """

    at: int
    conversation_id: str
    cause: str
    marks: int
    received: int | None = None
    scored: int | None = None
    windowed: int | None = None
