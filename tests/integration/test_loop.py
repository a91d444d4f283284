"""The consumer loop on a real broker: nothing lost, nothing poisoned, nothing hung."""

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec
import pytest
from confluent_kafka import Consumer

from tests.parts.kafka import KafkaPart
from tests.support.loops import (
    EchoHandler,
    RunningLoop,
    await_that,
    letters_topic,
    numbers,
    produce,
    published,
    read_all,
    running,
)
from warmline.bus.dead_letters import DeadLetterLimit
from warmline.bus.loop import StoppedEarlyError
from warmline.bus.publisher import Publisher
from warmline.bus.record import TransientError
from warmline.bus.transactions import CALL_TIMEOUT_S
from warmline.local.ports import LOOPBACK, free_ports
from warmline.settings import Settings

NewTopic = Callable[..., str]
PARTITIONS = 6


@pytest.fixture
def settings(kafka: KafkaPart) -> Settings:
    return Settings(kafka_brokers=kafka.bootstrap, batch_max=50, drain_s=3)


def test_everything_read_is_published_with_its_headers_and_then_committed(
    settings: Settings, new_topic: NewTopic, unique: Callable[[str], str]
) -> None:
    source, sink = new_topic("in", partitions=PARTITIONS), new_topic("out", partitions=PARTITIONS)
    produce(settings.kafka_brokers, source, numbers(*range(500)))
    handler = EchoHandler(sink)
    with running(settings, unique("echo"), source, handler) as loop:
        await_that(lambda: sum(handler.committed_offsets.values()) == 500, "all committed")
        assert loop.health.ready() == (True, "ready")
    assert loop.error is None
    messages = read_all(settings.kafka_brokers, sink)
    assert Counter(int(message.value() or b"") for message in messages) == Counter(range(500))
    headers = dict(messages[0].headers() or [])
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_id"] == b"id-" + (messages[0].value() or b"")
    assert headers["ce_time"] == b"1970-01-01T00:00:00.001Z"
    assert max(map(len, handler.batches)) > 1, "a backlog fills batches"


def test_a_group_that_comes_back_goes_on_where_it_was(
    settings: Settings, new_topic: NewTopic, unique: Callable[[str], str]
) -> None:
    source, sink, group = new_topic("in"), new_topic("out"), unique("echo")
    for part in (range(10), range(10, 20)):
        produce(settings.kafka_brokers, source, numbers(*part))
        handler = EchoHandler(sink)
        with running(settings, group, source, handler):
            await_that(lambda handler=handler: sum(map(len, handler.batches)) == 10, "its own ten")
    assert published(settings, sink) == Counter(range(20))


def test_a_passing_fault_holds_the_batch_and_loses_nothing(
    settings: Settings, new_topic: NewTopic, unique: Callable[[str], str]
) -> None:
    source, sink, group = new_topic("in", partitions=3), new_topic("out"), unique("echo")
    dead = letters_topic(settings, group)
    faults = iter([TransientError("away")] * 4)

    def fail(_numbers: Sequence[int]) -> None:
        fault = next(faults, None)
        if fault is not None:
            raise fault

    handler = EchoHandler(sink, fail)
    produce(settings.kafka_brokers, source, numbers(*range(100)))
    with running(settings, group, source, handler) as loop:
        await_that(lambda: loop.metrics.paused.labels(group)._value.get() == 1, "held back")
        produce(settings.kafka_brokers, source, numbers(*range(100, 200)))
        await_that(lambda: sum(handler.committed_offsets.values()) == 200, "all committed")
    assert published(settings, sink) == Counter(range(200))
    assert read_all(settings.kafka_brokers, dead) == []


def test_a_poisonous_record_does_not_block_its_partition(
    settings: Settings, new_topic: NewTopic, unique: Callable[[str], str]
) -> None:
    source, sink, group = new_topic("in"), new_topic("out"), unique("echo")
    dead = letters_topic(settings, group)

    def choke(values: Sequence[int]) -> None:
        if 13 in values:
            raise ZeroDivisionError("secret words of a customer")

    produce(settings.kafka_brokers, source, numbers(*range(30)))
    handler = EchoHandler(sink, choke)
    with running(settings, group, source, handler):
        await_that(lambda: sum(handler.committed_offsets.values()) == 30, "all committed")
    (letter,) = read_all(settings.kafka_brokers, dead)
    assert letter.value() == b'{"n": 13}'
    assert b"secret" not in b"".join(value for _, value in letter.headers() or [])
    assert published(settings, sink) == Counter(set(range(30)) - {13})


def test_a_bug_that_fails_every_record_stops_the_service(
    settings: Settings, new_topic: NewTopic, unique: Callable[[str], str]
) -> None:
    source, sink, group = new_topic("in"), new_topic("out"), unique("echo")
    letters_topic(settings, group)

    def choke(_values: Sequence[int]) -> None:
        raise ZeroDivisionError

    produce(settings.kafka_brokers, source, numbers(*range(30)))
    with running(settings, group, source, EchoHandler(sink, choke)) as loop:
        loop.join(30)
    assert isinstance(loop.error, ZeroDivisionError)


def test_a_stop_is_over_within_its_deadline_though_a_dependency_is_away(
    settings: Settings, new_topic: NewTopic, unique: Callable[[str], str]
) -> None:
    source, sink, group = new_topic("in"), new_topic("out"), unique("echo")

    def away(_values: Sequence[int]) -> None:
        raise TransientError("away for good")

    produce(settings.kafka_brokers, source, numbers(1))
    with running(settings, group, source, EchoHandler(sink, away)) as loop:
        await_that(lambda: loop.metrics.paused.labels(group)._value.get() == 1, "held back")
        loop.finish(timeout_s=settings.drain_s + 5)
    assert isinstance(loop.error, StoppedEarlyError)
    handler = EchoHandler(sink)
    with running(settings, group, source, handler):
        await_that(lambda: handler.batches == [[1]], "read again, since it was not committed")


class WithoutBroker(RunningLoop):
    """A loop whose producer has no broker, though its consumer has one."""

    def _publisher(self, settings: Settings, group: str, consumer: Consumer) -> Publisher:
        closed = f"{LOOPBACK}:{free_ports(1)[0]}"
        return super()._publisher(msgspec.structs.replace(settings, kafka_brokers=closed), group, consumer)


@pytest.mark.parametrize("delivery", ["at_least_once", "transactional"])
def test_a_stop_is_over_within_its_deadline_though_the_producer_has_no_broker(
    settings: Settings, new_topic: NewTopic, unique: Callable[[str], str], delivery: str
) -> None:
    settings = msgspec.structs.replace(settings, delivery=delivery)
    source, sink, group = new_topic("in"), new_topic("out"), unique("echo")
    produce(settings.kafka_brokers, source, numbers(1))
    handler = EchoHandler(sink)
    loop = WithoutBroker(settings, group, source, handler, DeadLetterLimit(0.5, 100))
    loop.start()
    await_that(lambda: handler.batches == [[1]], "handled, and to be published")
    loop.finish(timeout_s=settings.drain_s + CALL_TIMEOUT_S + 5)
    assert isinstance(loop.error, StoppedEarlyError)
    handler = EchoHandler(sink)
    with running(settings, group, source, handler):
        await_that(lambda: handler.batches == [[1]], "read again, since it was not committed")
        await_that(lambda: sum(handler.committed_offsets.values()) == 1, "committed")
    assert published(settings, sink) == Counter([1])


def test_a_second_instance_takes_its_share_in_the_middle_of_a_stream(
    settings: Settings, new_topic: NewTopic, unique: Callable[[str], str]
) -> None:
    source, sink, group = new_topic("in", partitions=PARTITIONS), new_topic("out"), unique("echo")
    first, second = EchoHandler(sink), EchoHandler(sink)
    with running(settings, group, source, first):
        produce(settings.kafka_brokers, source, numbers(*range(300)))
        await_that(lambda: bool(first.batches), "the first instance works")
        with running(settings, group, source, second):
            start = 300

            def second_has_worked() -> bool:
                nonlocal start
                produce(settings.kafka_brokers, source, numbers(*range(start, start + 50)))
                start += 50
                return bool(second.batches)

            await_that(second_has_worked, "the second instance works", timeout_s=60)
        produce(settings.kafka_brokers, source, numbers(*range(start, start + 50)))
        wanted = set(range(start + 50))
        seen = lambda: {n for batch in first.batches + second.batches for n in batch}  # noqa: E731
        await_that(lambda: seen() == wanted, "everything was read by someone")
    assert set(published(settings, sink)) == wanted


def test_an_instance_that_no_partition_is_left_for_is_ready_all_the_same(
    settings: Settings, new_topic: NewTopic, unique: Callable[[str], str]
) -> None:
    """While services are rolled there may be more instances than partitions, and the roll waits for the new one."""
    source, sink, group = new_topic("in", partitions=1), new_topic("out"), unique("echo")
    with running(settings, group, source, EchoHandler(sink)) as one:
        await_that(lambda: one.health.joined, "the first to have its share")
        with running(settings, group, source, EchoHandler(sink)) as other:
            await_that(lambda: other.health.joined, "the second to have none")


def test_transactional_delivery_shows_readers_of_committed_records_each_outcome_once(
    settings: Settings, new_topic: NewTopic, unique: Callable[[str], str]
) -> None:
    settings = msgspec.structs.replace(settings, delivery="transactional")
    source, sink, group = new_topic("in", partitions=3), new_topic("out"), unique("echo")
    produce(settings.kafka_brokers, source, numbers(*range(200)))
    faults = iter([TransientError("away")] * 3)

    def fail(_numbers: Sequence[int]) -> None:
        fault = next(faults, None)
        if fault is not None:
            raise fault

    handler = EchoHandler(sink, fail)
    with running(settings, group, source, handler) as loop:
        await_that(lambda: sum(handler.committed_offsets.values()) == 200, "all committed")
    assert loop.error is None
    assert published(settings, sink) == Counter(range(200))
    again = EchoHandler(sink)
    with running(settings, group, source, again) as loop:
        await_that(lambda: loop.health.joined, "joined")
        produce(settings.kafka_brokers, source, numbers(200))
        await_that(lambda: again.batches == [[200]], "the committed offsets came with the transaction")
