"""Spans as OpenTelemetry exports them: who is whose child, what is linked, what is recorded, what is told."""

import sys
import threading
from collections.abc import Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from warmline.bus.record import Record, TransientError
from warmline.settings import Settings, SettingsError
from warmline.store.outbox import Outcome
from warmline.telemetry import spans as spans_module
from warmline.telemetry.spans import Spans, spans_to
from warmline.telemetry.trace_context import Context, checked, exemplar_of, is_sampled
from warmline.telemetry.traces import Traces, open_traces

TRACE, SENDER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SAMPLED = checked(f"00-{TRACE}-{SENDER}-01".encode(), b"vendor=1")
UNSAMPLED = checked(f"00-{TRACE}-{SENDER}-00".encode())
KEY = "conversation-of-jane"


class World:
    """Spans of one service, exported to memory."""

    def __init__(self, ratio: float) -> None:
        self._exporter = InMemorySpanExporter()
        self.traces: Spans = spans_to(self._exporter, Settings(topic_prefix="x.", traces_sample_ratio=ratio), "windows")

    def exported(self) -> dict[str, list[ReadableSpan]]:
        self.traces.close()
        spans: dict[str, list[ReadableSpan]] = {}
        for span in self._exporter.get_finished_spans():
            spans.setdefault(span.name, []).append(span)
        return spans


def record(offset: int, context: Context = (), topic: str = "conversation.scores") -> Record:
    return Record(topic, 3, offset, KEY.encode(), KEY.encode(), list, 5, context)


def outcomes_of(records: Sequence[Record], received_ms: int | None = 5) -> list[Outcome]:
    return [
        Outcome("conversation.windows", KEY, "conversation.window", KEY, 1, received_ms, b"{}", each.context)
        for each in records
    ]


def span_id(span: ReadableSpan) -> str:
    return format(span.get_span_context().span_id, "016x")


def sent_by(span: ReadableSpan, context: Context) -> bool:
    return exemplar_of(context) == {
        "trace_id": format(span.get_span_context().trace_id, "032x"),
        "span_id": span_id(span),
    }


def test_a_recorded_record_is_a_child_of_its_sender_and_its_outcome_a_child_of_it() -> None:
    world = World(ratio=0)
    with world.traces.batch([record(7, SAMPLED)]) as batch:
        outcomes = outcomes_of(batch.records)
        with world.traces.sending(outcomes) as context_of:
            passed_on = context_of(outcomes[0])
    spans = world.exported()
    ((process,), (send,)) = spans["process x.conversation.scores"], spans["send x.conversation.windows"]
    assert process.parent is not None
    assert send.parent is not None
    assert format(process.parent.span_id, "016x") == SENDER
    assert send.parent.span_id == process.get_span_context().span_id
    assert {format(each.get_span_context().trace_id, "032x") for each in (process, send)} == {TRACE}
    assert sent_by(send, passed_on), "what travels on is the sender's"
    assert dict(passed_on)["tracestate"] == b"vendor=1"
    assert (process.kind, send.kind) == (SpanKind.CONSUMER, SpanKind.PRODUCER)
    assert dict(process.attributes or {}) == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "x.conversation.scores",
        "messaging.destination.partition.id": "3",
        "messaging.kafka.offset": 7,
        "messaging.consumer.group.name": "x.windows",
    }
    assert dict(send.attributes or {}) == {
        "messaging.system": "kafka",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": "x.conversation.windows",
        "cloudevents.event_type": "conversation.window",
    }


def test_a_batch_is_linked_with_its_recorded_records_both_ways() -> None:
    world = World(ratio=0)
    with world.traces.batch([record(0, SAMPLED), record(1, UNSAMPLED), record(2, SAMPLED)]):
        pass
    spans = world.exported()
    (batch,), records = spans["batch x.conversation.scores"], spans["process x.conversation.scores"]
    assert batch.parent is None
    assert (batch.attributes or {})["messaging.batch.message_count"] == 3
    assert [format(link.context.span_id, "016x") for link in batch.links] == [SENDER, SENDER]
    assert [link.context.span_id for each in records for link in each.links] == [batch.get_span_context().span_id] * 2


def test_a_batch_of_several_topics_names_none_and_one_without_recorded_records_has_no_span() -> None:
    world = World(ratio=0)
    with world.traces.batch([record(0, SAMPLED), record(1, SAMPLED, "escalation.feedback")]):
        pass
    with world.traces.batch([record(1, UNSAMPLED), record(2)]):
        pass
    spans = world.exported()
    (batch,) = spans["batch"]
    assert "messaging.destination.name" not in (batch.attributes or {})
    assert sum(map(len, spans.values())) == 3


def test_the_sender_decides_and_what_is_not_recorded_goes_on_as_not_recorded() -> None:
    world = World(ratio=1)
    with world.traces.batch([record(0, UNSAMPLED)]) as batch:
        outcomes = outcomes_of(batch.records)
        with world.traces.sending(outcomes) as context_of:
            assert context_of(outcomes[0]) == UNSAMPLED
    assert world.exported() == {}


@pytest.mark.parametrize("ratio", [0, 1])
def test_a_record_without_a_context_begins_a_trace_whose_decision_travels_on(ratio: float) -> None:
    world = World(ratio)
    with world.traces.batch([record(0)]) as batch:
        outcomes = outcomes_of(batch.records)
        with world.traces.sending(outcomes) as context_of:
            assert is_sampled(context_of(outcomes[0])) == bool(ratio)
            assert context_of(outcomes[0]), "also one that is not recorded: the next service must not decide again"
    assert len(world.exported()) == (3 if ratio else 0)


def test_faults_are_told_by_their_kind_alone() -> None:
    world = World(ratio=0)
    with world.traces.batch([record(0, SAMPLED), record(1, SAMPLED)]) as batch:
        batch.refused(batch.records[1], "not_json")
        outcomes = outcomes_of(batch.records[:1])
        with pytest.raises(TransientError), world.traces.sending(outcomes):
            raise TransientError(f"away, {KEY}")
        with world.traces.sending(outcomes):
            pass
    spans = world.exported()
    good, refused = spans["process x.conversation.scores"]
    first, again = spans["send x.conversation.windows"]
    assert good.status.status_code == again.status.status_code == StatusCode.UNSET
    assert refused.status.status_code == first.status.status_code == StatusCode.ERROR
    assert (refused.attributes or {})["error.type"] == "not_json"
    assert (first.attributes or {})["error.type"] == "TransientError"
    assert KEY not in "".join(span.to_json() for each in spans.values() for span in each)


def test_what_a_due_time_brings_out_says_so() -> None:
    world = World(ratio=0)
    with world.traces.sending(outcomes_of([record(0, SAMPLED)], received_ms=None)):
        pass
    ((send,),) = world.exported().values()
    assert (send.attributes or {})["warmline.due_time"] is True


def test_a_requests_records_share_one_span_and_its_end_is_its_answer() -> None:
    world = World(ratio=0)
    request = world.traces.request(SAMPLED, "POST", "/v1/turns", 1_000)
    with request.sending("conversation.events", 12) as context:
        pass
    request.answered(202)
    request.answered(500)
    spans = world.exported()
    (server,), (send,) = spans["POST /v1/turns"], spans["send x.conversation.events"]
    assert server.kind == SpanKind.SERVER
    assert server.parent is not None
    assert send.parent is not None
    assert format(server.parent.span_id, "016x") == SENDER
    assert send.parent.span_id == server.get_span_context().span_id
    assert sent_by(send, context)
    assert sent_by(server, request.context)
    assert server.start_time == 1_000
    assert (send.attributes or {})["messaging.batch.message_count"] == 12
    assert dict(server.attributes or {}) == {
        "http.request.method": "POST",
        "http.route": "/v1/turns",
        "http.response.status_code": 202,
    }


def test_a_request_that_is_not_recorded_passes_the_decision_on() -> None:
    world = World(ratio=0)
    request = world.traces.request((), "POST", "/v1/turns", 1_000)
    with request.sending("conversation.events", 1) as context:
        assert context
        assert not is_sampled(context)
    request.answered(503)
    assert world.exported() == {}


def test_a_message_of_a_websocket_is_a_trace_of_its_own_linked_with_the_handshakes() -> None:
    world = World(ratio=1)
    with world.traces.message(SAMPLED).sending("conversation.events", 1) as context:
        pass
    ((send,),) = world.exported().values()
    assert send.parent is None
    assert [format(link.context.span_id, "016x") for link in send.links] == [SENDER]
    assert sent_by(send, context)


def test_without_an_exporter_contexts_pass_unchanged_and_nothing_is_begun() -> None:
    traces = open_traces(Settings(), "windows")
    assert type(traces) is Traces
    records = [record(0, SAMPLED), record(1), record(2, UNSAMPLED)]
    with traces.batch(records) as batch:
        assert batch.records is records
        outcomes = outcomes_of(records)
        with traces.sending(outcomes) as context_of:
            assert [context_of(each) for each in outcomes] == [SAMPLED, (), UNSAMPLED]
    with traces.request(SAMPLED, "POST", "/v1/turns", 1).sending("conversation.events", 1) as context:
        assert context == SAMPLED
    with traces.message(SAMPLED).sending("conversation.events", 1) as context:
        assert context == ()


def test_an_exporter_that_is_not_installed_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(SettingsError, match=r"WARMLINE_TRACES_EXPORTER: .*warmline\[otlp\]"):
        open_traces(Settings(traces_exporter="otlp"), "windows")


class Stuck(SpanExporter):
    """A receiver that takes the spans and never answers."""

    def __init__(self) -> None:
        self.asked, self.free = threading.Event(), threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.asked.set()
        self.free.wait(60)
        return SpanExportResult.FAILURE


def test_a_receiver_that_never_answers_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans_module, "CLOSE_S", 0.2)
    exporter = Stuck()
    traces = spans_to(exporter, Settings(), "windows")
    with traces.batch([record(0, SAMPLED)]):
        pass
    try:
        traces.close()
        assert exporter.asked.wait(10), "it was asked to take what was left"
    finally:
        exporter.free.set()
