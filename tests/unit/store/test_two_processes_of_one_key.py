"""One process has a key's records, another its due times: neither goes by what it remembers, and nothing piles up."""

from collections import Counter
from collections.abc import Callable

import msgspec
import pytest
from msgspec import Struct

from tests.support.memory_store import MemoryStore
from tests.support.tally import QUIET_MS, Mark, Tally, TallyDomain, TallyState
from warmline.store.incoming import Incoming
from warmline.store.keyed import Stamps, Step
from warmline.store.outbox import Outcome, decode_outbox
from warmline.store.processor import Processor

TOPIC = "marks"
ROUNDS = 30
EVERY_MS = 10 * QUIET_MS


class Process:
    """A processor that owns one partition, and publishes and commits as the loop does."""

    def __init__(
        self, store: MemoryStore, partition: int, published: list[Outcome], domain: TallyDomain | None = None
    ) -> None:
        self._store = store
        self._partition = partition
        self._published = published
        self._offset = 0
        self.processor = Processor(domain or TallyDomain(), store, lambda: 0)

    def take(self, mark: Mark) -> None:
        incoming = Incoming(TOPIC, self._partition, self._offset, mark, None)
        self._offset += 1
        self._published += self.processor.process([incoming])
        self.processor.committed(TOPIC, self._partition, self._offset)
        self.processor.acknowledged()

    def fire(self, watermark_ms: int) -> list[str]:
        outcomes = self.processor.fire(dict.fromkeys(range(self._store.buckets), watermark_ms))
        self._published += outcomes
        self.processor.acknowledged()
        return [outcome.id for outcome in outcomes]

    def settle(self) -> None:
        self.processor.settle()


def mark(number: int) -> Mark:
    return Mark("a", f"a:{number}", EVERY_MS * (number + 1))


def quiet(number: int) -> str:
    return f"a/quiet:{mark(number).at}"


def due(number: int) -> int:
    return mark(number).at + QUIET_MS


def outbox(store: MemoryStore) -> list[Outcome]:
    return [outcome for entry in decode_outbox(store.states["a"].outbox) for outcome in entry.outcomes]


def test_what_another_process_made_due_fires_though_an_older_state_is_held() -> None:
    store, published = MemoryStore(), []
    first, second = (Process(store, partition, published) for partition in (0, 1))
    first.take(mark(0))
    assert first.fire(due(0)) == [quiet(0)]
    first.settle()
    second.take(mark(1))
    assert quiet(1) in first.fire(due(1))
    first.settle()
    assert store.dues == {}


def settled_before(first: Process, second: Process, number: int) -> None:
    """The other process writes between two of our rounds."""
    second.take(mark(number))
    first.fire(due(number))
    first.settle()


def settled_after(first: Process, second: Process, number: int) -> None:
    """The other process writes between our firing and our settling, which then finds another version."""
    first.fire(due(number - 1))
    second.take(mark(number))
    first.settle()


@pytest.mark.parametrize("meet", [settled_before, settled_after])
def test_by_turns_the_outbox_stays_small_and_each_process_says_a_thing_once(
    meet: Callable[[Process, Process, int], None],
) -> None:
    store, published = MemoryStore(), []
    first, second = (Process(store, partition, published) for partition in (0, 1))
    first.take(mark(0))
    for number in range(1, ROUNDS):
        meet(first, second, number)
        assert len(outbox(store)) <= 3, "what the last two writes gave, and no more"
    first.fire(due(ROUNDS - 1))
    assert max(Counter(outcome.id for outcome in published).values()) == 2, "once by each"
    ids = list(dict.fromkeys(outcome.id for outcome in published))
    assert {quiet(number) for number in range(ROUNDS)} <= set(ids)
    content = {outcome.id: msgspec.json.decode(outcome.value, type=Tally) for outcome in published}
    assert [content[each].revision for each in ids] == list(range(1, len(ids) + 1)), "in the order of the writes"


def test_three_processes_that_write_by_turns_hand_each_other_nothing_for_ever() -> None:
    store, published = MemoryStore(), []
    processes = [Process(store, partition, published) for partition in range(3)]
    processes[0].take(mark(0))
    processes[0].fire(due(0))
    for number in range(1, ROUNDS):
        processes[number % 3].take(Mark("a", f"a:{number}", mark(0).at + number))
        assert len(outbox(store)) <= 4
    assert max(Counter(outcome.id for outcome in published).values()) == 3


def test_a_due_time_that_was_not_settled_is_settled_later_and_not_published_again() -> None:
    store, published = MemoryStore(), []
    owner = Process(store, 0, published)
    owner.take(mark(0))
    owner.fire(due(0))
    store.settle = lambda _settles: None  # type: ignore[method-assign] # it never got there
    owner.settle()
    del store.settle  # type: ignore[method-assign]
    assert store.dues == {"a": due(0)}
    assert owner.fire(due(0)) == []
    owner.settle()
    assert store.dues == {}


def test_a_state_that_is_never_held_for_long_has_a_small_outbox_too() -> None:
    store, published = MemoryStore(), []
    owner = Process(store, 0, published)
    owner.processor = Processor(TallyDomain(), store, lambda: 0, max_states=2)
    for number in range(ROUNDS):
        for key in "abcd":
            owner.take(Mark(key, f"{key}:{number}", mark(number).at))
        owner.fire(due(number))
        owner.settle()
        assert len(outbox(store)) <= 2
    assert max(Counter(outcome.id for outcome in published).values()) == 1


def test_however_many_states_there_were_no_more_are_held_and_no_more_is_known_of_the_others_than_is_allowed() -> None:
    store, published = MemoryStore(buckets=1), list[Outcome]()
    owner = Process(store, 0, published)
    owner.processor = Processor(TallyDomain(), store, lambda: 0, max_states=3)
    keys = [f"key-{number}" for number in range(ROUNDS)]
    for key in keys:
        owner.take(Mark(key, f"{key}:0", 1))
        assert owner.processor.live_states <= 3
    owner.fire(2 * QUIET_MS)
    owner.settle()
    for key in keys:
        owner.take(Mark(f"another {key}", f"another {key}:0", 3 * QUIET_MS))
    assert len(published) == 3 * ROUNDS
    assert owner.processor.live_states <= 3
    assert len(owner.processor._held._done) <= 3


def test_what_a_write_has_taken_out_of_the_outbox_is_remembered_no_longer() -> None:
    store, published = MemoryStore(), list[Outcome]()
    owner = Process(store, 0, published)
    for number in range(ROUNDS):
        owner.take(mark(number))
        owner.fire(due(number))
        owner.settle()
    assert len(owner.processor._held["a"].done) <= 1, "what the last due time gave"


def test_a_due_time_of_a_state_that_has_expired_goes_with_it_and_nothing_is_held() -> None:
    store, published = MemoryStore(), list[Outcome]()
    Process(store, 0, published).take(mark(0))
    store.states.clear()
    owner = Process(store, 0, published)
    assert owner.fire(due(0)) == []
    owner.settle()
    assert store.dues == {}
    assert owner.processor.live_states == 0


def test_a_due_time_that_another_process_got_ahead_of_is_looked_at_again_and_the_meeting_is_told() -> None:
    """Until then not all is taken in that was due, and nobody may be told that it is."""
    store, published, met = MemoryStore(), list[Outcome](), list[int]()
    first, second = (Process(store, partition, published) for partition in (0, 1))
    first.processor = Processor(TallyDomain(), store, lambda: 0, conflict=lambda: met.append(1))
    first.take(mark(0))

    def get_ahead() -> None:
        store.before_write = lambda: None
        second.take(Mark("a", "a:ahead", mark(0).at + 1))

    store.before_write = get_ahead
    assert first.fire(due(0)) == []
    assert not first.processor.fired_all
    assert len(met) == 1
    first.settle()
    assert first.fire(due(1))
    assert first.processor.fired_all


class NeverDone(TallyDomain):
    """Stays due whatever is taken in, and gives out nothing."""

    def __init__(self) -> None:
        self.asked = 0

    def due(self, state: TallyState) -> int | None:
        return state.newest + QUIET_MS

    def fire(self, state: TallyState, watermark_ms: int, stamps: Stamps) -> Step[TallyState]:
        self.asked += 1
        assert self.asked < ROUNDS, "it is asked for ever"
        return Step(state, "ignored")


def test_a_domain_that_does_not_take_in_what_is_due_is_asked_once_a_look() -> None:
    store, published, domain = MemoryStore(), list[Outcome](), NeverDone()
    owner = Process(store, 0, published, domain)
    owner.take(mark(0))
    for look in range(1, 4):
        owner.fire(due(5))
        owner.settle()
        assert domain.asked == look
    assert store.dues == {"a": due(0)}


class Words(TallyDomain):
    """As feedback on alerts: a word on a mark is ignored where no such mark is known."""

    def apply(self, state: TallyState | None, event: Struct, stamps: Stamps) -> Step[TallyState]:
        assert isinstance(event, Mark)
        about = event.mark_id.removeprefix("word:")
        if about != event.mark_id and about not in (state or TallyState()).marks:
            return Step(state or TallyState(), "ignored")
        return super().apply(state, event, stamps)


def test_a_word_on_what_another_process_has_stored_meanwhile_is_not_ignored_by_what_this_one_remembers() -> None:
    store, published = MemoryStore(buckets=1), []
    marks, words = (Process(store, partition, published, Words()) for partition in (0, 1))
    for number in range(3):
        marks.take(mark(number))
        words.take(Mark("a", f"word:a:{number}", mark(number).at + 1))
    wanted = [f"a/word:a:{number}" for number in range(3)]
    assert list(dict.fromkeys(outcome.id for outcome in published if "word" in outcome.id)) == wanted


def test_a_word_on_what_nobody_has_stored_is_ignored_and_changes_nothing() -> None:
    store, published = MemoryStore(buckets=1), []
    words = Process(store, 1, published, Words())
    words.take(Mark("a", "word:a:0", 1))
    assert store.states == {}
    words.take(mark(1))
    before = store.states["a"]
    words.take(Mark("a", "word:a:0", 1))
    assert store.states["a"] == before
    assert [outcome.id for outcome in published] == ["a/a:1"]
