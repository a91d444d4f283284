"""A service's handler takes over from one that died between storing and publishing, and its first read is empty."""

from collections.abc import Sequence

from tests.support.handlers import stateful
from tests.support.memory_store import MemoryStore
from tests.support.tally import QUIET_MS, Mark, TallyDomain
from warmline.bus.record import Record
from warmline.bus.stateful import StatefulHandler
from warmline.contracts.topics import CONVERSATION_SCORES
from warmline.store.outbox import Outcome

PLACE = (CONVERSATION_SCORES, 0)


def handler(store: MemoryStore) -> StatefulHandler:
    return stateful(TallyDomain(), store, lambda: QUIET_MS)


def batch(marks: Sequence[Mark]) -> list[tuple[Record, Mark]]:
    return [(Record(*PLACE, offset, None, None, lambda: None, 0), mark) for offset, mark in enumerate(marks)]


def ids(outcomes: list[Outcome]) -> list[str]:
    return [outcome.id for outcome in outcomes]


def test_due_times_do_not_overtake_what_was_stored_and_not_yet_published() -> None:
    store = MemoryStore(buckets=1)
    stored = batch([Mark("a", "a:0", 1), Mark("b", "b:1", 2 * QUIET_MS)])
    dies = handler(store)
    dies.assigned({PLACE: 0})
    first = ids(dies.handle(stored[:1])) + ids(dies.handle(stored[1:]))
    follows = handler(store)
    follows.assigned({PLACE: 0})
    assert ids(follows.tick()) == ["a/a:0", "a/quiet:1"], "the clock that was saved makes it due"
    follows.acknowledged([])
    follows.settle()
    assert ids(follows.handle(stored)) == first[1:]


def test_what_the_committed_offset_acknowledges_is_not_published_again_by_a_due_time() -> None:
    store = MemoryStore(buckets=1)
    dies = handler(store)
    dies.assigned({PLACE: 0})
    for each in batch([Mark("a", "a:0", 1), Mark("b", "b:1", 2 * QUIET_MS)]):
        dies.handle([each])
    follows = handler(store)
    follows.assigned({PLACE: 2})
    assert ids(follows.tick()) == ["a/quiet:1"]


def test_what_fell_due_within_a_batch_comes_again_with_its_records() -> None:
    store = MemoryStore(buckets=1)
    stored = batch([Mark("a", "a:0", 1), Mark("b", "b:1", 2 * QUIET_MS)])
    dies = handler(store)
    dies.assigned({PLACE: 0})
    first = ids(dies.handle(stored))
    assert first == ["a/a:0", "a/quiet:1", "b/b:1"]
    follows = handler(store)
    follows.assigned({PLACE: 0})
    assert ids(follows.tick()) == []
    assert ids(follows.handle(stored)) == first


def test_what_a_stalled_owner_fires_within_records_that_another_has_done_stays_due() -> None:
    """Nobody reads these records again: the due time alone brings it back."""
    store = MemoryStore(buckets=1)
    first, second = batch([Mark("a", "a:0", 1), Mark("b", "b:1", 9 * QUIET_MS)])
    stalled, owner = handler(store), handler(store)
    stalled.assigned({PLACE: 0})
    owner.assigned({PLACE: 0})
    owner.handle([first])
    owner.committed({PLACE: 1})
    owner.acknowledged([])
    stalled.handle([first, second])  # and it never publishes that: it is fenced
    published = ids(owner.handle([second]))
    owner.committed({PLACE: 2})
    owner.acknowledged([])
    assert sorted([*published, *ids(owner.tick())]) == ["a/quiet:1", "b/b:1"]


def test_what_fell_due_within_a_batch_that_has_no_record_of_it_is_due_until_it_is_acknowledged() -> None:
    store = MemoryStore(buckets=1)
    first, second = batch([Mark("a", "a:0", 1), Mark("b", "b:1", 9 * QUIET_MS)])
    dies = handler(store)
    dies.assigned({PLACE: 0})
    dies.handle([first])
    dies.committed({PLACE: 1})
    dies.acknowledged([])
    assert ids(dies.handle([second])) == ["a/quiet:1", "b/b:1"]
    follows = handler(store)
    follows.assigned({PLACE: 1})
    assert ids(follows.tick()) == ["a/quiet:1"]
    assert ids(follows.handle([second])) == ["b/b:1"]


def test_a_batch_that_begins_again_before_it_was_published_gives_all_of_it_again() -> None:
    store = MemoryStore(buckets=1)
    first, second, third = batch([Mark("a", "a:0", 1), Mark("b", "b:1", 9 * QUIET_MS), Mark("b", "b:2", 99 * QUIET_MS)])
    owner = handler(store)
    owner.assigned({PLACE: 0})
    owner.handle([first])
    owner.committed({PLACE: 1})
    owner.acknowledged([])
    given = ids(owner.handle([second, third]))
    assert given == ["a/quiet:1", "b/b:1", f"b/quiet:{9 * QUIET_MS}", "b/b:2"]
    owner.begin()
    again = ids(owner.handle([second, third])) + ids(owner.tick())
    assert sorted(again) == sorted(given)
    owner.acknowledged([])
    owner.settle()
    assert ids(owner.tick()) == []
    assert store.dues == {"b": 100 * QUIET_MS}


def test_what_comes_of_a_log_that_has_lost_its_end_does_not_count_as_acknowledged() -> None:
    """Offsets begin anew below what was committed of the log before: nothing of the new one is committed."""
    store = MemoryStore(buckets=1)
    stored = batch([Mark("a", "a:0", 1)])
    dies = handler(store)
    dies.assigned({PLACE: 51})
    first = ids(dies.handle(stored))
    follows = handler(store)
    follows.assigned({PLACE: 51})
    assert ids(follows.handle(stored)) == first == ["a/a:0"]
