"""A due time counts once it is taken in for good: not when it fires, and again only where it fires again.

What the domain learns at one is told once it is stored, as what it learns of a record.
"""

import pytest

from tests.support.memory_store import MemoryStore
from tests.support.tally import QUIET_MS, Mark, TallyDomain
from warmline.store.incoming import Incoming
from warmline.store.outbox import Outcome
from warmline.store.processor import Processor
from warmline.store.store import StoreUnavailableError
from warmline.store.timeline import Timeline


def test_due_times_are_counted_when_they_are_settled() -> None:
    store, counted = MemoryStore(), []
    owner = Processor(TallyDomain(), store, lambda: 0, settled=counted.append)
    owner.process([Incoming("marks", 0, place, Mark(key, f"{key}:0", 1), None) for place, key in enumerate("abc")])
    owner.acknowledged()
    assert owner.fire(dict.fromkeys(range(store.buckets), 10 * QUIET_MS))
    owner.acknowledged()
    assert counted == []
    store.fail_at = {("settle before", 1)}
    with pytest.raises(StoreUnavailableError):
        owner.settle()
    assert counted == [], "the store was away: they fire again"
    store.fail_at = set()
    owner.fire(dict.fromkeys(range(store.buckets), 10 * QUIET_MS))
    owner.acknowledged()
    owner.settle()
    assert sum(counted) == 3


def test_due_times_within_a_batch_are_counted_with_it() -> None:
    store, counted = MemoryStore(), []
    owner = Processor(TallyDomain(), store, lambda: 0, settled=counted.append)
    timeline = Timeline(1, {0: None})
    marks = [Mark("a", "a:0", 1), Mark("b", "b:0", 9 * QUIET_MS), Mark("a", "a:1", 99 * QUIET_MS)]
    for place, mark in enumerate(marks):
        timeline.goes_on(0, place, mark.at)
    timeline.look_at(0, list(range(store.buckets)))
    owner.process([Incoming("marks", 0, place, mark, None) for place, mark in enumerate(marks)], timeline)
    owner.acknowledged()
    owner.settle()
    assert counted == [2], "a was quiet once by then, and b"


def test_what_one_part_of_a_batch_made_due_does_not_come_again_with_the_next_part() -> None:
    """It stays due in the store until it is acknowledged, and the next part finds it there."""
    store, counted = MemoryStore(), list[int]()
    owner = Processor(TallyDomain(), store, lambda: 0, settled=counted.append)
    owner.process([Incoming("marks", 0, 0, Mark("a", "a:0", 1), None)])
    owner.acknowledged()
    given: list[Outcome] = []
    for place, mark in enumerate([Mark("b", "b:0", 9 * QUIET_MS), Mark("b", "b:1", 9 * QUIET_MS + 1)]):
        timeline = Timeline(1, {0: mark.at})
        timeline.goes_on(0, place, mark.at)
        timeline.look_at(0, list(range(store.buckets)))
        given += owner.process([Incoming("marks", 0, 1 + place, mark, None)], timeline)
    assert [outcome.id for outcome in given] == ["a/quiet:1", "b/b:0", "b/b:1"]
    owner.acknowledged()
    owner.settle()
    assert counted == [1]


def test_what_is_learnt_at_due_times_is_told_once_and_as_what_is_learnt_of_records() -> None:
    store, learnt = MemoryStore(), []
    owner = Processor(TallyDomain(), store, lambda: 0, learn=learnt.append)
    owner.process([Incoming("marks", 0, 0, Mark("a", "a:0", 1), None)])
    owner.acknowledged()
    assert [each.cause for each in learnt] == ["a:0"]
    later = dict.fromkeys(range(store.buckets), 10 * QUIET_MS)
    store.fail_at = {("write before", 2)}
    with pytest.raises(StoreUnavailableError):
        owner.fire(later)
    assert len(learnt) == 1, "not stored, not told"
    store.fail_at = set()
    assert owner.fire(later)
    assert owner.fire(later), "given out again until it is settled"
    owner.acknowledged()
    owner.settle()
    assert [each.cause for each in learnt] == ["a:0", "quiet:1"]
