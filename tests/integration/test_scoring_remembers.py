"""scoring as real processes over real Kafka and Redis: what went before counts, through kills and rebalances."""

import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis

from tests.parts.kafka import KafkaPart
from tests.support.comparing import assert_same_events, await_events, published_of
from tests.support.loops import await_that, read_all
from tests.support.publishing import EventProducer
from warmline.contracts.ids import scored_id
from warmline.contracts.topics import CONVERSATION_EVENTS, CONVERSATION_SCORES
from warmline.contracts.turn import Turn
from warmline.local.stack import Stack
from warmline.models.memories import Memories
from warmline.models.scorer import load_scorer
from warmline.models.settings import ModelSettings
from warmline.recordings.order import arrival_order
from warmline.recordings.read import read_recording
from warmline.recordings.samples import CONVERSATIONS

PARTITIONS = 4
TURNS = 240


@pytest.fixture
def prefix(unique: Callable[[str], str]) -> str:
    return unique("remembers") + "."


@pytest.fixture
def stack(kafka: KafkaPart, redis_url: str, tmp_path: Path, prefix: str) -> Iterator[Stack]:
    with Stack(kafka.bootstrap, redis_url, tmp_path, {"topic_prefix": prefix}) as stack:
        stack.create_topics(PARTITIONS)
        yield stack


def disordered_and_repeated(turns: list[Turn]) -> list[Turn]:
    """Return the turns as a careless vendor sends them: some late, some again much later."""
    chance = random.Random(3)
    order = sorted(range(len(turns)), key=lambda place: place + chance.choice((0, 0, 0, 0, 30)))
    sent = [turns[place] for place in order]
    for again in chance.sample(sent, 20):
        sent.insert(chance.randrange(sent.index(again) + 1, len(sent) + 1), again)
    return sent


def test_scores_are_those_of_one_scorer_that_heard_everything_in_order(
    kafka: KafkaPart, stack: Stack, prefix: str
) -> None:
    turns = [event for event in arrival_order(read_recording(CONVERSATIONS)) if isinstance(event, Turn)][:TURNS]
    sent = disordered_and_repeated(turns)
    once = list({(turn.conversation_id, turn.turn_id): turn for turn in sent}.values())
    scores = load_scorer(ModelSettings()).score(once, Memories())
    whole: dict[str, dict[str, Any]] = {
        scored_id(score.conversation_id, score.turn_id): json.loads(msgspec.json.encode(score)) for score in scores
    }

    def published() -> dict[str, dict[str, Any]]:
        stack.check()
        found = published_of(read_all(kafka.bootstrap, prefix + CONVERSATION_SCORES))
        return {each: {name: held for name, held in value.items() if name != "times"} for each, value in found.items()}

    producer, topic = EventProducer(kafka.bootstrap), prefix + CONVERSATION_EVENTS
    producer.send(topic, sent[: TURNS // 3])
    producer.flush()
    stack.start_all(("scoring",))
    await_that(lambda: len(published()) > TURNS // 10, "the first turns are scored", timeout_s=60)
    stack.start_service("scoring")
    producer.send(topic, sent[TURNS // 3 :])
    producer.flush()
    stack.services.pop(0).process.kill()
    stack.start_service("scoring")
    await_events(published, whole, timeout_s=90)
    assert_same_events(published(), whole)


CARE = "Oh no, a flooded kitchen on your daughter's birthday, that must have been horrible for all of you."
"""Care in words that no stock line has."""


def caring_turn(conversation: str, at_ms: int) -> Turn:
    return Turn(
        conversation_id=conversation,
        turn_id="1",
        role="agent",
        participant_id="agent-7",
        text=CARE,
        spoken_at=at_ms,
    )


@pytest.mark.parametrize("across", [True, False])
def test_a_line_said_in_another_conversation_is_known_after_a_kill_where_the_policy_asks_for_it(
    kafka: KafkaPart, redis_url: str, tmp_path: Path, prefix: str, *, across: bool
) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(f"scoring:\n  reuse_across_conversations: {str(across).lower()}\n", encoding="utf-8")
    producer, topic = EventProducer(kafka.bootstrap), prefix + CONVERSATION_EVENTS
    now_ms = int(time.time() * 1000)

    def reuse_of(conversation: str) -> float | None:
        found = published_of(read_all(kafka.bootstrap, prefix + CONVERSATION_SCORES))
        score = found.get(scored_id(conversation, "1"))
        return score["sincerity"]["reuse"] if score else None

    changed = {"topic_prefix": prefix, "policy_file": str(policy)}
    with Stack(kafka.bootstrap, redis_url, tmp_path, changed) as stack:
        stack.create_topics(PARTITIONS)
        stack.start_all(("scoring",))
        producer.send(topic, [caring_turn("first", now_ms - 60_000)])
        producer.flush()
        await_that(lambda: reuse_of("first") is not None, "the first is scored", timeout_s=60)
        await_that(lambda: not across or ring_is_there(redis_url), "its line is kept", timeout_s=10)
        stack.services.pop(0).process.kill()
        stack.start_service("scoring")
        producer.send(topic, [caring_turn("second", now_ms - 30_000)])
        producer.flush()
        await_that(lambda: reuse_of("second") is not None, "the second is scored", timeout_s=60)
    first, second = reuse_of("first"), reuse_of("second")
    assert first is not None
    assert first < 0.5
    assert second == (1.0 if across else first)


def ring_is_there(redis_url: str) -> bool:
    with redis.Redis.from_url(redis_url) as client:
        return any(client.scan_iter("wl:{scoring.*}:ring:agent-7"))
