"""A record as the loop hands it on, and the faults by which a decoder refuses one."""

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from warmline.bus.envelope import Headers
from warmline.contracts.turn import LATEST_MS
from warmline.telemetry.trace_context import NO_CONTEXT, Context

Reason = Literal[
    "empty",
    "too_large",
    "not_json",
    "wrong_schema",
    "unknown_type",
    "future_time",
    "processing_failed",
]
"""Why a record is a dead letter."""


class Record(Struct, frozen=True):
    """One Kafka record.

    Attributes:
        topic: Topic name without the deployment's prefix.
        partition: Its partition.
        offset: Its offset.
        key: Raw key.
        value: Raw value; None for a tombstone.
        headers_of: Returns its headers, in order; None for none.
        timestamp_ms: When the broker took it or the producer made it, ms UTC.
        context: Of its trace: the one it came with, or that of the span over its handling.
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers_of: Callable[[], Headers | None]
    timestamp_ms: int
    context: Context = NO_CONTEXT

    @property
    def headers(self) -> Headers:
        """Its headers, in order."""
        return self.headers_of() or []

    @property
    def received_ms(self) -> int | None:
        """When the broker took it, ms UTC; None where that is no time that an event can carry.

        A producer may give none (-1) or any other: whoever reads what comes of the record would refuse that for it.
        """
        return self.timestamp_ms if 0 < self.timestamp_ms <= LATEST_MS else None

    def sure_ms(self, event_ms: int) -> int:
        """Return how far an event time may move time for others, ms UTC: no further than the record's own.

        One sender's clock that is minutes ahead, within what is tolerated, would else make due what everybody else on
        the partition is waiting for.
        """
        return min(event_ms, self.timestamp_ms) if self.timestamp_ms > 0 else event_ms  # 0, -1: it has none


class BadRecordError(Exception):
    """A record that can never be processed; it goes to the dead letters.

    Attributes:
        reason: Why, as a short word for metrics.
        detail: Why, in words; never the content itself.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class TransientError(Exception):
    """Something is away for now: the batch is held back and tried again. Says what in its message."""
