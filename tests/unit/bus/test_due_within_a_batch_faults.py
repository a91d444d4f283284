"""What falls due within a batch in which something fails: nothing early, nothing twice, and no record is blamed."""

from collections.abc import Collection, Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings, strategies as st

from tests.support.handlers import stateful
from tests.support.memory_store import MemoryStore
from tests.support.tally import QUIET_MS, Mark, TallyDomain, TallyState
from tests.unit.backtest.ear import chat, quarrel
from tests.unit.bus.test_due_within_a_batch import SOME_TALKS, Service, as_lived, recording, told_behind
from warmline.bus.poison import Isolation
from warmline.bus.record import Record
from warmline.bus.stateful import TICK_MS
from warmline.contracts.topics import CONVERSATION_SCORES
from warmline.store.keyed import Stamps, Step
from warmline.store.outbox import Outcome
from warmline.store.progress import ProgressStore, Told, Upstream
from warmline.store.store import StoreUnavailableError

PLACE = (CONVERSATION_SCORES, 0)


class Owner:
    """A handler of one partition, and what its loop does."""

    def __init__(
        self, store: MemoryStore, domain: TallyDomain | None = None, upstream: ProgressStore | None = None
    ) -> None:
        self.now_ms = 1_000_000_000
        heard = Upstream(upstream, lambda: self.now_ms, lambda _behind: None) if upstream else None
        self.handler = stateful(domain or TallyDomain(), store, lambda: self.now_ms, upstream=heard)
        self.handler.assigned({PLACE: 0})
        self.offset = 0
        self.letters: list[str] = []

    def take(self, *marks: Mark) -> list[str]:
        """Return what comes of a batch; what cannot be borne is a letter."""
        batch = []
        for mark in marks:
            batch.append((Record(*PLACE, self.offset, None, None, lambda: None, 0), mark))
            self.offset += 1
        self.handler.begin()
        outcomes, letters = Isolation(self.handler).handle(batch)
        self.letters += [letter.reason for letter in letters]
        return self._done(outcomes)

    def look(self) -> list[str]:
        """Return what comes of the look between batches."""
        self.now_ms += TICK_MS
        ids = self._done(self.handler.tick())
        self.handler.settle()
        return ids

    def _done(self, outcomes: list[Outcome]) -> list[str]:
        self.handler.committed({PLACE: self.offset})
        self.handler.acknowledged(outcomes)
        return [outcome.id for outcome in outcomes]


class Failing(TallyDomain):
    """Cannot fire the key `bad`, nor apply the mark `poison`."""

    def apply(self, state: TallyState | None, event: object, stamps: Stamps) -> Step[TallyState]:
        assert isinstance(event, Mark)
        if event.mark_id == "poison":
            raise ZeroDivisionError
        return super().apply(state, event, stamps)

    def fire(self, state: TallyState, watermark_ms: int, stamps: Stamps) -> Step[TallyState]:
        if state.marks[0].startswith("bad"):
            raise ZeroDivisionError
        return super().fire(state, watermark_ms, stamps)


def test_a_due_time_that_fails_stops_the_service_and_makes_no_dead_letters() -> None:
    owner = Owner(MemoryStore(buckets=1), Failing())
    owner.take(Mark("bad", "bad:0", 1))
    assert owner.take(Mark("good", "good:0", 9 * QUIET_MS)) == ["good/good:0"]
    assert owner.letters == []
    with pytest.raises(ZeroDivisionError):
        owner.look()


def test_a_record_after_the_due_time_keeps_its_own_though_a_poisonous_one_came_with_both() -> None:
    """The file's next records may still come: half a minute more, and not at once."""
    store = MemoryStore(buckets=1)
    owner = Owner(store, Failing())
    owner.take(Mark("a", "a:0", 1))
    given = owner.take(
        Mark("b", "b:1", 100 * QUIET_MS), Mark("a", "a:2", 3 * QUIET_MS), Mark("c", "poison", 100 * QUIET_MS)
    )
    assert owner.letters == ["processing_failed"]
    assert sorted(given) == ["a/a:2", "a/quiet:1", "b/b:1"]
    owner.look()
    assert store.dues["a"] == 130 * QUIET_MS


class Mixed(ProgressStore):
    """A service upstream that reads another number of partitions, and stands still."""

    def tell(self, told: Told) -> None:
        raise AssertionError("nobody tells here")

    def hear(self, partitions: Collection[int], of: int) -> Told:
        return Told(of + 1, dict.fromkeys(range(of + 1), 0), aligned=True)


def test_nothing_falls_due_within_the_first_batch_before_it_is_known_how_the_service_before_reads() -> None:
    store = MemoryStore(buckets=1)
    Owner(store, upstream=Mixed()).take(Mark("a", "a:0", 1))
    again = Owner(store, upstream=Mixed())
    assert again.take(Mark("b", "b:1", 100 * QUIET_MS)) == ["b/b:1"]
    assert again.look() == []


class Forgetful(Service):
    """Cannot save its clocks at the first try of each batch."""

    def attempt(self, batch: Sequence[tuple[Record, object]]) -> list[Outcome]:
        save, self.store.save_clock = self.store.save_clock, _fail  # type: ignore[method-assign]
        with pytest.raises(StoreUnavailableError):
            super().attempt(batch)
        self.store.save_clock = save  # type: ignore[method-assign]
        return super().attempt(batch)


class Dying(Service):
    """Dies of each batch once, when its states and its clock are stored and nothing is published."""

    def attempt(self, batch: Sequence[tuple[Record, object]]) -> list[Outcome]:
        super().attempt(batch)
        self._handler = self.owner(batch[0][0].offset)
        return super().attempt(batch)


class DyingSooner(Service):
    """Dies of each batch once, when its states are stored and its clock is not."""

    def attempt(self, batch: Sequence[tuple[Record, object]]) -> list[Outcome]:
        clocks = dict(self.store.clocks)
        super().attempt(batch)
        self.store.clocks = clocks
        self._handler = self.owner(batch[0][0].offset)
        return super().attempt(batch)


class Repeating(Service):
    """Handles each batch twice, as where partitions were lost before it was published."""

    def attempt(self, batch: Sequence[tuple[Record, object]]) -> list[Outcome]:
        super().attempt(batch)
        return super().attempt(batch)


def _fail(_partition: int, _watermark_ms: int, _wall_ms: int) -> None:
    raise StoreUnavailableError("as the test wants")


@pytest.mark.parametrize("kind", [Forgetful, Dying, DyingSooner, Repeating])
@example([(quarrel, 1), (chat, 2 * 86_400)], 8)
@example([(quarrel, 1), (chat, 2 * 86_400)], 100)
@given(SOME_TALKS, st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_batches_that_begin_again_tell_the_same_alerts(kind: type[Service], talks: list[Any], size: int) -> None:
    scores, expected = as_lived(recording(talks))
    assert told_behind(kind, scores, size) == expected


def test_a_look_that_failed_is_taken_again_before_the_next_batch() -> None:
    store = MemoryStore(buckets=1)
    owner = Owner(store)
    owner.take(Mark("a", "a:0", 1))
    owner.look()
    owner.handler.caught_up(*PLACE, owner.now_ms)
    owner.now_ms += 100 * QUIET_MS
    owner.handler.caught_up(*PLACE, owner.now_ms)
    due, store.due = store.due, _nothing_due  # type: ignore[method-assign]
    owner.now_ms += TICK_MS
    with pytest.raises(StoreUnavailableError):
        owner.handler.tick()
    store.due = due  # type: ignore[method-assign]
    assert [outcome.id for outcome in owner.handler.tick()] == ["a/quiet:1"], "as the loop asks again"


def _nothing_due(_watermarks: object, _limit: int) -> list[tuple[str, int]]:
    raise StoreUnavailableError("as the test wants")
