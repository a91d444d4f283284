"""One trace from a request at the gateway to the alert on its topic, over real Kafka and Redis, through real services.

Spans are collected where an operator would: each service exports its own by OTLP over HTTP, to a receiver of ours.
"""

import re
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.parts.kafka import KafkaPart
from tests.support.console_world import AGENT, ANGRY, talk
from tests.support.gateway import GatewayProcess, create_topics
from tests.support.loops import await_that, read_all
from tests.support.otlp import Receiver, Seen, receiving, tree
from tests.support.raw_producer import produce_raw
from warmline.contracts import topics
from warmline.contracts.turn import Turn
from warmline.local.service_process import ServiceProcess
from warmline.local.stack import Stack
from warmline.services import SERVICES
from warmline.telemetry.trace_context import context_of, exemplar_of

TRACE, CALLER = "5bd66ef5095369c7b0d1f8f4bd33716a", "c532cb4098ac3dd2"
STRANGERS = "11112222333344445555666677778888"
READY_S = 240
SEEN_S = 120
ACK_S = 60  # a broker on a busy machine takes its time for the first record of a producer
PARTITIONS = 2
OPEN_METRICS = "application/openmetrics-text; version=1.0.0"

CHAIN = (
    ("gateway", "POST /v1/turns", "SERVER"),
    ("gateway", "send conversation.events", "PRODUCER"),
    ("scoring", "process conversation.events", "CONSUMER"),
    ("scoring", "send conversation.scores", "PRODUCER"),
    ("windows", "process conversation.scores", "CONSUMER"),
    ("windows", "send conversation.windows", "PRODUCER"),
    ("escalation", "process conversation.windows", "CONSUMER"),
    ("escalation", "send escalation.alerts", "PRODUCER"),
)
"""Service, name without the deployment's prefix, and kind of each span, each the parent of the next."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def prefix(unique: Callable[[str], str]) -> str:
    return unique("traces") + "."


@pytest.fixture
def chain(
    kafka: KafkaPart, redis_url: str, tmp_path: Path, prefix: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[GatewayProcess, list[ServiceProcess]]]:
    """A gateway and every service behind it, all ready, all exporting every trace."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
    settings = {"traces_exporter": "otlp", "traces_endpoint": receiver.url, "traces_sample_ratio": "1"}
    create_topics(kafka.bootstrap, prefix, PARTITIONS)
    stack = Stack(kafka.bootstrap, redis_url, tmp_path, {"topic_prefix": prefix, **settings})
    patient = {**settings, "gateway_ack_timeout_s": str(ACK_S)}
    door = GatewayProcess(kafka.bootstrap, redis_url, tmp_path / "door", prefix, patient)
    try:
        behind = [stack.start_service(name) for name in SERVICES]
        for service in [*behind, door.process.start()]:
            service.process.wait_until(service.ready, timeout=READY_S, advice="")
        yield door, behind
    finally:
        in_order = door.process.process.stop()
        in_order = stack.stop() and in_order
    assert in_order, "everything ended in order"


def test_one_trace_leads_from_a_request_to_the_alert_and_another_begins_where_the_sender_gave_none(
    kafka: KafkaPart, chain: tuple[GatewayProcess, list[ServiceProcess]], receiver: Receiver, prefix: str
) -> None:
    gateway, behind = chain
    *before, last = talk("jane-doe-7", *ANGRY)
    with gateway.client(None) as stranger:
        context = {"traceparent": f"00-{STRANGERS}-{CALLER}-01"}
        assert stranger.post("/v1/turns", json=msgspec.to_builtins(last), headers=context).status_code == 401
    with gateway.client(timeout=2 * ACK_S) as client:
        posted = client.post("/v1/turns", json=msgspec.to_builtins(before))
        assert posted.status_code == 202, posted.text
        context = {"traceparent": f"00-{TRACE}-{CALLER}-01", "tracestate": "caller=7"}
        assert client.post("/v1/turns", json=msgspec.to_builtins(last), headers=context).status_code == 202
    *earlier, strange = talk("john-roe-8", *ANGRY)
    for turn in earlier:
        produce_raw(kafka.bootstrap, prefix + topics.CONVERSATION_EVENTS, *record_of(turn), [])
    hostile = [(b"\xff\xfe", b"\xff"), (b"traceparent", f"00-{TRACE}-{CALLER}-01-".encode() + b"0" * 100_000)]
    produce_raw(kafka.bootstrap, prefix + topics.CONVERSATION_EVENTS, *record_of(strange), hostile)

    def alert_traces(conversation: str) -> set[str]:
        found = set()
        for message in read_all(kafka.bootstrap, prefix + topics.ESCALATION_ALERTS):
            exemplar = exemplar_of(context_of(message.headers()))
            if message.key() == conversation.encode() and exemplar is not None:
                found.add(exemplar["trace_id"])
        return found

    await_that(lambda: TRACE in alert_traces("jane-doe-7"), "an alert of the trace", SEEN_S)
    await_that(lambda: bool(alert_traces("john-roe-8")), "an alert of a trace that began at the first topic", SEEN_S)

    def whole() -> bool:
        return {*SERVICES, "gateway"} <= {span.service for span in receiver.spans(TRACE)}

    await_that(lambda: whole() and last_span(receiver, TRACE, prefix) is not None, "every service's spans", SEEN_S)
    assert_one_chain(receiver.spans(TRACE), prefix)
    assert_batches_are_linked(receiver, prefix)

    (own, *_) = sorted(alert_traces("john-roe-8") - {TRACE})
    await_that(lambda: last_span(receiver, own, prefix) is not None, "the other trace", SEEN_S)
    first, *_ = receiver.spans(own)
    assert (first.service, first.name, first.parent_id) == ("scoring", f"process {prefix}conversation.events", "")

    assert_exemplars(gateway.process, "warmline_gateway_request_seconds", receiver, {"operation": "postTurns"})
    for service in behind:
        if service.name in {"scoring", "windows", "escalation"}:
            assert_exemplars(service, "warmline_event_age_seconds", receiver, {"service": service.name})
    assert receiver.spans(STRANGERS) == [], "who is turned away leaves no trace"
    everything = b"".join(receiver.bodies)
    for secret in (b"jane-doe", b"john-roe", AGENT.encode(), b"supervisor", b"furious", gateway.keys["all"].encode()):
        assert secret not in everything


def record_of(turn: Turn) -> tuple[bytes, bytes]:
    return turn.conversation_id.encode(), msgspec.json.encode(turn)


def last_span(receiver: Receiver, trace: str, prefix: str) -> Seen | None:
    name = f"send {prefix}{topics.ESCALATION_ALERTS}"
    return next((span for span in receiver.spans(trace) if span.name == name), None)


def assert_one_chain(spans: list[Seen], prefix: str) -> None:
    """The caller's span is the root; each hop is the child of the one before; wellbeing and assist hang on windows."""
    of_service = {span.span_id: span for span in spans}
    last = next(span for span in spans if span.name == f"send {prefix}{topics.ESCALATION_ALERTS}")
    chain = [last]
    while (parent := of_service.get(chain[-1].parent_id)) is not None:
        chain.append(parent)
    chain.reverse()
    assert [(span.service, span.name.replace(prefix, ""), span.kind) for span in chain] == list(CHAIN), tree(spans)
    assert chain[0].parent_id == CALLER
    assert chain[0].attributes["http.response.status_code"] == 202
    assert all(one.start_ns <= other.start_ns for one, other in pairwise(chain))
    window = next(span for span in chain if span.name == f"send {prefix}{topics.CONVERSATION_WINDOWS}")
    readers = {span.service for span in spans if span.parent_id == window.span_id}
    assert readers == {"escalation", "wellbeing", "assist"}
    taken = chain[4]
    assert taken.attributes["messaging.destination.name"] == prefix + topics.CONVERSATION_SCORES
    assert taken.attributes["messaging.consumer.group.name"] == prefix + "windows"
    assert {"messaging.kafka.offset", "messaging.destination.partition.id"} <= taken.attributes.keys()
    assert {span.status for span in spans} == {"UNSET"}


def assert_batches_are_linked(receiver: Receiver, prefix: str) -> None:
    """Each service's span over a record is linked with its batch's span, which is linked with the record's sender."""
    batches = {span.span_id: span for span in receiver.spans() if span.name.startswith("batch")}
    taken = [span for span in receiver.spans(TRACE) if span.kind == "CONSUMER"]
    assert len(taken) == len(SERVICES)
    for span in taken:
        ((_, batch_id),) = span.links
        assert (TRACE, span.parent_id) in batches[batch_id].links
        assert batches[batch_id].service == span.service
        assert batches[batch_id].attributes["messaging.batch.message_count"] >= 1


def assert_exemplars(service: ServiceProcess, histogram: str, receiver: Receiver, labels: Mapping[str, str]) -> None:
    """The OpenMetrics exposition points to traces that were exported, the plain one to none."""
    known = {span.trace_id for span in receiver.spans()}
    text, kind = exposition(service, OPEN_METRICS)
    assert kind.startswith("application/openmetrics-text")
    assert text.endswith("# EOF\n")
    own = next(part for part in re.split(r"^(?=# HELP |# EOF)", text, flags=re.MULTILINE) if histogram in part)
    pointed = [
        sample.exemplar.labels["trace_id"]
        for family in text_string_to_metric_families(f"{own}# EOF\n")
        for sample in family.samples
        if family.name == histogram and labels.items() <= sample.labels.items() and sample.exemplar
    ]
    assert pointed
    assert set(pointed) <= known
    plain, kind = exposition(service, "text/plain")
    assert kind.startswith("text/plain")
    assert "trace_id" not in plain


def exposition(service: ServiceProcess, accept: str) -> tuple[str, str]:
    request = urllib.request.Request(f"{service.address}/metrics", headers={"Accept": accept})  # noqa: S310 # ours
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return answer.read().decode(), answer.headers["Content-Type"]
