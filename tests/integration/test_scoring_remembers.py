"""scoring as real processes over real Kafka and Redis: what went before counts, through kills and rebalances."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.parts.kafka import KafkaPart
from tests.support.comparing import assert_same_events, await_events, published_of
from tests.support.loops import await_that, read_all
from tests.support.publishing import EventProducer
from warmline.contracts.ids import scored_id
from warmline.contracts.topics import CONVERSATION_EVENTS, CONVERSATION_SCORES
from warmline.contracts.turn import Turn
from warmline.local.stack import Stack
from warmline.models.context import Memories
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
