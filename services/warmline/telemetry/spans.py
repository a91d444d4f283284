"""Spans of OpenTelemetry, exported by OTLP over HTTP. Loaded only where the settings ask for it.

A recorded record has two spans in a service: `process TOPIC` (consumer), child of the span that sent it, from its batch
being read to the commit; and for each outcome `send TOPIC` (producer), child of it, until the broker has acknowledged
it; that one's context travels on. A batch with a recorded record has a span `batch TOPIC` in a trace of its own, linked
with those of its records both ways. A request has one of the kind server, and one `send TOPIC` for all its records.

Whether a trace is recorded is decided once, where it begins: by who sent the context, else here by the ratio, at the
gateway or at the first topic; the decision travels on with the context. What is not recorded costs its ids alone.
"""

import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import msgspec
from opentelemetry.context import Context as OtelContext
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, Sampler, SamplingResult, TraceIdRatioBased
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, get_current_span, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from warmline.bus.record import Record
from warmline.settings import Settings, SettingsError
from warmline.store.outbox import Outcome
from warmline.telemetry import span_names
from warmline.telemetry.trace_context import NO_CONTEXT, Context, is_sampled
from warmline.telemetry.traces import BatchTrace, ContextOf, RequestTrace, Traces

CLOSE_S = 3.0  # for what was not exported yet: the pod's grace period has this much room after the drain
MOST_LINKS = 128  # of one batch: what OpenTelemetry keeps by default
SERVER_ERROR = 500
NOWHERE = OtelContext()
_PROPAGATOR = TraceContextTextMapPropagator()


class Spans(Traces):
    """Makes spans.

    Args:
        provider: Where spans go; closed with this object.
        group: Consumer group.
        prefix: Setting `topic_prefix`.
    """

    def __init__(self, provider: TracerProvider, group: str, prefix: str) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("warmline", version("warmline"))
        self._group = group
        self._prefix = prefix

    @contextmanager
    def batch(self, records: list[Record]) -> Iterator[BatchTrace]:
        """Begin the spans of a batch's records, and end them once it is committed."""
        spans: dict[tuple[str, int, int], Span] = {}
        known = []
        for record in records:
            if record.context and not is_sampled(record.context):
                known.append(record)
                continue
            span = self._of_record(record)
            known.append(msgspec.structs.replace(record, context=_context_of(span)))
            if span.is_recording():
                spans[_place(record)] = span
        whole = self._of_batch(records, spans) if spans else None
        trace = _Batch(known, spans)
        with _ended([*spans.values(), *([whole] if whole else [])]):
            yield trace

    @contextmanager
    def sending(self, outcomes: Sequence[Outcome]) -> Iterator[ContextOf]:
        """Begin the spans of recorded outcomes, and end them once they are acknowledged."""
        spans: dict[int, Span] = {}
        for outcome in outcomes:
            if is_sampled(outcome.context):
                topic = self._prefix + outcome.topic
                attributes = span_names.of_sending(topic) | {"cloudevents.event_type": outcome.type}
                if outcome.received_ms is None:
                    attributes["warmline.due_time"] = True
                spans[id(outcome)] = self._begin(f"send {topic}", SpanKind.PRODUCER, outcome.context, attributes)
        contexts = {key: _context_of(span) for key, span in spans.items()}

        def context_of(outcome: Outcome) -> Context:
            return contexts.get(id(outcome), outcome.context)

        with _ended(list(spans.values())):
            yield context_of

    def request(self, context: Context, method: str, route: str, began_ns: int) -> RequestTrace:
        """Begin the span of a request."""
        attributes = span_names.of_request(method, route)
        span = self._begin(f"{method} {route}", SpanKind.SERVER, context, attributes, start_time=began_ns)
        return _Request(self, span) if span.is_recording() else RequestTrace(_context_of(span))

    def message(self, handshake: Context) -> RequestTrace:
        """Return the trace of one message of a WebSocket: its own, linked with the handshake's."""
        return _Message(self, [Link(_remote(handshake))] if handshake else [])

    def close(self) -> None:
        """Export what is left; give up after CLOSE_S, where the receiver does not answer."""
        closing = threading.Thread(target=self._provider.shutdown, name="traces", daemon=True)
        closing.start()
        closing.join(CLOSE_S)

    def begin_sending(self, topic: str, count: int, context: OtelContext, links: Sequence[Link] = ()) -> Span:
        """Begin the span of a request's records, which they share."""
        name = self._prefix + topic
        attributes = span_names.of_sending(name) | {"messaging.batch.message_count": count}
        return self._tracer.start_span(f"send {name}", context, SpanKind.PRODUCER, attributes, links)

    def _of_record(self, record: Record) -> Span:
        topic = self._prefix + record.topic
        attributes = span_names.of_record(topic, record.partition, record.offset, self._group)
        return self._begin(f"process {topic}", SpanKind.CONSUMER, record.context, attributes)

    def _of_batch(self, records: list[Record], spans: dict[tuple[str, int, int], Span]) -> Span:
        topics = {self._prefix + record.topic for record in records}
        attributes = span_names.of_batch(topics, len(records), self._group)
        senders = [record.context for record in records if record.context and _place(record) in spans]
        links = [Link(_remote(context)) for context in senders[:MOST_LINKS]]
        name = " ".join([span_names.BATCH, *(topics if len(topics) == 1 else ())])
        span = self._tracer.start_span(name, NOWHERE, SpanKind.CONSUMER, attributes, links)
        for each in spans.values():
            each.add_link(span.get_span_context())
        return span

    def _begin(
        self, name: str, kind: SpanKind, parent: Context, attributes: dict[str, Any], start_time: int | None = None
    ) -> Span:
        return self._tracer.start_span(name, _parent(parent), kind, attributes, start_time=start_time)


class RatioOfTraces(Sampler):
    """Decides on traces that begin here: a share of them; and every batch, which is begun for recorded records alone.

    Args:
        ratio: The share, from 0 to 1.
    """

    def __init__(self, ratio: float) -> None:
        self._ratio = TraceIdRatioBased(ratio)

    def should_sample(
        self,
        parent_context: OtelContext | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Any = None,
        links: Any = None,
        trace_state: Any = None,
    ) -> SamplingResult:
        """Return the decision on a span without a parent."""
        if attributes and attributes.get(span_names.OPERATION) == span_names.BATCH:
            return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes)
        return self._ratio.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        """Return what it does, for OpenTelemetry's logs."""
        return f"RatioOfTraces{{{self._ratio.get_description()}}}"


class _Batch(BatchTrace):
    def __init__(self, records: list[Record], spans: dict[tuple[str, int, int], Span]) -> None:
        super().__init__(records)
        self._spans = spans

    def refused(self, record: Record, reason: str) -> None:
        span = self._spans.get(_place(record))
        if span is not None:
            _fail(span, reason)


class _Request(RequestTrace):
    def __init__(self, spans: Spans, span: Span) -> None:
        super().__init__(_context_of(span))
        self._spans = spans
        self._span = span

    @contextmanager
    def sending(self, topic: str, count: int) -> Iterator[Context]:
        span = self._spans.begin_sending(topic, count, set_span_in_context(self._span, NOWHERE))
        with _ended([span]):
            yield _context_of(span)

    def answered(self, status: int) -> None:
        if not self._span.is_recording():
            return
        if status:
            self._span.set_attribute("http.response.status_code", status)
        if status >= SERVER_ERROR:
            _fail(self._span, str(status))
        self._span.end()


class _Message(RequestTrace):
    def __init__(self, spans: Spans, links: list[Link]) -> None:
        super().__init__()
        self._spans = spans
        self._links = links

    @contextmanager
    def sending(self, topic: str, count: int) -> Iterator[Context]:
        span = self._spans.begin_sending(topic, count, NOWHERE, self._links)
        with _ended([span]):
            yield _context_of(span)


def open_spans(settings: Settings, service: str) -> Spans:
    """Return the spans of a service, exported as the settings and the standard OTEL_ variables say.

    Raises:
        SettingsError: The exporter is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 # an extra
    except ModuleNotFoundError as error:
        raise SettingsError("WARMLINE_TRACES_EXPORTER: otlp needs the extra: pip install 'warmline[otlp]'") from error
    base = settings.traces_endpoint.rstrip("/")
    return spans_to(OTLPSpanExporter(endpoint=f"{base}/v1/traces" if base else None), settings, service)


def spans_to(exporter: SpanExporter, settings: Settings, service: str) -> Spans:
    """Return the spans of a service, sent to an exporter from a thread of its own."""
    resource = Resource.create(
        {
            "service.name": service,
            "service.namespace": "warmline",
            "service.version": version("warmline"),
            "service.instance.id": str(uuid.uuid4()),
        }
    ).merge(OTELResourceDetector().detect())  # OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME win
    sampler = ParentBased(RatioOfTraces(settings.traces_sample_ratio))
    provider = TracerProvider(sampler=sampler, resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Spans(provider, settings.topic_prefix + service, settings.topic_prefix)


@contextmanager
def _ended(spans: Sequence[Span]) -> Iterator[None]:
    """End spans at the end, as failed ones where something was raised; its text stays out, its type does not."""
    try:
        yield
    except BaseException as error:
        for span in spans:
            _fail(span, type(error).__name__)
        raise
    finally:
        for span in spans:
            span.end()


def _fail(span: Span, error_type: str) -> None:
    span.set_attribute("error.type", error_type)
    span.set_status(Status(StatusCode.ERROR))


def _place(record: Record) -> tuple[str, int, int]:
    return record.topic, record.partition, record.offset


def _parent(context: Context) -> OtelContext:
    """Return a context of headers as OpenTelemetry's: that of nobody where there is none."""
    if not context:
        return NOWHERE
    return _PROPAGATOR.extract({name: value.decode("ascii") for name, value in context}, NOWHERE)


def _remote(context: Context) -> Any:
    return get_current_span(_parent(context)).get_span_context()


def _context_of(span: Span) -> Context:
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier, set_span_in_context(span, NOWHERE))
    return tuple((name, value.encode("ascii")) for name, value in carrier.items()) or NO_CONTEXT
