"""What a service does with the traces of its records; as it stands here, it passes contexts on and makes no spans.

A context travels in record headers alone, from a request or a record to whatever it caused; payloads and ids know
nothing of it. The context of an outcome is that

- of the record that caused it; where several did (a signal of wellbeing rests on many), of the one that brought it out;
- of a due time: of the latest record of the same conversation or agent that this process has seen, if any;
- of an outcome that is published again after a crash: the one that was stored with it.

A WebSocket lives for hours: what came with its handshake is not passed on to its messages.

`open_traces` gives the kind that the settings ask for; `spans` holds the one that makes spans and exports them.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from warmline.bus.record import Record
from warmline.settings import Settings
from warmline.store.outbox import Outcome
from warmline.telemetry.trace_context import NO_CONTEXT, Context

ContextOf = Callable[[Outcome], Context]
"""Returns the context that an outcome's record carries."""


class BatchTrace:
    """The traces of one batch while it is handled.

    Attributes:
        records: The batch's records, with the contexts that their outcomes go on with.
    """

    def __init__(self, records: list[Record]) -> None:
        self.records = records

    def refused(self, record: Record, reason: str) -> None:
        """Take note that a record is a dead letter, and why, in a word."""


class RequestTrace:
    """The trace of one request of the gateway, or of one message of a WebSocket.

    Attributes:
        context: What its records go on with; none where it has no trace.
    """

    def __init__(self, context: Context = NO_CONTEXT) -> None:
        self.context = context

    @contextmanager
    def sending(self, topic: str, count: int) -> Iterator[Context]:  # noqa: ARG002 # of those who make spans
        """Yield the context that records carry, while they are sent and acknowledged.

        Args:
            topic: Where to, without the prefix.
            count: How many.
        """
        yield self.context

    def answered(self, status: int) -> None:
        """Take note that an answer of this HTTP status has begun, or that none will (0); the first counts."""


NO_REQUEST = RequestTrace()
"""Of what is not traced: probes, and requests that are turned away at the door."""


class Traces:
    """Passes on what came."""

    @contextmanager
    def batch(self, records: list[Record]) -> Iterator[BatchTrace]:
        """Hold the traces of a batch, from when it was read until it is committed.

        Args:
            records: The batch, each record with the context it came with.
        """
        yield BatchTrace(records)

    @contextmanager
    def sending(self, outcomes: Sequence[Outcome]) -> Iterator[ContextOf]:  # noqa: ARG002 # theirs too
        """Hold the traces of outcomes until the broker has acknowledged them."""
        yield _own

    def request(self, context: Context, method: str, route: str, began_ns: int) -> RequestTrace:  # noqa: ARG002 # theirs too
        """Return the trace of a request.

        Args:
            context: What came with it.
            method: HTTP method.
            route: Path of the route, a pattern without ids.
            began_ns: When its head was there, ns UTC.
        """
        return RequestTrace(context)

    def message(self, handshake: Context) -> RequestTrace:  # noqa: ARG002 # theirs too
        """Return the trace of one message of a WebSocket.

        Args:
            handshake: What came with the handshake.
        """
        return NO_REQUEST

    def close(self) -> None:
        """Send what is left, within seconds."""


def _own(outcome: Outcome) -> Context:
    return outcome.context


def open_traces(settings: Settings, service: str) -> Traces:
    """Return the kind of traces that the settings ask for.

    Raises:
        SettingsError: They ask for what is not installed.
    """
    if settings.traces_exporter == "none":
        return Traces()
    from warmline.telemetry.spans import open_spans  # noqa: PLC0415 # who exports nothing need not load OpenTelemetry

    return open_spans(settings, service)
