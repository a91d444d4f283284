"""windows and escalation as real processes over real Kafka and Redis publish what the backtest says."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import redis
from msgspec import Struct

from tests.parts.kafka import KafkaPart
from tests.support.clocks import NAME, clock_turns
from tests.support.comparing import assert_same_events, await_events, expected_of, published_of
from tests.support.loops import await_that, read_all
from tests.support.publishing import EventProducer
from tests.support.scripted import Script, event_time
from warmline.backtest.run import Backtest
from warmline.contracts.topics import (
    CONVERSATION_SCORES,
    CONVERSATION_SUMMARIES,
    CONVERSATION_WINDOWS,
    ESCALATION_ALERTS,
)
from warmline.local.stack import Stack
from warmline.policy.load import load_policy

PARTITIONS = 4
DAY_MS = 86_400_000
OUTPUTS = {CONVERSATION_WINDOWS, CONVERSATION_SUMMARIES, ESCALATION_ALERTS}


@pytest.fixture
def prefix(unique: Callable[[str], str]) -> str:
    return unique("chain") + "."


@pytest.fixture
def stack(kafka: KafkaPart, redis_url: str, tmp_path: Path, prefix: str) -> Iterator[Stack]:
    with Stack(kafka.bootstrap, redis_url, tmp_path, {"topic_prefix": prefix}) as stack:
        stack.create_topics(PARTITIONS)
        yield stack


def test_a_live_run_publishes_what_the_backtest_says(
    kafka: KafkaPart, redis_url: str, stack: Stack, prefix: str
) -> None:
    """Two instances of each, a rebalance in the middle, disorder, repeats, ends told and ends by going quiet."""
    policy = load_policy(None)
    events = Script(conversations=60, disorder=0.1, ends=0.8).events()
    newest = max(map(event_time, events))
    gone_quiet = clock_turns(newest + 2 * policy.windows(None).quiet_timeout_s * 1000, PARTITIONS)
    much_later = clock_turns(newest + DAY_MS, PARTITIONS)
    scores = prefix + CONVERSATION_SCORES
    producer = EventProducer(kafka.bootstrap)

    def published() -> dict[str, dict[str, Any]]:
        stack.check()
        found = published_of(message for topic in OUTPUTS for message in read_all(kafka.bootstrap, prefix + topic))
        return {each: value for each, value in found.items() if not value["conversation_id"].startswith(NAME)}

    def expected(events: Sequence[Struct]) -> dict[str, dict[str, Any]]:
        emits = Backtest(policy).run(events)
        return expected_of((emit for emit in emits if not emit.key.startswith(NAME)), OUTPUTS)

    half = len(events) // 2
    producer.send(scores, events[:half])
    stack.start_all(("windows", "escalation"))
    stack.start_service("windows")
    stack.start_service("escalation")
    producer.send(scores, events[half:] + gone_quiet)
    producer.flush()
    whole = expected([*events, *gone_quiet, *much_later])
    summaries = {each for each, value in whole.items() if "end_reason" in value}
    await_that(lambda: summaries <= published().keys(), "every conversation has ended", timeout_s=90)
    producer.send(scores, much_later)
    producer.flush()
    await_events(published, whole, timeout_s=60)
    assert_same_events(published(), whole)
    with redis.Redis.from_url(redis_url) as client:
        untimed = [key for key in client.scan_iter(count=1000) if client.ttl(key) <= 0]
        assert not untimed, "every key has a TTL"
    assert stack.stop(), "every service ended in order"
