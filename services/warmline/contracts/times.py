"""The five time stamps that every output carries."""

from msgspec import Struct

from warmline.contracts.turn import UtcMs


class Times(Struct, frozen=True, kw_only=True):
    """When the cause of an event passed each stage, ms UTC; None where it has not (yet) passed it.

    `spoken` is event time and the same in every run; the other four are processing times, and the only part of an
    output that differs between a live run and a backtest.

    Attributes:
        spoken: When the causing turn was spoken, or the due time that fired.
        received: When the broker took the causing turn (its record time stamp).
        scored: When the model had scored it.
        windowed: When the conversation's window had taken it in.
        published: When this event was handed to the store and the producer.
    """

    spoken: UtcMs
    received: UtcMs | None = None
    scored: UtcMs | None = None
    windowed: UtcMs | None = None
    published: UtcMs | None = None
