"""Keys whose records come from partitions of several processes, any of which may fire: as an agent's contacts do."""

from collections.abc import Callable, Generator, Iterator, Sequence

import msgspec
from hypothesis import given, settings, strategies as st

from tests.support.memory_store import MemoryStore
from tests.support.tally import QUIET_MS, Mark, Tally, TallyDomain
from warmline.store.incoming import Incoming
from warmline.store.outbox import Outcome
from warmline.store.processor import Processor
from warmline.store.store import StoreUnavailableError

TOPIC = "marks"
PROCESSES = 3

Logs = Sequence[Sequence[Mark]]


class Process:
    """Owns one partition; goes through the loop's steps one at a time, and may end after each."""

    def __init__(self, store: MemoryStore, partition: int, log: Sequence[Mark], published: list[Outcome]) -> None:
        self._store = store
        self._partition = partition
        self._log = log
        self._published = published
        self._committed = 0
        self.crash()

    @property
    def has_read_all(self) -> bool:
        return self._committed == len(self._log)

    def finish_round(self) -> None:
        self.step()
        while not self._between:
            self.step()

    def crash(self) -> None:
        """End here, and start again from the committed offset."""
        self._processor = Processor(TallyDomain(), self._store, lambda: 0, max_states=2)
        self._processor.committed(TOPIC, self._partition, self._committed)
        self._between = True
        self._life = self._live(self._committed)

    def step(self) -> None:
        next(self._life)

    def _live(self, position: int) -> Iterator[None]:
        while True:
            self._between = False
            batch = [
                Incoming(TOPIC, self._partition, offset, self._log[offset], None)
                for offset in range(position, min(position + 2, len(self._log)))
            ]
            position += len(batch)
            if batch:
                outcomes = yield from self._patiently(lambda: self._processor.process(batch))  # noqa: B023 # at once
                yield
                self._published += outcomes
                yield
                self._committed = position
                self._processor.committed(TOPIC, self._partition, position)
                self._processor.acknowledged()
                yield
            outcomes = yield from self._patiently(self._fire)
            yield
            if outcomes:
                self._published += outcomes
                yield
                self._processor.acknowledged()
                yield
            yield from self._patiently(self._processor.settle)
            self._between = True
            yield

    def _fire(self) -> list[Outcome]:
        newest = max((mark.at for mark in self._log[: self._committed]), default=0)
        return self._processor.fire(dict.fromkeys(range(self._store.buckets), newest))

    def _patiently(self, call: Callable[[], list[Outcome] | None]) -> Generator[None, None, list[Outcome]]:
        while True:
            try:
                return call() or []
            except StoreUnavailableError:
                yield


@st.composite
def logs(draw: st.DrawFn) -> Logs:
    of: list[list[Mark]] = [[] for _ in range(PROCESSES)]
    at = 10 * QUIET_MS
    for number in range(draw(st.integers(1, 25))):
        at += draw(st.sampled_from([10, 400, 3 * QUIET_MS]))
        key = draw(st.sampled_from("abc"))
        mark = Mark(key, f"{key}:{number}", at)
        of[draw(st.integers(0, PROCESSES - 1))] += [mark] * draw(st.sampled_from([1, 1, 1, 2]))
    return of


moves = st.lists(st.tuples(st.sampled_from([1, 1, 2, 3, 5, 9, "crash"]), st.integers(0, PROCESSES - 1)), max_size=60)
faults = st.sets(
    st.tuples(st.sampled_from(["load before", "write before", "write after", "settle before"]), st.integers(1, 40)),
    max_size=5,
)


@settings(max_examples=200, deadline=None)
@given(logs(), moves, faults)
def test_whatever_happens_nothing_is_lost_and_no_key_goes_back(
    of: Logs, schedule: Sequence[tuple[int | str, int]], fail_at: set[tuple[str, int]]
) -> None:
    store = MemoryStore()
    published: list[Outcome] = []
    store.fail_at = fail_at
    processes = [Process(store, number, log, published) for number, log in enumerate(of)]
    for move, number in schedule:
        if isinstance(move, str):
            processes[number].crash()
        else:
            for _ in range(move):
                processes[number].step()
    for process in processes * (len(of[0]) + len(of[1]) + len(of[2]) + 1):
        process.finish_round()
    assert all(process.has_read_all for process in processes)
    content: dict[str, bytes] = {}
    revisions: dict[str, list[int]] = {}
    for outcome in published:
        assert content.setdefault(outcome.id, outcome.value) == outcome.value, "a repeat differs"
        tally = msgspec.json.decode(outcome.value, type=Tally)
        of_key = revisions.setdefault(tally.key, [])
        if tally.revision not in of_key:
            of_key.append(tally.revision)
    for key, stored in store.states.items():
        revision = msgspec.msgpack.decode(stored.state, type=TallyDomain.state_type).revision
        assert revisions[key] == list(range(1, revision + 1)), key
