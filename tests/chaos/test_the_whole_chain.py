"""Services, a broker and Redis die while a stream runs; what comes out is what the backtest says, to the id.

`WARMLINE_TEST_CHAOS_TURNS` sets the length: 20000 is the full form, the default is what a test run can afford. Kills
grow with it: at least ten in the full form.
"""

import os
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import redis
from msgspec import Struct

from tests.support.clocks import NAME, clock_turns
from tests.support.comparing import assert_same_events, await_events, expected_of, published_of
from tests.support.loops import await_that, read_all
from tests.support.publishing import EventProducer
from tests.support.spoken import spoken_stream
from warmline.backtest.run import Backtest
from warmline.backtest.scores import Scores
from warmline.contracts.dates import time_of
from warmline.contracts.topics import (
    AGENT_WELLBEING,
    CONVERSATION_EVENTS,
    CONVERSATION_SCORES,
    CONVERSATION_SUMMARIES,
    CONVERSATION_WINDOWS,
    ESCALATION_ALERTS,
)
from warmline.contracts.turn import Turn
from warmline.local.kafka_jvm import KafkaCluster
from warmline.local.stack import Stack
from warmline.local.valkey import ValkeyServer
from warmline.local.valkey_options import ValkeyOptions
from warmline.models.memories import Memories
from warmline.models.scorer import load_scorer
from warmline.models.settings import ModelSettings
from warmline.policy.load import load_policy
from warmline.services import SERVICES

TURNS = int(os.environ.get("WARMLINE_TEST_CHAOS_TURNS", "2500"))
KILLS = max(4, TURNS // 1_500)
TURNS_A_SECOND = 100
PARTITIONS = 6
DAY_MS = 86_400_000
OUTPUTS = (CONVERSATION_SCORES, CONVERSATION_WINDOWS, CONVERSATION_SUMMARIES, ESCALATION_ALERTS, AGENT_WELLBEING)
# A killed instance's partitions come back after the session time-out; at this stream's pace that is minutes of event
# time, so agents' accounts have to wait that long for what other partitions still owe them.
POLICY = "wellbeing:\n  lateness_s: 3600\n"


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    with ValkeyServer(ValkeyOptions(append_only=True), tmp_path / "valkey") as server:
        yield server


@pytest.mark.timeout(1500)
def test_nothing_is_lost_and_nothing_invented_while_everything_dies(
    kafka3: KafkaCluster, valkey: ValkeyServer, tmp_path: Path, unique: Callable[[str], str]
) -> None:
    policy_file = tmp_path / "policy.yaml"
    policy_file.write_text(POLICY)
    policy = load_policy(policy_file)
    prefix = unique("chaos") + "."
    events = spoken_stream(TURNS)
    newest = max(map(time_of, events))
    clocks = [*clock_spoken(newest + 2 * policy.windows(None).quiet_timeout_s * 1000)]
    later = [*clock_spoken(newest + DAY_MS)]
    whole = expected([*events, *clocks, *later], policy)

    settings = {"topic_prefix": prefix, "policy_file": str(policy_file), "batch_max": "100"}
    stack = Stack(kafka3.bootstrap, valkey.url, tmp_path / "logs", settings)
    stack.create_topics(PARTITIONS)

    def published() -> dict[str, dict[str, Any]]:
        stack.check()
        found = published_of(m for topic in OUTPUTS for m in read_all(kafka3.bootstrap, prefix + topic))
        return {each: value for each, value in found.items() if not of_a_clock(value)}

    try:
        stack.start_all()
        for name in SERVICES:
            stack.start_service(name)
        sender = Sender(kafka3.bootstrap, prefix + CONVERSATION_EVENTS, events)
        sender.start()
        wreak_havoc(random.Random(TURNS), stack, kafka3, valkey, sender)
        sender.join()
        sender.finish(clocks)
        summaries = {each for each, value in whole.items() if "end_reason" in value}
        await_that(lambda: summaries <= published().keys(), f"{len(summaries)} summaries", timeout_s=300)
        sender.finish(later)
        await_events(published, whole, timeout_s=300)
        assert_same_events(published(), whole)
        for service in SERVICES:
            assert read_all(kafka3.bootstrap, f"{prefix}{service}.dlq") == [], f"{service} refused something"
        with redis.Redis.from_url(valkey.url) as client:
            assert [key for key in client.scan_iter(count=1000) if client.ttl(key) <= 0] == [], "every key has a TTL"
        assert stack.stop(), "every service ended in order"
    finally:
        stack.stop()


class Sender(threading.Thread):
    """Sends the stream at its pace; `progress` is the share that is sent."""

    def __init__(self, bootstrap: str, topic: str, events: Sequence[Struct]) -> None:
        super().__init__(daemon=True)
        self._producer = EventProducer(bootstrap)
        self._topic = topic
        self._events = events
        self.progress = 0.0

    def run(self) -> None:
        pause = threading.Event()
        step = TURNS_A_SECOND // 10
        for start in range(0, len(self._events), step):
            self._producer.send(self._topic, self._events[start : start + step])
            self.progress = start / len(self._events)
            pause.wait(0.1)
        self.progress = 1.0
        self._producer.flush()

    def finish(self, events: Sequence[Struct]) -> None:
        """Send some more and await every acknowledgement."""
        self._producer.send(self._topic, events)
        self._producer.flush()


def wreak_havoc(rng: random.Random, stack: Stack, cluster: KafkaCluster, valkey: ValkeyServer, sender: Sender) -> None:
    """Kill, one after the other, spread over the stream: services, and once each a broker and Redis."""
    acts: list[str] = ["service"] * KILLS
    acts.insert(KILLS // 3, "broker")
    acts.insert(2 * KILLS // 3, "redis")
    for number, act in enumerate(acts):
        await_that(lambda number=number: sender.progress >= (number + 1) / (len(acts) + 2), "the stream", timeout_s=600)
        if act == "service":
            victim = rng.choice(stack.services)
            victim.process.kill()
            victim.start()
        elif act == "broker":
            broker = rng.randrange(3)
            cluster.kill_broker(broker)
            cluster.restart_broker(broker)
        else:
            valkey.kill()
            valkey.restart()


def clock_spoken(at_ms: int) -> Iterator[Turn]:
    """Return the turns that move every partition's watermark."""
    for turn in clock_turns(at_ms, PARTITIONS):
        yield Turn(
            conversation_id=turn.conversation_id,
            turn_id=turn.turn_id,
            role="customer",
            participant_id="clock",
            text="ok",
            spoken_at=at_ms,
            language="en",
        )


def of_a_clock(value: dict[str, Any]) -> bool:
    return str(value.get("conversation_id", "")).startswith(NAME)


def expected(events: Sequence[Struct], policy: Any) -> dict[str, dict[str, Any]]:
    """Return what the backtest says of the stream."""
    scorer, memories = load_scorer(ModelSettings()), Memories()
    scores = Scores(lambda turns: scorer.score(turns, memories), policy.scoring)
    emits = Backtest(policy).run(scores.of(events))
    contents = expected_of(emits, set(OUTPUTS))
    return {each: value for each, value in contents.items() if not of_a_clock(value)}
