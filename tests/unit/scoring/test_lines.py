"""What participants said elsewhere: recalled before a batch, written after it, and no turn goes unheard for it."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest
from msgspec import Struct, structs
from prometheus_client import CollectorRegistry

from tests.support.memory_store import MemoryStore
from tests.unit.models.test_scorer_with_a_fake_encoder import make
from tests.unit.scoring.test_domain import caring_judge, turn
from warmline.bus.record import Record
from warmline.contracts.score import ScoredTurn
from warmline.contracts.topics import CONVERSATION_EVENTS
from warmline.contracts.turn import Turn
from warmline.models.context import Before
from warmline.policy.model import ScoringPolicy
from warmline.scoring.domain import ScoringDomain
from warmline.scoring.lines import AgentLines
from warmline.scoring.service import READS, Ear, ScoringHandler
from warmline.store.processor import Processor
from warmline.store.redis_rings import Member, Span
from warmline.telemetry.metrics import Metrics

NOW_MS = 1_000_000


class Rings:
    """Rings as `RedisRings` keeps them, in memory; `tests/integration/test_redis_rings.py` tests those."""

    def __init__(self) -> None:
        self.members: set[tuple[str, int, bytes]] = set()

    def add(self, members: Sequence[Member]) -> None:
        self.members |= {(each.key, each.at_ms, each.value) for each in members}

    def within(self, spans: Sequence[Span]) -> Iterator[list[bytes]]:
        for span in spans:
            kept = sorted((at, value) for key, at, value in self.members if key == span.key)
            yield [value for at, value in kept if span.from_ms <= at < span.before_ms]


def judge(each: Turn, text: Any, went: Before) -> ScoredTurn:
    """Score an answering turn as a caring one, and any as without words where its text was not heard."""
    score = structs.replace(caring_judge(each, text, went), abstained="no_words" if text is None else None)
    return score if each.role == "agent" else structs.replace(score, behaviours=())


class Service:
    """Scoring over a store in memory that recalls what was said elsewhere, or does not."""

    def __init__(self, *, recalls: bool = True) -> None:
        noted: list[Struct] = []
        store = MemoryStore("scoring")
        domain = ScoringDomain(judge, "m-1", score_partials=False)
        self.offset = 0
        self.handler = ScoringHandler(
            Ear(make()[0], Metrics(CollectorRegistry())),
            ScoringPolicy(),
            AgentLines(Rings(), noted) if recalls else None,
            domain=domain,
            processor=Processor(domain, store, lambda: NOW_MS, learn=noted.append),
            store=store,
            topics=READS,
            partitions_of=lambda _topic: 1,
            future_tolerance_s=300,
            now_ms=lambda: NOW_MS,
            count=lambda _outcomes: None,
        )
        self.handler.assigned({(CONVERSATION_EVENTS, 0): 0})

    def batch(self, *turns: Turn) -> list[ScoredTurn]:
        told: list[tuple[Record, Struct]] = []
        for each in turns:
            told.append((Record(CONVERSATION_EVENTS, 0, self.offset, None, None, lambda: None, NOW_MS), each))
            self.offset += 1
        outcomes = self.handler.handle(told)
        self.handler.acknowledged(outcomes)
        return [msgspec.json.decode(outcome.value, type=ScoredTurn) for outcome in outcomes]


def said(number: int, conversation: str, text: str = "so sorry to hear that", role: str = "agent") -> Turn:
    return structs.replace(turn(number, role), conversation_id=conversation, text=text)


@pytest.mark.parametrize("recalls", [True, False])
def test_a_line_of_a_batch_is_known_in_another_conversation_by_the_next_one_where_lines_are_kept(*, recalls: bool):
    service = Service(recalls=recalls)
    (first,) = service.batch(said(1, "a"))
    (second,) = service.batch(said(2, "b"))
    assert (first.sincerity.reuse, second.sincerity.reuse) == (0.0, 0.1 if recalls else 0.0)


def test_the_turns_of_those_who_do_not_answer_are_heard_beside_those_who_do():
    service = Service()
    scores = service.batch(said(1, "a"), said(2, "a", "my parcel is gone", "customer"), said(3, "b"))
    assert [(score.turn_id, score.abstained) for score in scores] == [("1", None), ("2", None), ("3", None)]
