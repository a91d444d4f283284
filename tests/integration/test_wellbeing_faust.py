"""The wellbeing service on a real Kafka and a real Redis: the same signals as the run in memory, whatever happens."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager

import msgspec
import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from prometheus_client import CollectorRegistry

from tests.parts.topics import create_topic
from tests.unit.wellbeing.shift import DAY, MINUTE, MONDAY, SECOND, contact, goes, hostile, kind, plain, run, thankful
from warmline.bus.dead_letters import LEFT_OUT, REASON
from warmline.bus.envelope import header, headers_of
from warmline.bus.loop import StoppedEarlyError
from warmline.contracts.agent_state import AgentState
from warmline.contracts.events import AGENT_STATE, AGENT_WELLBEING, CONVERSATION_WINDOW
from warmline.contracts.topics import AGENT_STATES, AGENT_WELLBEING as SIGNALS, CONVERSATION_WINDOWS
from warmline.contracts.wellbeing import WellbeingSignal
from warmline.local.valkey import ValkeyServer
from warmline.local.valkey_options import ValkeyOptions
from warmline.local.waiting import wait_until
from warmline.policy.load import load_policy
from warmline.settings import Secret, Settings
from warmline.telemetry.health import Health
from warmline.telemetry.metrics import Metrics
from warmline.wellbeing import service
from warmline.wellbeing.faust_consumer import ExplicitConsumer
from warmline.wellbeing.faust_publisher import FaustPublisher
from warmline.wiring import Parts

PARTITIONS = 4
AGENTS = [f"agent{number}" for number in range(8)]
POLICY = load_policy(None)


def story(seed=1, contacts=6):
    """A morning of eight agents, in the order of event time, and a closing event a day later."""
    chance = random.Random(seed)
    events = []
    for agent in AGENTS:
        at = MONDAY + chance.randrange(10 * MINUTE)
        for number in range(contacts):
            maker = chance.choice([hostile, hostile, plain, thankful])
            events += contact(f"{agent}-c{number}", at, 8, lambda name, when, m=maker, a=agent: m(name, when, agent=a))
            at += 9 * MINUTE
            if chance.random() < 0.4:
                events += [goes("break", at, agent), goes("available", at + 11 * MINUTE, agent)]
                at += 12 * MINUTE
    events = [re_agent(event) for event in events]
    events.sort(key=lambda event: (when(event), getattr(event, "conversation_id", "")))
    return [*events, plain("closing", MONDAY + DAY, agent="zoe")]


def re_agent(event):
    """The contact's own turns are spoken by `ana`: make them the contact's agent."""
    if isinstance(event, AgentState) or event.heard.role == "customer":
        return event
    agent = event.conversation_id.split("-")[0]
    return msgspec.structs.replace(
        event, agent_id=agent, heard=msgspec.structs.replace(event.heard, participant_id=agent)
    )


def when(event):
    return event.at if isinstance(event, AgentState) else event.heard.spoken_at


class Scene:
    """Topics, settings and expectations of one test."""

    def __init__(self, kafka, redis_url, unique):
        self.bootstrap = kafka.bootstrap
        self.settings = Settings(
            kafka_brokers=kafka.bootstrap,
            redis_url=Secret(redis_url),
            topic_prefix=unique("wb") + ".",
            batch_max=50,
            drain_s=10,
        )
        for topic in (CONVERSATION_WINDOWS, AGENT_STATES, SIGNALS, "wellbeing.dlq"):
            create_topic(self.bootstrap, self.name(topic), partitions=PARTITIONS)
        self.producer = Producer({"bootstrap.servers": self.bootstrap, "partitioner": "murmur2_random"})

    def name(self, topic):
        return self.settings.topic_prefix + topic

    def send(self, events):
        for event in events:
            state = isinstance(event, AgentState)
            topic, kind_of = (AGENT_STATES, AGENT_STATE) if state else (CONVERSATION_WINDOWS, CONVERSATION_WINDOW)
            key = event.agent_id if state else event.conversation_id
            headers = headers_of(kind_of, f"id-{key}-{when(event)}", when(event), "test", key)
            self.producer.produce(self.name(topic), msgspec.json.encode(event), key, headers=headers)
            self.producer.poll(0)
        assert self.producer.flush(30) == 0

    def read(self, topic, enough=lambda _messages: False, seconds=40.0):
        """Everything on a topic, once it is enough or the time is over."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "reader", "enable.auto.commit": False})
        found, until = [], time.monotonic() + seconds
        consumer.assign([TopicPartition(self.name(topic), partition, 0) for partition in range(PARTITIONS)])
        try:
            while time.monotonic() < until and not enough(found):
                message = consumer.poll(0.2)
                if message is not None and message.error() is None:
                    found.append(message)
        finally:
            consumer.close()
        return found

    def signals(self, expected, seconds=60.0):
        """Signal id to content of what was published, once every expected one is there; then a little longer."""
        wanted = set(expected)

        def enough(messages):
            return wanted <= {header(message.headers(), "ce_id").decode() for message in messages}

        self.read(SIGNALS, enough, seconds)
        time.sleep(1)
        found = {}
        for message in self.read(SIGNALS, seconds=3):
            signal_ = msgspec.json.decode(message.value(), type=WellbeingSignal)
            assert header(message.headers(), "ce_type").decode() == AGENT_WELLBEING
            assert message.key().decode() == signal_.agent_id
            assert found.setdefault(signal_.signal_id, content(signal_)) == content(signal_), "one id, one content"
        return found

    def await_partitions_of(self, members):
        """Return once so many members of the group have partitions."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        group = self.name("wellbeing")

        def shared():
            try:
                told = admin.describe_consumer_groups([group])[group].result(10).members
            except KafkaException:  # the group has no coordinator yet
                return False
            return sum(bool(each.assignment and each.assignment.topic_partitions) for each in told) == members

        wait_until(shared, timeout=90, what=f"{members} members with partitions")

    def await_commits(self, enough):
        """Return once the committed offsets, beside the ends, are enough."""
        wait_until(lambda: enough(*self.committed()), timeout=60, what="commits")

    def committed(self):
        """Committed offset and end of every input partition."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": self.name("wellbeing")})
        try:
            places = [
                TopicPartition(self.name(topic), partition)
                for topic in (CONVERSATION_WINDOWS, AGENT_STATES)
                for partition in range(PARTITIONS)
            ]
            ends = {(p.topic, p.partition): consumer.get_watermark_offsets(p, timeout=10)[1] for p in places}
            offsets = {(p.topic, p.partition): max(0, p.offset) for p in consumer.committed(places, timeout=10)}
        finally:
            consumer.close()
        return offsets, ends


def content(signal_):
    """What is said, without the processing times and the version of the policy (the run in memory has none)."""
    return msgspec.json.encode(msgspec.structs.replace(signal_, times=None, policy=""))


def expected_of(events):
    """Signal id to content, by the run in memory."""
    memory = run(events, POLICY.wellbeing, until=when(events[-1]) - POLICY.wellbeing.lateness_s * SECOND - 1)
    return {signal_.signal_id: content(signal_) for signal_ in memory.signals}


@pytest.fixture
def scene(kafka, redis_url, unique):
    return Scene(kafka, redis_url, unique)


class Running:
    """The service on a thread of this process."""

    def __init__(self, settings):
        self.parts = Parts(settings, POLICY, Metrics(CollectorRegistry()), Health(time.monotonic), threading.Event())
        self.failure = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            service.run(self.parts)
        except BaseException as error:  # noqa: BLE001 # the test looks at it
            self.failure = error

    def stop(self):
        self.parts.stop.set()
        self.thread.join(30)
        assert not self.thread.is_alive()


@contextmanager
def running(settings):
    instance = Running(settings)
    try:
        yield instance
    finally:
        instance.stop()


def process(settings, log):
    """The service as a process of its own, with its log in a file."""
    environment = {
        "WARMLINE_KAFKA_BROKERS": settings.kafka_brokers,
        "WARMLINE_REDIS_URL": settings.redis_url.reveal(),
        "WARMLINE_TOPIC_PREFIX": settings.topic_prefix,
        "WARMLINE_BATCH_MAX": str(settings.batch_max),
        "WARMLINE_DRAIN_S": "10",
        "PYTHONPATH": "services",
    }
    command = [sys.executable, "-m", "warmline", "run", "wellbeing"]
    with log.open("wb") as file:
        return subprocess.Popen(command, env={**os.environ, **environment}, stderr=file)


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


def test_a_crash_between_store_and_publication_leads_to_the_same_signals(scene, monkeypatch):
    events = story(seed=2)
    expected = expected_of(events)
    scene.send(events)
    publish, crashes = FaustPublisher.publish, []

    async def crash(self, outcomes, letters=()):
        if outcomes and len(crashes) < 3:
            crashes.append(len(outcomes))
            raise RuntimeError("the plug is pulled")
        await publish(self, outcomes, letters)

    monkeypatch.setattr(FaustPublisher, "publish", crash)
    for _ in range(3):
        instance = Running(scene.settings)
        instance.thread.join(40)
        assert isinstance(instance.failure, RuntimeError), "an exception stops the service instead of going on"
    with running(scene.settings):
        found = scene.signals(expected)
    assert len(crashes) == 3
    assert found == expected


def test_a_crash_between_publication_and_commit_leads_to_the_same_signals(scene, monkeypatch):
    events = story(seed=3)
    expected = expected_of(events)
    scene.send(events)
    commit, crashes = ExplicitConsumer.commit_explicit, []

    async def crash(self, offsets):
        if len(crashes) < 2:
            crashes.append(offsets)
            raise RuntimeError("the plug is pulled")
        return await commit(self, offsets)

    monkeypatch.setattr(ExplicitConsumer, "commit_explicit", crash)
    for _ in range(2):
        instance = Running(scene.settings)
        instance.thread.join(40)
        assert isinstance(instance.failure, RuntimeError)
    assert set(scene.committed()[0].values()) == {0}
    with running(scene.settings):
        found = scene.signals(expected)
    assert found == expected


def test_two_instances_and_rebalances_in_the_middle_give_the_same(scene, tmp_path):
    events = story(seed=4, contacts=8)
    expected = expected_of(events)
    third = len(events) // 3
    with ExitStack() as stack:
        first = process(scene.settings, tmp_path / "1")
        stack.callback(first.kill)
        scene.send(events[:third])
        scene.read(SIGNALS, lambda messages: len(messages) > 3, 30)
        second = process(scene.settings, tmp_path / "2")
        stack.callback(second.kill)
        for start in range(third, 2 * third, 20):
            scene.send(events[start : min(start + 20, 2 * third)])
            time.sleep(0.2)
        time.sleep(5)
        first.send_signal(signal.SIGKILL)
        first.wait(10)
        third_instance = process(scene.settings, tmp_path / "3")
        stack.callback(third_instance.kill)
        scene.send(events[2 * third :])
        found = scene.signals(expected, 90)
        for instance in (second, third_instance):
            instance.send_signal(signal.SIGTERM)
            assert instance.wait(20) == 0, "SIGTERM drains and ends well"
    assert found == expected
    offsets, ends = scene.committed()
    assert offsets == ends


def test_an_instance_that_stood_still_folds_nothing_ahead_of_what_waits_for_it(scene, tmp_path):
    """The other instance has read to the end of a day, and the ends that this one knows are from before."""
    events = story(seed=5)
    rest = [*events[len(events) // 2 :], *(plain(f"closing{n}", MONDAY + DAY, agent="zoe") for n in range(30))]
    expected = expected_of([*events[: len(events) // 2], *rest])
    with ExitStack() as stack:
        instances = [process(scene.settings, tmp_path / name) for name in ("1", "2")]
        for instance in instances:
            stack.callback(instance.kill)
        scene.await_partitions_of(2)
        scene.send(events[: len(events) // 2])
        scene.await_commits(lambda offsets, ends: offsets == ends)
        time.sleep(3)  # longer than it takes to find that all is read: there is nothing outside that tells of it
        instances[1].send_signal(signal.SIGSTOP)
        scene.send(rest)
        scene.await_commits(lambda offsets, ends: sum(offsets[each] == ends[each] for each in ends) >= PARTITIONS)
        time.sleep(2)  # the one that reads tells how far it has come once a second
        instances[1].send_signal(signal.SIGCONT)
        found = scene.signals(expected, 60)
        for instance in instances:
            instance.send_signal(signal.SIGTERM)
            assert instance.wait(20) == 0
    assert found == expected


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
