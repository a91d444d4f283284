"""Outcomes with their cause, as they wait in a state's outbox until their publication is known to be acknowledged."""

from hashlib import blake2b

import msgspec
from msgspec import Struct

from warmline.telemetry.trace_context import NO_CONTEXT, Context

TIMER_OFFSET = -1
"""Offset of an outcome that no record caused but a due time: no record will come again to bring it back."""


class Outcome(Struct, frozen=True, array_like=True):
    """One event, encoded and ready to publish.

    Attributes:
        topic: Topic name without the deployment's prefix.
        key: Record key.
        type: CloudEvents type.
        id: CloudEvents id.
        time_ms: Event time, ms UTC.
        received_ms: When the broker took the cause, ms UTC; None for a due time.
        value: The event as JSON.
        context: Of its trace, from its cause.
    """

    topic: str
    key: str
    type: str
    id: str
    time_ms: int
    received_ms: int | None
    value: bytes
    context: Context = NO_CONTEXT


class Entry(Struct, frozen=True, array_like=True):
    """All outcomes of one cause.

    Attributes:
        cause: The cause's id in its domain; of a due time, when it was due, ms UTC, in digits; nothing in outboxes of
            before that was kept.
        topic: Topic of the record that caused it; empty for a due time.
        partition: Its partition; TIMER_OFFSET for a due time.
        offset: Its offset; TIMER_OFFSET for a due time.
        outcomes: What to publish, in order.
    """

    cause: str
    topic: str
    partition: int
    offset: int
    outcomes: list[Outcome]


MARK_BYTES = 16  # of a hash: two entries of one key that share a mark by chance are not to be expected
EMPTY_OUTBOX = msgspec.msgpack.encode([])

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Entry])


def encode_outbox(entries: list[Entry]) -> bytes:
    """Return the outbox as the store keeps it."""
    return _encoder.encode(entries) if entries else EMPTY_OUTBOX


def mark_of(entry: Entry) -> bytes:
    """Return a few bytes that stand for an entry and all it holds: what must be told from others is not kept whole."""
    return blake2b(_encoder.encode(entry), digest_size=MARK_BYTES).digest()


def decode_outbox(raw: bytes) -> list[Entry]:
    """Return the entries of a stored outbox."""
    return _decoder.decode(raw) if raw else []
