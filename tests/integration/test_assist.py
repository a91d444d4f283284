"""windows and assist as real processes over real Kafka and Redis publish what the backtest says."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import redis
from msgspec import Struct

from tests.parts.kafka import KafkaPart
from tests.support.assisted import assisted
from tests.support.clocks import NAME, clock_turns
from tests.support.comparing import assert_same_events, await_events, expected_of, published_of
from tests.support.loops import await_that, read_all
from tests.support.publishing import EventProducer
from tests.support.scripted import Script, event_time
from warmline.backtest.run import Backtest
from warmline.contracts.assist import AssistFeedback, AssistMove
from warmline.contracts.topics import (
    AGENT_ASSIST,
    AGENT_ASSIST_FEEDBACK,
    CONVERSATION_SCORES,
    CONVERSATION_WINDOWS,
)
from warmline.local.stack import Stack
from warmline.policy.load import load_policy

PARTITIONS = 4
DAY_MS = 86_400_000
OUTPUTS = {CONVERSATION_WINDOWS, AGENT_ASSIST}
DISMISSED = 12
POLICY = "assist: {lateness_s: 300}\n"
"""The stream pauses in mid-conversation, for the dismissals, and an idle partition's time goes on with the clock: on a
slow machine for longer than the default minute."""


@pytest.fixture
def prefix(unique: Callable[[str], str]) -> str:
    return unique("assist") + "."


@pytest.fixture
def policy_file(tmp_path: Path) -> Path:
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY)
    return file


@pytest.fixture
def stack(kafka: KafkaPart, redis_url: str, tmp_path: Path, prefix: str, policy_file: Path) -> Iterator[Stack]:
    settings = {"topic_prefix": prefix, "policy_file": str(policy_file)}
    with Stack(kafka.bootstrap, redis_url, tmp_path, settings) as stack:
        stack.create_topics(PARTITIONS)
        yield stack


def dismissals(events: Sequence[Struct], policy: Any) -> list[AssistFeedback]:
    """Return a dismissal of the newest suggestion of some conversations, and the first of these again."""
    newest: dict[str, AssistMove] = {}
    for emit in Backtest(policy).run_so_far(events):
        if isinstance(emit.event, AssistMove) and emit.event.kind == "suggest":
            newest[emit.key] = emit.event
    feedbacks = [
        AssistFeedback(
            feedback_id=f"f-{number}", move_id=move.move_id, conversation_id=move.conversation_id, verdict="dismissed",
            by="agent-1", at=move.as_of + 1_000,
        )
        for number, move in enumerate(list(newest.values())[:DISMISSED])
    ]  # fmt: skip
    return [*feedbacks, feedbacks[0]]


def test_a_live_run_publishes_the_moves_that_the_backtest_says(
    kafka: KafkaPart, redis_url: str, stack: Stack, prefix: str, policy_file: Path
) -> None:
    """Disorder, repeats, dismissals, a rebalance, an assist killed in the middle, ends told and ends by going quiet."""
    policy = load_policy(policy_file)
    events = assisted(Script(conversations=60, disorder=0.1, ends=0.8))
    newest = max(map(event_time, events))
    gone_quiet = clock_turns(newest + 2 * policy.windows(None).quiet_timeout_s * 1000, PARTITIONS)
    much_later = clock_turns(newest + DAY_MS, PARTITIONS)
    half = len(events) // 2
    first, rest = events[:half], events[half:]
    dismissed = dismissals(first, policy)
    whole = expected([*first, *dismissed, *rest, *gone_quiet, *much_later], policy)
    so_far = expected(first, policy, whole=False)
    scores = prefix + CONVERSATION_SCORES
    producer = EventProducer(kafka.bootstrap)

    def published() -> dict[str, dict[str, Any]]:
        stack.check()
        found = published_of(message for topic in OUTPUTS for message in read_all(kafka.bootstrap, prefix + topic))
        return {each: value for each, value in found.items() if not value["conversation_id"].startswith(NAME)}

    producer.send(scores, first)
    producer.flush()
    stack.start_all(("windows", "assist"))
    await_events(published, so_far, timeout_s=60)
    producer.send(prefix + AGENT_ASSIST_FEEDBACK, dismissed)
    producer.flush()
    withdrawn = {each for each, value in whole.items() if value.get("reason") == "dismissed"}
    assert withdrawn, "some of the dismissed moves were live"
    await_that(lambda: withdrawn <= published().keys(), "the dismissals are taken in", timeout_s=60)
    stack.start_service("windows")
    stack.start_service("assist")
    victim = next(service for service in stack.services if service.name == "assist")
    producer.send(scores, rest[: len(rest) // 2])
    producer.flush()
    victim.process.kill()
    victim.start()
    producer.send(scores, rest[len(rest) // 2 :] + gone_quiet)
    producer.flush()
    ended = {each for each, value in whole.items() if value.get("ended")}
    await_that(lambda: ended <= published().keys(), "every conversation has ended", timeout_s=90)
    producer.send(scores, much_later)
    producer.flush()
    await_events(published, whole, timeout_s=60)
    assert_same_events(published(), whole)
    assert read_all(kafka.bootstrap, f"{prefix}assist.dlq") == []
    with redis.Redis.from_url(redis_url) as client:
        untimed = [key for key in client.scan_iter(count=1000) if client.ttl(key) <= 0]
        assert not untimed, "every key has a TTL"
    assert stack.stop(), "every service ended in order"


def test_a_replay_that_reads_every_dismissal_before_any_move_publishes_what_the_backtest_says(
    kafka: KafkaPart, redis_url: str, stack: Stack, prefix: str, policy_file: Path
) -> None:
    policy = load_policy(policy_file)
    script = Script(conversations=20, seed=9)
    events = assisted(script)
    dismissed = dismissals(events[: len(events) // 2], policy)
    much_later = clock_turns(max(map(event_time, events)) + DAY_MS, PARTITIONS)
    whole = expected([*dismissed, *events, *much_later], policy)
    assert any(value.get("reason") == "dismissed" for value in whole.values()), "some of the dismissed moves were live"
    producer = EventProducer(kafka.bootstrap)
    producer.send(prefix + AGENT_ASSIST_FEEDBACK, dismissed)
    producer.flush()
    stack.start_service("assist")
    waiting = {feedback.conversation_id for feedback in dismissed}
    with redis.Redis.from_url(redis_url) as client:
        of_this_script = f"wl:{{assist.*}}:s:talk-{script.seed}-*"

        def they_wait() -> bool:
            stack.check()
            return len(list(client.scan_iter(match=of_this_script, count=1000))) == len(waiting)

        await_that(they_wait, "the dismissals wait", timeout_s=60)
    producer.send(prefix + CONVERSATION_SCORES, [*events, *much_later])
    producer.flush()
    stack.start_service("windows")

    def published() -> dict[str, dict[str, Any]]:
        stack.check()
        found = published_of(message for topic in OUTPUTS for message in read_all(kafka.bootstrap, prefix + topic))
        return {each: value for each, value in found.items() if not value["conversation_id"].startswith(NAME)}

    await_events(published, whole, timeout_s=90)
    assert_same_events(published(), whole)
    assert stack.stop(), "every service ended in order"


def expected(events: Sequence[Struct], policy: Any, *, whole: bool = True) -> dict[str, dict[str, Any]]:
    """Return what the backtest says of a stream, to its end or as far as it has come."""
    backtest = Backtest(policy)
    emits = backtest.run(events) if whole else backtest.run_so_far(events)
    return expected_of((emit for emit in emits if not emit.key.startswith(NAME)), OUTPUTS)
