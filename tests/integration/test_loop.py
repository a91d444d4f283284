"""The consumer loop on a real broker: nothing lost, nothing poisoned, nothing hung."""

import json
import random
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec
import pytest
from click.testing import CliRunner
from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

from tests.parts.kafka import KafkaPart
from tests.parts.topics import create_topic
from tests.support.loops import EchoHandler, RunningLoop, await_that, produce, read_all, running
from warmline.bus import dead_letters
from warmline.bus.dead_letters import DeadLetterLimit, DeadLetterLimitError
from warmline.bus.envelope import header
from warmline.bus.loop import StoppedEarlyError
from warmline.bus.publisher import Publisher
from warmline.bus.record import TransientError
from warmline.bus.transactions import CALL_TIMEOUT_S
from warmline.cli import main
from warmline.local.ports import LOOPBACK, free_ports
from warmline.settings import Settings

NewTopic = Callable[..., str]
PARTITIONS = 6


@pytest.fixture
def settings(kafka: KafkaPart) -> Settings:
    return Settings(kafka_brokers=kafka.bootstrap, batch_max=50, drain_s=3)


def numbers(*values: int) -> list[tuple[bytes | None, bytes | None]]:
    return [(str(n).encode(), json.dumps({"n": n}).encode()) for n in values]


def published(settings: Settings, topic: str) -> Counter[int]:
    return Counter(int(message.value() or b"-1") for message in read_all(settings.kafka_brokers, topic))


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
    dead = new_topic_named(settings, group)
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


def test_what_cannot_be_read_is_a_dead_letter_with_its_raw_bytes_and_is_sent_back_by_a_command(
    settings: Settings, unique: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    brokers, prefix = settings.kafka_brokers, unique("deployment") + "."
    settings = msgspec.structs.replace(settings, topic_prefix=prefix)
    for name in ("in", "out", "scoring.dlq"):
        create_topic(brokers, prefix + name)
    raw = b"\xff\xfenot json"
    produce(brokers, prefix + "in", [(b"k", raw), *numbers(1)], headers=[("mine", b"kept")])
    handler = EchoHandler("out")
    with running(settings, "scoring", "in", handler):
        await_that(lambda: sum(handler.committed_offsets.values()) == 2, "both committed")
    (letter,) = read_all(brokers, prefix + "scoring.dlq")
    headers = letter.headers() or []
    assert (letter.key(), letter.value()) == (b"k", raw)
    assert header(headers, "mine") == b"kept"
    assert header(headers, dead_letters.REASON) == b"not_json"
    assert header(headers, dead_letters.TOPIC) == b"in"
    assert header(headers, dead_letters.OFFSET) == b"0"
    assert published(settings, prefix + "out") == Counter([1])

    monkeypatch.setenv("WARMLINE_KAFKA_BROKERS", brokers)
    monkeypatch.setenv("WARMLINE_TOPIC_PREFIX", prefix)
    listed = CliRunner().invoke(main, ["dlq", "list", "scoring"])
    assert "not_json  in/0/0  10 bytes" in listed.output
    assert "xff" not in listed.output, "no words unless asked for"
    assert "1 dead letters sent back" in CliRunner().invoke(main, ["dlq", "replay", "scoring"]).output
    back = read_all(brokers, prefix + "in")[-1]
    assert (back.key(), back.value(), back.headers()) == (b"k", raw, [("mine", b"kept")])
    assert "0 dead letters sent back" in CliRunner().invoke(main, ["dlq", "replay", "scoring"]).output


@pytest.mark.parametrize("delivery", ["at_least_once", "transactional"])
def test_a_letter_that_the_broker_refuses_for_its_size_goes_without_its_value_and_is_pointed_at_by_the_commands(
    settings: Settings, unique: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, delivery: str
) -> None:
    brokers, prefix = settings.kafka_brokers, unique("deployment") + "."
    settings = msgspec.structs.replace(settings, topic_prefix=prefix, delivery=delivery)
    create_topic(brokers, prefix + "in")
    create_topic(brokers, prefix + "out")
    create_topic(brokers, prefix + "scoring.dlq", settings={"max.message.bytes": "20000"})
    chance = random.Random(3)  # nothing that a compression makes smaller
    large, small = b"\xff" + chance.randbytes(50_000), b"\xff" + chance.randbytes(100)
    produce(brokers, prefix + "in", [*numbers(1), (b"k", large), (b"k", small), *numbers(2)])
    handler = EchoHandler("out")
    with running(settings, "scoring", "in", handler):
        await_that(lambda: sum(handler.committed_offsets.values()) == 4, "all committed")
    assert published(settings, prefix + "out") == Counter([1, 2]), "and each once"
    letters = {letter.value(): letter.headers() or [] for letter in read_all(brokers, prefix + "scoring.dlq")}
    assert letters.keys() == {None, small}
    assert header(letters[None], dead_letters.LEFT_OUT) == b"value"
    assert header(letters[None], dead_letters.OFFSET) == b"1"
    assert header(letters[small], dead_letters.LEFT_OUT) is None

    monkeypatch.setenv("WARMLINE_KAFKA_BROKERS", brokers)
    monkeypatch.setenv("WARMLINE_TOPIC_PREFIX", prefix)
    listed = CliRunner().invoke(main, ["dlq", "list", "scoring"])
    assert "not_json  in/0/1  left out for its size" in listed.output
    assert "not_json  in/0/2  101 bytes" in listed.output
    replayed = CliRunner().invoke(main, ["dlq", "replay", "scoring"])
    assert "1 dead letters sent back" in replayed.output
    assert "in/0/1: left out of its letter for its size; the record lies there" in replayed.output
    assert [message.value() for message in read_all(brokers, prefix + "in")][4:] == [small]
    again = CliRunner().invoke(main, ["dlq", "replay", "scoring"])
    assert again.output == "0 dead letters sent back\n"


def test_letters_that_only_together_are_above_the_limit_keep_their_values(
    settings: Settings, new_topic: NewTopic, unique: Callable[[str], str]
) -> None:
    brokers, group = settings.kafka_brokers, unique("echo")
    source, sink = new_topic("in"), new_topic("out")
    dead = create_topic(brokers, f"{group}.dlq", settings={"max.message.bytes": "20000"})
    chance = random.Random(4)
    values = [b"\xff" + chance.randbytes(5_000) for _ in range(20)]
    produce(brokers, source, [*((b"k", value) for value in values), *numbers(1)])
    handler = EchoHandler(sink)
    with running(settings, group, source, handler):
        await_that(lambda: sum(handler.committed_offsets.values()) == 21, "all committed")
    assert {letter.value() for letter in read_all(brokers, dead)} == set(values)
    assert published(settings, sink) == Counter([1])


def test_a_letter_that_its_topic_no_longer_takes_back_is_passed_over_and_named(
    settings: Settings, unique: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    brokers, prefix = settings.kafka_brokers, unique("deployment") + "."
    settings = msgspec.structs.replace(settings, topic_prefix=prefix)
    source = create_topic(brokers, prefix + "in")
    create_topic(brokers, prefix + "out")
    create_topic(brokers, prefix + "scoring.dlq")
    chance = random.Random(5)
    large, small = b"\xff" + chance.randbytes(50_000), b"\xff" + chance.randbytes(100)
    produce(brokers, source, [(b"k", large), (b"k", small)])
    handler = EchoHandler("out")
    with running(settings, "scoring", "in", handler):
        await_that(lambda: sum(handler.committed_offsets.values()) == 2, "both committed")
    limit(brokers, source, 20_000)

    monkeypatch.setenv("WARMLINE_KAFKA_BROKERS", brokers)
    monkeypatch.setenv("WARMLINE_TOPIC_PREFIX", prefix)
    replayed = CliRunner().invoke(main, ["dlq", "replay", "scoring"])
    assert replayed.exit_code == 0
    assert "1 dead letters sent back" in replayed.output
    assert "in/0/0: too large to be sent back; it stays in its letter" in replayed.output
    assert [message.value() for message in read_all(brokers, source)][2:] == [small]
    assert CliRunner().invoke(main, ["dlq", "replay", "scoring"]).output == "0 dead letters sent back\n"


def limit(brokers: str, topic: str, size: int) -> None:
    """Have a topic take no larger request from now on."""
    entry = ConfigEntry("max.message.bytes", str(size), incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry])
    admin = AdminClient({"bootstrap.servers": brokers})
    admin.incremental_alter_configs([resource])[resource].result(timeout=20)


def test_too_many_dead_letters_stop_the_service_before_they_are_drained(
    settings: Settings, new_topic: NewTopic, unique: Callable[[str], str]
) -> None:
    source, sink, group = new_topic("in"), new_topic("out"), unique("echo")
    dead = new_topic_named(settings, group)
    produce(settings.kafka_brokers, source, [(None, b"rubbish")] * 300)
    handler = EchoHandler(sink)
    with running(settings, group, source, handler, DeadLetterLimit(0.5, 100)) as loop:
        loop.join(30)
    assert isinstance(loop.error, DeadLetterLimitError)
    assert "warmline dlq list" in str(loop.error)
    assert len(read_all(settings.kafka_brokers, dead)) < 100, "the batch that reached the limit was not drained"


def test_a_poisonous_record_does_not_block_its_partition(
    settings: Settings, new_topic: NewTopic, unique: Callable[[str], str]
) -> None:
    source, sink, group = new_topic("in"), new_topic("out"), unique("echo")
    dead = new_topic_named(settings, group)

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
    new_topic_named(settings, group)

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


def new_topic_named(settings: Settings, group: str, prefix: str = "") -> str:
    """Create a group's dead-letter topic, under the very name the loop uses."""
    return create_topic(settings.kafka_brokers, f"{prefix}{group}.dlq", partitions=1)
