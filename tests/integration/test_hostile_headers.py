"""Records whose header names no client can say: as the real clients read them, and what becomes of the events.

The first is read on librdkafka's own broker for tests, the second by the service on aiokafka, from a real one.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import msgspec
from confluent_kafka import Consumer, Message, Producer, TopicPartition

from tests.parts.kafka import KafkaPart
from tests.support.loops import await_that
from tests.support.raw_producer import produce_raw
from tests.support.wellbeing_scene import Scene, expected_of, running, story
from warmline.bus.envelope import headers_read
from warmline.contracts.agent_state import AgentState
from warmline.contracts.topics import AGENT_STATES, CONVERSATION_WINDOWS
from warmline.contracts.window import ConversationWindow

Event = AgentState | ConversationWindow

COPIES = 200
"""As many as it takes for the interpreter to call the client's function by its shortest way."""


def test_records_with_header_names_that_are_not_utf_8_are_read_without_them() -> None:
    broker = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "none", "log_level": 0})
    (address, *_) = [f"{each.host}:{each.port}" for each in broker.list_topics(timeout=30).brokers.values()]
    produce_raw(address, "turns", b"k", b"strange", [(b"\xff\xfe", b"1"), (b"traceparent", b"\xff")], COPIES)
    produce_raw(address, "turns", b"k", b"plain", [(b"ce_id", b"2")], COPIES)
    partitions = broker.list_topics("turns", timeout=30).topics["turns"].partitions
    consumer = Consumer({"bootstrap.servers": address, "group.id": "any", "log_level": 0})
    consumer.assign([TopicPartition("turns", each, 0) for each in partitions])
    messages: list[Message] = []

    def read() -> bool:
        messages.extend(message for message in consumer.consume(COPIES, 0.1) if message.error() is None)
        return len(messages) == 2 * COPIES

    await_that(read, "every record")
    for message in messages:
        assert headers_read(message) == ([] if message.value() == b"strange" else [("ce_id", b"2")])
    consumer.close()


def test_wellbeing_takes_in_their_values_and_loses_nothing_beside_them(
    kafka: KafkaPart, redis_url: str, unique: Callable[[str], str]
) -> None:
    scene = Scene(kafka, redis_url, unique)
    events = story(seed=8)
    expected = expected_of(events)
    middle = len(events) // 2
    send_with_strange_ones_between(scene, events[:middle])
    with running(scene.settings) as instance:
        scene.await_partitions_of(1)
        scene.await_commits(lambda offsets, ends: offsets == ends)
    assert instance.failure is None
    send_with_strange_ones_between(scene, events[middle:])
    with running(scene.settings) as instance:
        found = scene.signals(expected)
        scene.await_commits(lambda offsets, ends: offsets == ends)
    assert instance.failure is None
    assert found == expected
    assert scene.read("wellbeing.dlq", seconds=3) == []


def send_with_strange_ones_between(scene: Scene, events: Sequence[Event]) -> None:
    """Send events in their order, some of either kind under a header name that is not UTF-8."""
    states = [place for place, event in enumerate(events) if isinstance(event, AgentState)]
    strange = sorted({len(events) // 4, len(events) // 2, states[0], states[-1]})
    scene.send(events[: strange[0]])
    for place, following in pairwise([*strange, len(events)]):
        event = events[place]
        state = isinstance(event, AgentState)
        topic, key = (AGENT_STATES, event.agent_id) if state else (CONVERSATION_WINDOWS, event.conversation_id)
        headers = [(b"traceparent", b"00"), (b"\xff\xfe", b"1")]
        produce_raw(scene.bootstrap, scene.name(topic), key.encode(), msgspec.json.encode(event), headers)
        scene.send(events[place + 1 : following])
