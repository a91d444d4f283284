"""The wellbeing service on a real Kafka and a real Redis: the same signals as the run in memory, whatever comes in."""

import time
from itertools import count

import msgspec
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from tests.parts.topics import create_topic
from tests.support.wellbeing_scene import PARTITIONS, Running, Scene, expected_of, running, story
from tests.unit.wellbeing.shift import MONDAY, SECOND, goes, kind, plain
from warmline.bus.dead_letters import LEFT_OUT, REASON
from warmline.bus.envelope import header
from warmline.bus.loop import StoppedEarlyError
from warmline.contracts.topics import AGENT_STATES, CONVERSATION_WINDOWS
from warmline.local.valkey import ValkeyServer
from warmline.local.valkey_options import ValkeyOptions
from warmline.local.waiting import wait_until
from warmline.settings import Secret
from warmline.wellbeing.faust_app import METADATA_S


@pytest.fixture
def scene(kafka, redis_url, unique):
    return Scene(kafka, redis_url, unique)


def test_what_comes_out_is_what_the_run_in_memory_gives_and_everything_is_committed(scene):
    events = story()
    expected = expected_of(events)
    assert len(expected) > 20
    scene.send(events)
    with running(scene.settings) as instance:
        found = scene.signals(expected)
        assert instance.parts.health.ready() == (True, "ready")
    assert instance.failure is None
    assert found == expected
    offsets, ends = scene.committed()
    assert offsets == ends


def test_bad_records_go_to_the_dead_letters_and_the_rest_goes_on(scene):
    events = story(seed=5, contacts=2)
    expected = expected_of(events)
    scene.producer.produce(scene.name(CONVERSATION_WINDOWS), b"{not json", "x")
    scene.producer.produce(scene.name(AGENT_STATES), b'{"agent_id":"a","state":"asleep","at":1}', "a")
    ahead = goes("break", (int(time.time()) + 3600) * 1000)
    scene.producer.produce(scene.name(AGENT_STATES), msgspec.json.encode(ahead), "a")
    scene.send(events)
    with running(scene.settings):
        found = scene.signals(expected)
    assert found == expected
    letters = scene.read("wellbeing.dlq", lambda messages: len(messages) == 3, 10)
    reasons = {header(letter.headers(), "__streams.errors.exception").decode() for letter in letters}
    assert reasons == {"not_json", "wrong_schema", "future_time"}


def test_a_record_too_large_for_its_dead_letter_does_not_hold_what_follows(scene):
    """Compressed it is small, and a broker looks at nothing else; what reads it has all of it."""
    events = story(seed=5, contacts=2)
    expected = expected_of(events)
    sender = Producer(
        {"bootstrap.servers": scene.bootstrap, "compression.type": "gzip", "message.max.bytes": 10_000_000}
    )
    sender.produce(scene.name(AGENT_STATES), b"x" * 5_000_000, "a")
    assert sender.flush(30) == 0
    scene.send(events)
    with running(scene.settings):
        found = scene.signals(expected)
    assert found == expected
    (letter,) = scene.read("wellbeing.dlq", lambda messages: len(messages) == 1, 10)
    assert (letter.key(), letter.value()) == (b"a", None)
    assert header(letter.headers(), REASON) == b"too_large"
    assert header(letter.headers(), LEFT_OUT) == b"value"


def test_while_redis_is_away_nothing_is_lost_and_nothing_committed(scene):
    events = story(seed=6, contacts=3)
    expected = expected_of(events)
    with ValkeyServer(ValkeyOptions(append_only=True)) as server:
        settings = msgspec.structs.replace(scene.settings, redis_url=Secret(server.url))
        with running(settings) as instance:
            health = instance.parts.health
            wait_until(lambda: health.ready()[0], timeout=30, what="an assignment")
            server.kill()
            scene.send(events)
            wait_until(lambda: bool(health.waiting_for), timeout=30, what="the service to notice")
            assert not health.ready()[0]
            time.sleep(2)
            assert health.live()[0]
            assert set(scene.committed()[0].values()) == {0}
            server.restart()
            found = scene.signals(expected)
            assert health.ready() == (True, "ready")
    assert found == expected


def test_a_stop_while_redis_is_away_ends_by_its_deadline_and_says_so(scene):
    with ValkeyServer(ValkeyOptions()) as server:
        settings = msgspec.structs.replace(scene.settings, redis_url=Secret(server.url), drain_s=2.0)
        instance = Running(settings)
        health = instance.parts.health
        wait_until(lambda: health.ready()[0], timeout=30, what="an assignment")
        server.kill()
        scene.send([plain("c", MONDAY)])
        wait_until(lambda: bool(health.waiting_for), timeout=30, what="the service to notice")
        instance.stop()
    assert isinstance(instance.failure, StoppedEarlyError)


def test_a_topic_that_is_deleted_and_made_anew_is_read_again(scene):
    topic, admin = scene.name(CONVERSATION_WINDOWS), AdminClient({"bootstrap.servers": scene.bootstrap})

    def send_until_applied(applied, more):
        """One after the other: what a sender's client has buffered for the old topic is lost with it."""
        wanted = applied._value.get() + 1
        numbers = count(more)

        def arrived():
            scene.send([kind("c", MONDAY + next(numbers) * SECOND)])
            return applied._value.get() >= wanted

        wait_until(arrived, timeout=2 * METADATA_S + 30, what="what is sent to be applied")

    with running(scene.settings) as instance:
        wait_until(lambda: instance.parts.health.ready()[0], timeout=30, what="an assignment")
        applied = instance.parts.metrics.records.labels("wellbeing", "applied")
        send_until_applied(applied, 0)
        admin.delete_topics([topic])[topic].result(20)
        assigned = instance.parts.metrics.assigned.labels("wellbeing")
        wait_until(lambda: assigned._value.get() == PARTITIONS, timeout=60, what="the topic to be given up")
        create_topic(scene.bootstrap, topic, partitions=PARTITIONS)
        send_until_applied(applied, 1_000)
    assert instance.failure is None


def test_the_gaps_that_transactions_leave_are_committed_over(scene):
    events = [kind("c", MONDAY + number * SECOND) for number in range(60)]
    producer = Producer({"bootstrap.servers": scene.bootstrap, "transactional.id": scene.name("tx")})
    producer.init_transactions(20)
    for number, event in enumerate(events):
        if number % 10 == 0:
            producer.begin_transaction()
        producer.produce(scene.name(CONVERSATION_WINDOWS), msgspec.json.encode(event), f"c{number % 7}")
        if number % 10 == 9:
            producer.flush(10)
            producer.commit_transaction(20)
    with running(scene.settings) as instance:
        applied = instance.parts.metrics.records.labels("wellbeing", "applied")
        until = time.monotonic() + 40
        while applied._value.get() < len(events) and time.monotonic() < until:
            time.sleep(0.2)
        assert applied._value.get() == len(events)
    offsets, ends = scene.committed()
    behind = {place: ends[place] - offset for place, offset in offsets.items()}
    assert all(gap <= 1 for gap in behind.values()), "no more than the last transaction's marker"
