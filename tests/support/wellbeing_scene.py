"""The wellbeing service on real parts: what it reads, runs of it, and what it has to publish."""

import os
import random
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import msgspec
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from prometheus_client import CollectorRegistry

from tests.parts.topics import create_topic
from tests.unit.wellbeing.shift import DAY, MINUTE, MONDAY, SECOND, contact, goes, hostile, plain, run, thankful
from warmline.bus.envelope import header, headers_of
from warmline.contracts.agent_state import AgentState
from warmline.contracts.events import AGENT_STATE, AGENT_WELLBEING, CONVERSATION_WINDOW
from warmline.contracts.topics import AGENT_STATES, AGENT_WELLBEING as SIGNALS, CONVERSATION_WINDOWS
from warmline.contracts.wellbeing import WellbeingSignal
from warmline.local.waiting import wait_until
from warmline.policy.load import load_policy
from warmline.settings import Secret, Settings
from warmline.telemetry.health import Health
from warmline.telemetry.metrics import Metrics
from warmline.wellbeing import service
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
