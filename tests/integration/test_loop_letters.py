"""What the consumer loop cannot use becomes a dead letter on a real broker, and goes back by a command."""

import random
from collections import Counter
from collections.abc import Callable

import msgspec
import pytest
from click.testing import CliRunner
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

from tests.parts.kafka import KafkaPart
from tests.parts.topics import create_topic
from tests.support.loops import (
    EchoHandler,
    await_that,
    letters_topic,
    numbers,
    produce,
    published,
    read_all,
    running,
    written,
)
from warmline.bus import dead_letters
from warmline.bus.dead_letters import DeadLetterLimit, DeadLetterLimitError
from warmline.bus.envelope import header
from warmline.cli import main
from warmline.settings import Settings

NewTopic = Callable[..., str]


@pytest.fixture
def settings(kafka: KafkaPart) -> Settings:
    return Settings(kafka_brokers=kafka.bootstrap, batch_max=50, drain_s=3)


@pytest.fixture
def deployment(settings: Settings, unique: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Topics of its own, to which the commands are pointed as well."""
    prefix = unique("deployment") + "."
    for name in ("in", "out", "scoring.dlq"):
        create_topic(settings.kafka_brokers, prefix + name)
    monkeypatch.setenv("WARMLINE_KAFKA_BROKERS", settings.kafka_brokers)
    monkeypatch.setenv("WARMLINE_TOPIC_PREFIX", prefix)
    return msgspec.structs.replace(settings, topic_prefix=prefix)


def test_what_cannot_be_read_is_a_dead_letter_with_its_raw_bytes_and_is_sent_back_by_a_command(
    deployment: Settings,
) -> None:
    brokers, prefix = deployment.kafka_brokers, deployment.topic_prefix
    raw = b"\xff\xfenot json"
    produce(brokers, prefix + "in", [(b"k", raw), *numbers(1)], headers=[("mine", b"kept")])
    handler = EchoHandler("out")
    with running(deployment, "scoring", "in", handler):
        await_that(lambda: sum(handler.committed_offsets.values()) == 2, "both committed")
    (letter,) = read_all(brokers, prefix + "scoring.dlq")
    headers = letter.headers() or []
    assert (letter.key(), letter.value()) == (b"k", raw)
    assert header(headers, "mine") == b"kept"
    assert header(headers, dead_letters.REASON) == b"not_json"
    assert header(headers, dead_letters.TOPIC) == b"in"
    assert header(headers, dead_letters.OFFSET) == b"0"
    assert published(deployment, prefix + "out") == Counter([1])

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
    dead = letters_topic(settings, group)
    produce(settings.kafka_brokers, source, [(None, b"rubbish")] * 300)
    handler = EchoHandler(sink)
    with running(settings, group, source, handler, DeadLetterLimit(0.5, 100)) as loop:
        loop.join(30)
    assert isinstance(loop.error, DeadLetterLimitError)
    assert "warmline dlq list" in str(loop.error)
    assert len(read_all(settings.kafka_brokers, dead)) < 100, "the batch that reached the limit was not drained"


def test_a_replay_ends_though_the_service_refuses_again_what_is_sent_back(deployment: Settings) -> None:
    brokers, prefix = deployment.kafka_brokers, deployment.topic_prefix
    produce(brokers, prefix + "in", [(b"k", b"not json")])
    handler = EchoHandler("out")
    with running(deployment, "scoring", "in", handler):
        for sent in (1, 2):
            await_that(lambda sent=sent: written(brokers, prefix + "scoring.dlq") == sent, "refused")
            assert "1 dead letters sent back" in CliRunner().invoke(main, ["dlq", "replay", "scoring"]).output
            assert written(brokers, prefix + "in") == sent + 1
        await_that(lambda: written(brokers, prefix + "scoring.dlq") == 3, "refused once more")
