"""A service's handler takes over from one that died between storing and publishing, and its first read is empty."""

from collections.abc import Sequence

import pytest

from tests.support.handlers import stateful
from tests.support.memory_store import MemoryStore
from tests.support.tally import QUIET_MS, Mark, TallyDomain
from warmline.bus.record import Record
from warmline.bus.stateful import TICK_MS, StatefulHandler
from warmline.contracts.times import Times
from warmline.contracts.topics import CONVERSATION_SCORES, ESCALATION_FEEDBACK
from warmline.store.outbox import Outcome
from warmline.store.processor import DUE_LIMIT
from warmline.store.store import StoreUnavailableError

PLACE = (CONVERSATION_SCORES, 0)


def handler(store: MemoryStore) -> StatefulHandler:
    return stateful(TallyDomain(), store, lambda: QUIET_MS)


def other(offset: int, mark: Mark) -> tuple[Record, Mark]:
    """Return a record of another partition."""
    return Record(CONVERSATION_SCORES, 1, offset, None, None, lambda: None, 0), mark


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


def test_what_was_committed_of_a_partition_that_has_gone_says_nothing_of_what_its_next_owner_stores() -> None:
    """Its log may have been made anew: what was committed of the one before would swallow what nobody has published."""
    store = MemoryStore(buckets=2)
    owner, dies = (stateful(TallyDomain(), store, lambda: QUIET_MS, partitions=2) for _ in range(2))
    owner.assigned({PLACE: 50})
    owner.assigned({(CONVERSATION_SCORES, 1): 0})
    dies.assigned({PLACE: 0})
    dies.handle(batch([Mark("a", "a:0", 1)]))
    assert ids(owner.handle([other(0, Mark("a", "a:1", 2))])) == ["a/a:0", "a/a:1"]


def test_that_a_second_topic_is_silent_makes_nothing_due() -> None:
    """Scores wait unread while nobody gives feedback: time must not go on past them."""
    now_ms = QUIET_MS
    topics = (CONVERSATION_SCORES, ESCALATION_FEEDBACK)
    owner = stateful(TallyDomain(), MemoryStore(buckets=1), lambda: now_ms, topics=topics)
    owner.assigned({PLACE: 0, (ESCALATION_FEEDBACK, 0): 0})
    owner.handle(batch([Mark("a", "a:0", QUIET_MS)]))
    owner.acknowledged([])
    now_ms += 9 * QUIET_MS
    owner.caught_up(ESCALATION_FEEDBACK, 0, now_ms)
    assert ids(owner.tick()) == []
    owner.caught_up(*PLACE, now_ms)
    now_ms += TICK_MS
    assert ids(owner.tick()) == [f"a/quiet:{QUIET_MS}"]


def test_more_than_is_taken_in_at_once_comes_with_the_next_batch_though_time_hardly_goes_on() -> None:
    owner = handler(MemoryStore(buckets=1))
    owner.assigned({PLACE: 0})

    def taken(first_offset: int, marks: Sequence[Mark]) -> list[str]:
        records = (Record(*PLACE, first_offset + place, None, None, lambda: None, 0) for place in range(len(marks)))
        given = ids(owner.handle(list(zip(records, marks, strict=True))))
        owner.acknowledged([])
        owner.settle()
        return given

    taken(0, [Mark(f"k{number}", f"k{number}:0", 1) for number in range(DUE_LIMIT + 50)])
    first = taken(1_000, [Mark("b", "b:0", 9 * QUIET_MS)])
    rest = taken(1_001, [Mark("b", "b:1", 9 * QUIET_MS + 1)])
    assert (len(first), len(rest)) == (DUE_LIMIT + 1, 50 + 1)
    assert rest[-1] == "b/b:1", "what was due comes before the record that follows it"


def test_a_batch_whose_time_could_not_be_saved_makes_nothing_due() -> None:
    """Its partition may go and come back while it is held, and then its records are read again after what is due."""
    store = MemoryStore(buckets=1)
    owner = handler(store)
    owner.assigned({PLACE: 0})
    first, second = batch([Mark("a", "a:0", 1), Mark("b", "b:0", 9 * QUIET_MS)])
    owner.handle([first])
    owner.acknowledged([])
    save, store.save_clock = store.save_clock, _away  # type: ignore[method-assign, assignment]
    with pytest.raises(StoreUnavailableError):
        owner.handle([second])
    store.save_clock = save  # type: ignore[method-assign]
    owner.assigned({PLACE: 1})
    assert ids(owner.tick()) == []
    assert ids(owner.handle([second])) == ["a/quiet:1", "b/b:0"]


def _away(_partition: int, _watermark_ms: int, _wall_ms: int) -> None:
    raise StoreUnavailableError("as the test wants")


class TimedMark(Mark, frozen=True):
    times: Times = Times(spoken=1)


def test_the_age_of_an_outcome_is_from_when_its_turn_came_to_the_first_service() -> None:
    """Where the event carries that; else it is from when this record came."""
    owner = handler(MemoryStore(buckets=1))
    owner.assigned({PLACE: 0})
    marks = [
        Mark("a", "a:0", 1),
        TimedMark("a", "a:1", 1),
        TimedMark("a", "a:2", 1, times=Times(spoken=1, received=7, scored=8)),
    ]
    records = [Record(*PLACE, offset, None, None, lambda: None, 9) for offset in range(len(marks))]
    outcomes = owner.handle(list(zip(records, marks, strict=True)))
    assert [outcome.received_ms for outcome in outcomes] == [9, 9, 7]


@pytest.mark.parametrize("timestamp_ms", [-1, 0, 10**15])
def test_a_record_without_a_time_that_an_event_can_carry_was_received_at_no_time(timestamp_ms: int) -> None:
    """Whoever reads what comes of it would refuse it for that: the turn would be lost on the way."""
    service = handler(MemoryStore(buckets=1))
    service.assigned({PLACE: 0})
    record = Record(*PLACE, 0, None, None, lambda: None, timestamp_ms)
    (outcome, *_) = service.handle([(record, Mark("a", "a:0", 1))])
    assert outcome.received_ms is None


def test_time_that_another_owner_brought_on_counts_where_a_partition_came_back_before_it_was_missed() -> None:
    store = MemoryStore(buckets=1)
    service, another = handler(store), handler(store)
    first, second = batch([Mark("a", "a:0", 1), Mark("b", "b:1", 2 * QUIET_MS)])
    service.assigned({PLACE: 0})
    service.handle([first])
    service.acknowledged([])
    another.assigned({PLACE: 1})
    another.handle([second])
    service.assigned({PLACE: 2})
    assert ids(service.tick()) == ["a/quiet:1"]
