"""A record on its way into a state."""

from msgspec import Struct

from warmline.telemetry.trace_context import NO_CONTEXT, Context


class Incoming(Struct, frozen=True):
    """One decoded record.

    Attributes:
        topic: Topic name without the deployment's prefix.
        partition: Partition it came from.
        offset: Its offset.
        event: The decoded event.
        received_ms: When the broker took it, ms UTC.
        context: Of its trace.
    """

    topic: str
    partition: int
    offset: int
    event: Struct
    received_ms: int | None
    context: Context = NO_CONTEXT
