"""The lag of a service, as its loop tells it on a real broker."""

import threading
from collections.abc import Callable, Sequence

import msgspec
from confluent_kafka import Consumer, TopicPartition
from msgspec import Struct

from tests.parts.kafka import KafkaPart
from tests.support.loops import EchoHandler, Number, RunningLoop, await_that, produce, read_all, running
from warmline.bus.record import Record, TransientError
from warmline.settings import Settings
from warmline.store.outbox import Outcome


class Gated(EchoHandler):
    """Cannot do anything until the gate opens."""

    def __init__(self, sink: str) -> None:
        super().__init__(sink)
        self.gate = threading.Event()

    def handle(self, batch: Sequence[tuple[Record, Struct]]) -> list[Outcome]:
        if not self.gate.is_set():
            raise TransientError("the gate is closed")
        return super().handle(batch)


class Again(EchoHandler):
    """Reads what an EchoHandler has written."""

    def decode(self, record: Record) -> Struct:
        return Number(int(record.value or b""))


def lag_of(loop: RunningLoop, group: str, topic: str) -> float | None:
    return loop.metrics.registry.get_sample_value("warmline_consumer_lag", {"service": group, "topic": topic})


def end_of(bootstrap: str, topic: str) -> int:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "asks"})
    try:
        _, end = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)
        return int(end)
    finally:
        consumer.close()


def numbers(count: int) -> list[tuple[bytes | None, bytes | None]]:
    return [(str(n).encode(), b'{"n": %d}' % n) for n in range(count)]


def test_lag_is_told_while_a_service_is_held_back_and_is_gone_when_it_has_caught_up(
    kafka: KafkaPart, new_topic: Callable[..., str], unique: Callable[[str], str]
) -> None:
    source, group = new_topic("in", partitions=1), unique("gated")
    settings = Settings(kafka_brokers=kafka.bootstrap, batch_max=50, drain_s=3)
    produce(kafka.bootstrap, source, numbers(200))
    handler = Gated(new_topic("out", partitions=1))
    with running(settings, group, source, handler) as loop:
        await_that(lambda: lag_of(loop, group, source) == 200, "all of it behind, the batch in hand as well")
        handler.gate.set()
        await_that(lambda: lag_of(loop, group, source) == 0, "caught up")
        assert handler.committed_offsets[source, 0] == 200
    assert loop.error is None


def test_the_mark_of_a_transaction_at_the_end_of_a_partition_is_no_lag(
    kafka: KafkaPart, new_topic: Callable[..., str], unique: Callable[[str], str]
) -> None:
    first, second, third = (new_topic(name, partitions=1) for name in ("in", "between", "out"))
    plain = Settings(kafka_brokers=kafka.bootstrap, batch_max=50, drain_s=3)
    writer, reader = unique("writer"), unique("reader")
    produce(kafka.bootstrap, first, numbers(20))
    handler = Again(third)
    with running(msgspec.structs.replace(plain, delivery="transactional"), writer, first, EchoHandler(second)):
        await_that(lambda: len(read_all(kafka.bootstrap, second)) == 20, "all written", timeout_s=60)
    with running(plain, reader, second, handler) as loop:
        await_that(lambda: sum(map(len, handler.batches)) == 20, "all read")
        await_that(lambda: (second, 0) in handler.committed_offsets and lag_of(loop, reader, second) == 0, "no lag")
        assert end_of(kafka.bootstrap, second) > handler.committed_offsets[second, 0], "the mark has its own offset"
    assert loop.error is None
