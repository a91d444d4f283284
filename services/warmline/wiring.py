"""The one place that wires a confluent-kafka service from its settings: clients, store, domain, loop."""

import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, get_args

from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from msgspec import Struct

from warmline.bus.config import FAILURES_ONLY, client_config, consumer_config, ends_config, producer_config
from warmline.bus.dead_letters import DeadLetterLimit
from warmline.bus.ends import Ends
from warmline.bus.handler import Handler
from warmline.bus.limit_stop import LimitStop
from warmline.bus.loop import Loop, LoopOptions
from warmline.bus.publisher import Publisher
from warmline.bus.record import Reason, TransientError
from warmline.bus.stateful import StatefulHandler
from warmline.bus.transactions import TransactionalPublisher, transactional
from warmline.contracts.services import is_followed, upstream_of
from warmline.policy.model import Policy
from warmline.settings import Settings
from warmline.store.connect import Connection
from warmline.store.keyed import KeyedDomain, S, Verdict
from warmline.store.keys import Keys
from warmline.store.processor import Processor
from warmline.store.progress import Progress, Upstream
from warmline.store.redis_store import RedisStore
from warmline.telemetry.beginnings import begin_at_zero
from warmline.telemetry.health import Health
from warmline.telemetry.metrics import Metrics
from warmline.telemetry.outcomes import OutcomeCounter
from warmline.telemetry.traces import Traces

log = logging.getLogger(__name__)

MS = 1000
METADATA_TIMEOUT_S = 10.0

Learn = Callable[[Struct], None]
"""Counts what a domain learnt: see `Step.learnt`."""


def wall_ms() -> int:
    """Return the wall clock, ms UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Parts:
    """What every service of a process shares.

    Attributes:
        settings: Where things are.
        policy: What to do.
        metrics: The list of metrics.
        health: What the probes read.
        stop: Set to stop cleanly.
        traces: What is done with traces.
    """

    settings: Settings
    policy: Policy
    metrics: Metrics
    health: Health
    stop: threading.Event
    traces: Traces = field(default_factory=Traces)


def build_store(parts: Parts, service: str) -> RedisStore:
    """Return the store of one service."""
    settings = parts.settings
    seconds = parts.metrics.store_seconds

    def observe(operation: str, took_s: float) -> None:
        seconds.labels(service, operation).observe(took_s)

    keys = Keys(settings.redis_prefix, service, settings.store_buckets)
    return RedisStore(Connection(settings), keys, observe, time.monotonic)


def build_processor(
    parts: Parts, domain: KeyedDomain[S], store: RedisStore, learn: Learn = lambda _learnt: None
) -> Processor[S]:
    """Return the processor that runs a domain over a store; `learn` counts what is the domain's own."""
    records = parts.metrics.records
    service = domain.name
    begin_at_zero(parts.metrics.dead_letters, [service], get_args(Reason))

    def observe(verdict: Verdict, count: int) -> None:
        records.labels(service, verdict).inc(count)

    return Processor(
        domain,
        store,
        wall_ms,
        observe=observe,
        conflict=parts.metrics.conflicts.labels(service).inc,
        republish=parts.metrics.republished.labels(service).inc,
        settled=parts.metrics.timers_fired.labels(service).inc,
        learn=learn,
    )


def build_stateful(
    parts: Parts, domain: KeyedDomain[S], reads: tuple[str, ...], learn: Learn = lambda _learnt: None
) -> StatefulHandler:
    """Return the handler of a service with state."""
    return StatefulHandler(**stateful_parts(parts, domain, reads, learn))


def stateful_parts(
    parts: Parts, domain: KeyedDomain[S], reads: tuple[str, ...], learn: Learn = lambda _learnt: None
) -> dict[str, Any]:
    """Return the arguments of a `StatefulHandler`."""
    store = build_store(parts, domain.name)
    processor = build_processor(parts, domain, store, learn)
    parts.metrics.live_states.labels(domain.name).set_function(lambda: processor.live_states)
    return {
        "domain": domain,
        "processor": processor,
        "store": store,
        "topics": reads,
        "partitions_of": partitions_reader(parts.settings),
        "future_tolerance_s": parts.policy.scoring.future_tolerance_s,
        "now_ms": wall_ms,
        "count": OutcomeCounter(domain.name, parts.metrics, wall_ms),
        "upstream": build_upstream(parts, domain.name, store),
        "progress": Progress(store.progress(domain.name)) if is_followed(domain.name) else None,
    }


def build_upstream(parts: Parts, service: str, store: RedisStore) -> Upstream | None:
    """Return what a service hears of the one before it; None where its input comes from outside."""
    before = upstream_of(service)
    if before is None:
        return None
    return Upstream(store.progress(before), wall_ms, parts.metrics.upstream_behind.labels(service).set)


def build_loop(
    parts: Parts, service: str, reads: tuple[str, ...], handler: Handler, *, batch_max: int | None = None
) -> Loop:
    """Return the loop of one service, ready to run; `batch_max` lowers the setting where a record costs much."""
    settings = parts.settings
    group = settings.topic_prefix + service
    options = LoopOptions(
        topics=reads,
        prefix=settings.topic_prefix,
        batch_max=min(settings.batch_max, batch_max or settings.batch_max),
        batch_wait_s=settings.batch_wait_ms / MS,
        drain_s=settings.drain_s,
        service=service,
    )
    consumer = Consumer(consumer_config(settings, group), logger=log)
    return Loop(
        consumer=consumer,
        ends=Ends(AdminClient(ends_config(settings), logger=log), wall_ms, time.monotonic),
        publisher=build_publisher(parts, service, consumer),
        handler=handler,
        limit=DeadLetterLimit(settings.dead_letter_limit_ratio, settings.dead_letter_limit_window),
        gate=build_limit_stop(parts, service).await_lifted,
        options=options,
        metrics=parts.metrics,
        health=parts.health,
        stop=parts.stop,
        monotonic=time.monotonic,
        traces=parts.traces,
    )


def build_limit_stop(parts: Parts, service: str) -> LimitStop:
    """Return what keeps a service that stopped at its dead-letter limit from starting."""
    return LimitStop(parts.settings, service, parts.metrics, parts.health, parts.stop)


def build_publisher(parts: Parts, service: str, consumer: Consumer) -> Publisher:
    """Return the publisher that the setting `delivery` asks for."""
    settings = parts.settings
    config = {**producer_config(settings), **FAILURES_ONLY}
    if settings.delivery == "transactional":
        config = transactional(config, f"{settings.topic_prefix}{service}-{uuid.uuid4()}")
        producer = Producer(config, logger=log)
        place = (service, settings.topic_prefix)
        return TransactionalPublisher(producer, consumer, *place, parts.health.beat, parts.traces)
    producer = Producer(config, logger=log)
    return Publisher(producer, service, settings.topic_prefix, parts.health.beat, parts.traces)


def partitions_reader(settings: Settings) -> Callable[[str], int]:
    """Return a function from a topic name, without the prefix, to its number of partitions."""
    admin = AdminClient(client_config(settings), logger=log)

    def partitions_of(topic: str) -> int:
        name = settings.topic_prefix + topic
        try:
            described = admin.list_topics(name, timeout=METADATA_TIMEOUT_S).topics[name]
        except KafkaException as error:
            raise TransientError(f"cannot ask for the partitions of {name}: {error}") from error
        if not described.partitions:
            raise TransientError(f"the broker knows no topic {name}; `warmline topics create` makes it")
        return len(described.partitions)

    return partitions_of
