"""A due time counts once it is taken in for good: not when it fires, and again only where it fires again."""

import pytest

from tests.support.memory_store import MemoryStore
from tests.support.tally import QUIET_MS, Mark, TallyDomain
from warmline.store.incoming import Incoming
from warmline.store.processor import Processor
from warmline.store.store import StoreUnavailableError


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
