"""Runs consumer loops in threads against a real broker, with handlers that do what a test wants."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from msgspec import Struct
from prometheus_client import CollectorRegistry

from tests.parts.topics import create_topic
from warmline.bus.config import FAILURES_ONLY, consumer_config, ends_config, producer_config
from warmline.bus.dead_letters import DeadLetterLimit
from warmline.bus.ends import Ends
from warmline.bus.handler import Handler
from warmline.bus.loop import Loop, LoopOptions
from warmline.bus.publisher import Publisher
from warmline.bus.record import BadRecordError, Record
from warmline.bus.transactions import TransactionalPublisher, transactional
from warmline.settings import Settings
from warmline.store.outbox import Outcome
from warmline.telemetry.health import Health
from warmline.telemetry.metrics import Metrics
from warmline.wiring import wall_ms


class Number(Struct, frozen=True):
    n: int


class EchoHandler(Handler):
    """Publishes every number it reads to another topic; `before` may raise what a test wants raised."""

    def __init__(self, output: str, before: Callable[[Sequence[int]], None] = lambda _numbers: None) -> None:
        self.output = output
        self.before = before
        self.batches: list[list[int]] = []
        self.committed_offsets: dict[tuple[str, int], int] = {}

    def decode(self, record: Record) -> Struct:
        try:
            return Number(int(json.loads(record.value or b"")["n"]))
        except (ValueError, KeyError, TypeError) as error:
            raise BadRecordError("not_json", type(error).__name__) from error

    def handle(self, batch: Sequence[tuple[Record, Struct]]) -> list[Outcome]:
        numbers = [event.n for _, event in batch if isinstance(event, Number)]
        self.before(numbers)
        self.batches.append(numbers)
        return [Outcome(self.output, str(n), "conversation.scored", f"id-{n}", 1, 1, b"%d" % n) for n in numbers]

    def acknowledged(self, outcomes: Sequence[Outcome]) -> None: ...

    def assigned(self, committed: dict[tuple[str, int], int | None]) -> None: ...

    def committed(self, offsets: dict[tuple[str, int], int]) -> None:
        self.committed_offsets.update(offsets)

    def caught_up(self, topic: str, partition: int, as_of_ms: int) -> None: ...

    def tick(self) -> list[Outcome]:
        return []

    def settle(self) -> None: ...


class RunningLoop(threading.Thread):
    """A loop on its own thread; `error` is what ended it, if anything did."""

    def __init__(self, settings: Settings, group: str, topic: str, handler: Handler, limit: DeadLetterLimit) -> None:
        super().__init__(name=f"loop of {group}", daemon=True)
        self.stop = threading.Event()
        self.error: BaseException | None = None
        self.metrics = Metrics(CollectorRegistry())
        self.health = Health(time.monotonic)
        options = LoopOptions(
            (topic,), settings.topic_prefix, settings.batch_max, settings.batch_wait_ms / 1000, settings.drain_s, group
        )
        consumer = Consumer(consumer_config(settings, settings.topic_prefix + group))
        self._loop = Loop(
            consumer=consumer,
            ends=Ends(AdminClient(ends_config(settings)), wall_ms, time.monotonic),
            publisher=self._publisher(settings, group, consumer),
            handler=handler,
            limit=limit,
            options=options,
            metrics=self.metrics,
            health=self.health,
            stop=self.stop,
            monotonic=time.monotonic,
        )

    def _publisher(self, settings: Settings, group: str, consumer: Consumer) -> Publisher:
        config = {**producer_config(settings), **FAILURES_ONLY}
        if settings.delivery == "transactional":
            producer = Producer(transactional(config, f"{group}-{id(self)}"))
            return TransactionalPublisher(producer, consumer, group, settings.topic_prefix, self.health.beat)
        return Publisher(Producer(config), group, settings.topic_prefix, self.health.beat)

    def run(self) -> None:
        try:
            self._loop.run()
        except BaseException as error:  # noqa: BLE001 # handed to the test
            self.error = error

    def finish(self, timeout_s: float = 30) -> None:
        self.stop.set()
        self.join(timeout_s)
        assert not self.is_alive(), "the loop did not stop"


@contextmanager
def running(
    settings: Settings, group: str, topic: str, handler: Handler, limit: DeadLetterLimit | None = None
) -> Iterator[RunningLoop]:
    loop = RunningLoop(settings, group, topic, handler, limit or DeadLetterLimit(0.5, 1_000_000))
    loop.start()
    try:
        yield loop
    finally:
        loop.finish()


def produce(
    bootstrap: str, topic: str, records: Sequence[tuple[bytes | None, bytes | None]], **options: object
) -> None:
    """Produce raw key and value pairs and await every acknowledgement."""
    failures: list[KafkaError] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failures.append(error)

    producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random", "linger.ms": 5})
    for key, value in records:
        while True:
            try:
                producer.produce(topic, value=value, key=key, on_delivery=delivered, **options)
            except BufferError:
                producer.poll(0.05)
            else:
                break
    assert producer.flush(60) == 0
    assert not failures


def read_all(bootstrap: str, topic: str) -> list[Message]:
    """Return everything a topic holds now, in order within each partition."""
    config = {
        "bootstrap.servers": bootstrap,
        "group.id": "reader",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
    }
    consumer = Consumer({**config, "auto.offset.reset": "earliest", "isolation.level": "read_committed"})
    try:
        partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
        left = set(partitions)
        messages: list[Message] = []
        while left:
            for message in consumer.consume(1000, 0.2):
                error = message.error()
                if error is None:
                    messages.append(message)
                elif error.code() == KafkaError._PARTITION_EOF:
                    left.discard(message.partition())
                else:
                    raise AssertionError(f"{topic}: {error}")
        return messages
    finally:
        consumer.close()


def written(bootstrap: str, topic: str) -> int:
    """Return how many records were ever written to a topic: cheap to ask again and again, unlike `read_all`."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "counter", "enable.auto.commit": False})
    try:
        partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        return sum(consumer.get_watermark_offsets(TopicPartition(topic, each), timeout=10)[1] for each in partitions)
    finally:
        consumer.close()


def await_that(condition: Callable[[], bool], what: str, timeout_s: float = 30) -> None:
    """Return as soon as a condition holds; fail when it does not in time."""
    until = time.monotonic() + timeout_s
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < until, f"not within {timeout_s} s: {what}"
        pause.wait(0.02)


def numbers(*values: int) -> list[tuple[bytes | None, bytes | None]]:
    """Return records that an `EchoHandler` takes, keyed by their numbers."""
    return [(str(n).encode(), json.dumps({"n": n}).encode()) for n in values]


def published(settings: Settings, topic: str) -> Counter[int]:
    """Count the numbers that an `EchoHandler` published."""
    return Counter(int(message.value() or b"-1") for message in read_all(settings.kafka_brokers, topic))


def letters_topic(settings: Settings, group: str, prefix: str = "") -> str:
    """Create a group's dead-letter topic, under the very name the loop uses."""
    return create_topic(settings.kafka_brokers, f"{prefix}{group}.dlq", partitions=1)
