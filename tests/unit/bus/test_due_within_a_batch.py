"""However much event time one batch spans, windows and alerts come out as they did while the calls were spoken."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import msgspec
from hypothesis import example, given, settings, strategies as st

from tests.support.handlers import stateful
from tests.support.memory_store import MemoryStore
from tests.unit.backtest.ear import SECOND, START, chat, hear, quarrel
from warmline.backtest.run import Backtest
from warmline.backtest.scores import Scores
from warmline.bus.handler import Handler
from warmline.bus.record import Record
from warmline.bus.stateful import TICK_MS
from warmline.contracts.events import ESCALATION_ALERT, STRUCT_OF_TYPE
from warmline.contracts.topics import CONVERSATION_SCORES, CONVERSATION_WINDOWS, ESCALATION_ALERTS
from warmline.escalation.domain import EscalationDomain
from warmline.policy.load import load_policy
from warmline.recordings.order import arrival_order
from warmline.store.outbox import Outcome
from warmline.windows.domain import WindowsDomain

POLICY = load_policy(None)
DAY_S = 86_400
MINUTE_S = 60
FOREVER_MS = 100 * DAY_S * SECOND
Told = dict[str, dict[str, Any]]


class Service:
    """One service on one partition, fed batches that come one after another without a pause."""

    def __init__(self, domain: Any, topic: str) -> None:
        self.now_ms = START + FOREVER_MS
        self._place, self._offset = (topic, 0), 0
        self.store = MemoryStore(domain.name)
        self._domain = domain
        self._handler = self.owner(0)

    def owner(self, committed: int) -> Handler:
        """Return a process that has just been given the partition."""
        handler = stateful(self._domain, self.store, lambda: self.now_ms, topics=[self._place[0]])
        handler.assigned({self._place: committed})
        return handler

    def take(self, events: Sequence[msgspec.Struct]) -> list[Outcome]:
        """Return what comes of a batch, and of the look at the time after it."""
        batch = []
        for event in events:
            batch.append((Record(*self._place, self._offset, None, None, lambda: None, self.now_ms), event))
            self._offset += 1
        outcomes = self.attempt(batch)
        self._handler.committed({self._place: self._offset})
        self._handler.acknowledged(outcomes)
        return outcomes + self._look()

    def attempt(self, batch: Sequence[tuple[Record, Any]]) -> list[Outcome]:
        """Handle a batch from its beginning."""
        self._handler.begin()
        return self._handler.handle(batch)

    def idle(self) -> list[Outcome]:
        """Return what comes of long silence."""
        outcomes: list[Outcome] = []
        for _ in range(5):
            self._handler.caught_up(*self._place, self.now_ms)
            self.now_ms += FOREVER_MS
            self._handler.caught_up(*self._place, self.now_ms)
            outcomes += self._look()
        return outcomes

    def _look(self) -> list[Outcome]:
        self.now_ms += TICK_MS
        outcomes = self._handler.tick()
        self._handler.acknowledged(outcomes)
        self._handler.settle()
        return outcomes


def told_behind(kind: type[Service], scores: Sequence[msgspec.Struct], size: int) -> Told:
    """Return the alerts by id as escalation tells them behind windows, both reading so many records at once.

    Args:
        kind: How windows is run.
        scores: What it reads.
        size: How many records at once.
    """
    windows = kind(WindowsDomain(POLICY.windows, POLICY.version), CONVERSATION_SCORES)
    escalation = Service(EscalationDomain(POLICY.escalation, POLICY.version), CONVERSATION_WINDOWS)
    alerts: list[Outcome] = []
    waiting: list[msgspec.Struct] = []
    batches = [scores[start : start + size] for start in range(0, len(scores), size)]
    for outcomes in [*map(windows.take, batches), windows.idle()]:
        waiting += [
            msgspec.json.decode(outcome.value, type=STRUCT_OF_TYPE[outcome.type])
            for outcome in outcomes
            if outcome.topic == CONVERSATION_WINDOWS
        ]
        while len(waiting) >= size:
            alerts += escalation.take(waiting[:size])
            waiting = waiting[size:]
    alerts += escalation.take(waiting)
    alerts += escalation.idle()
    return {outcome.id: without_times(outcome.value) for outcome in alerts}


def as_lived(turns: Sequence[msgspec.Struct]) -> tuple[list[msgspec.Struct], Told]:
    """Return what scoring publishes of a recording, and the alerts that follow while it is lived."""
    emits = list(Backtest(POLICY).run(Scores(hear, POLICY.scoring).of(turns)))
    scores = [emit.event for emit in emits if emit.topic == CONVERSATION_SCORES]
    alerts = [emit for emit in emits if emit.topic == ESCALATION_ALERTS and emit.type == ESCALATION_ALERT]
    return scores, {emit.id: without_times(msgspec.json.encode(emit.event)) for emit in alerts}


def without_times(alert: bytes) -> dict[str, Any]:
    return {name: value for name, value in msgspec.json.decode(alert).items() if name != "times"}


def test_an_alert_of_a_call_that_fell_silent_ends_and_is_called_back_in_whatever_batch_the_rest_came() -> None:
    scores, expected = as_lived(arrival_order(quarrel("c1") + chat("c2", from_s=DAY_S)))
    reasons = [alert.get("reason") for alert in expected.values()]
    assert "ended" in reasons
    assert any(alert["rule"] == "call_back" for alert in expected.values())
    assert told_behind(Service, scores, len(scores)) == expected


gaps = st.sampled_from([1, 7 * MINUTE_S, 11 * MINUTE_S, 14 * MINUTE_S, 31 * MINUTE_S, 61 * MINUTE_S, 2 * DAY_S])


SOME_TALKS = st.lists(st.tuples(st.sampled_from([quarrel, chat]), gaps), min_size=1, max_size=8)


def recording(talks: list[Any]) -> list[msgspec.Struct]:
    """Return contacts' turns, each contact some time after the one before."""
    begins = accumulate(gap for _, gap in talks)
    return arrival_order([turn for (kind, _), at in zip(talks, begins, strict=True) for turn in kind(f"c{at}", at)])


@example([(quarrel, 1), (chat, 31 * MINUTE_S), (quarrel, 1)], 1_000)
@given(SOME_TALKS, st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_the_alerts_of_any_recording_are_the_same_in_batches_of_any_size(talks: list[Any], size: int) -> None:
    scores, expected = as_lived(recording(talks))
    assert told_behind(Service, scores, size) == expected
