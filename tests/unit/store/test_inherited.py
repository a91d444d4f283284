"""What a state's last owner stored and may not have published: it comes before anything newer, and in its place."""

import pytest

from tests.support.memory_store import MemoryStore
from tests.support.tally import QUIET_MS, Mark, TallyDomain
from warmline.store.incoming import Incoming
from warmline.store.outbox import Outcome, decode_outbox
from warmline.store.processor import Processor
from warmline.store.store import StoreUnavailableError

TOPIC = "marks"


def incoming(offset: int, key: str, at: int | None = None, partition: int = 0) -> Incoming:
    return Incoming(TOPIC, partition, offset, Mark(key, f"{key}:{offset}", at or offset + 1), None)


def processor(store: MemoryStore) -> Processor:
    return Processor(TallyDomain(), store, lambda: 0)


def ids(outcomes: list[Outcome]) -> list[str]:
    return [outcome.id for outcome in outcomes]


def fired(owner: Processor, store: MemoryStore, at: int = 10 * QUIET_MS) -> list[str]:
    return ids(owner.fire(dict.fromkeys(range(store.buckets), at)))


def test_a_due_time_does_not_overtake_what_was_stored_before_it() -> None:
    store = MemoryStore()
    processor(store).process([incoming(0, "a"), incoming(1, "a")])  # and dies before it publishes
    owner = processor(store)
    assert fired(owner, store) == ["a/a:0", "a/a:1", "a/quiet:2"]
    owner.acknowledged()
    owner.settle()
    assert owner.process([incoming(0, "a"), incoming(1, "a")]) == [], "acknowledged by now"


def test_a_new_record_does_not_overtake_what_another_partition_is_still_to_bring_again() -> None:
    store = MemoryStore()
    processor(store).process([incoming(0, "a")])
    assert ids(processor(store).process([incoming(7, "a", partition=1)])) == ["a/a:0", "a/a:7"]


def test_what_is_published_again_comes_in_the_place_of_its_record() -> None:
    """A reader's watermark must not run ahead of the keys that come last in a batch."""
    store = MemoryStore()
    batch = [incoming(0, "a"), incoming(1, "b"), incoming(2, "a"), incoming(3, "b")]
    first = ids(processor(store).process(batch))
    again = processor(store)
    assert ids(again.process(batch[:2])) == first[:2], "the rest comes with its own records"
    again.acknowledged()
    assert ids(again.process(batch[2:])) == first[2:]


def test_what_the_committed_offset_says_is_acknowledged_is_not_published_again() -> None:
    store = MemoryStore()
    processor(store).process([incoming(0, "a"), incoming(1, "a")])
    owner = processor(store)
    owner.committed(TOPIC, 0, 1)
    assert fired(owner, store) == ["a/a:1", "a/quiet:2"]


def test_what_is_acknowledged_by_now_is_not_written_again() -> None:
    store = MemoryStore()
    owner = processor(store)
    owner.process([incoming(0, "a")])
    owner.committed(TOPIC, 0, 1)
    owner.process([incoming(1, "a")])
    assert [entry.offset for entry in decode_outbox(store.states["a"].outbox)] == [1]


def test_what_was_committed_before_partitions_went_says_nothing_of_their_log_when_others_read_it() -> None:
    """It may have been made anew meanwhile: what its next owner stores has offsets that were committed once."""
    store = MemoryStore()
    owner = processor(store)
    owner.committed(TOPIC, 0, 50)
    owner.forget_all()
    processor(store).process([incoming(0, "a")])  # and dies before it publishes
    assert fired(owner, store) == ["a/a:0", "a/quiet:1"]


def test_of_each_outcome_that_is_published_again_it_is_told() -> None:
    store, again = MemoryStore(), list[int]()
    processor(store).process([incoming(0, "a"), incoming(1, "a"), incoming(2, "b")])
    owner = Processor(TallyDomain(), store, lambda: 0, republish=again.append)
    assert len(owner.process([incoming(0, "a"), incoming(1, "a"), incoming(2, "b"), incoming(3, "b")])) == 4
    assert sum(again) == 3


def test_what_a_due_time_gave_is_published_with_whatever_comes_first_of_its_state() -> None:
    """A later write may have moved the due time on, and then no due time brings it back."""
    store = MemoryStore()
    owner = processor(store)
    owner.process([incoming(0, "a")])
    owner.committed(TOPIC, 0, 1)
    owner.acknowledged()
    fired(owner, store)  # and dies before it publishes
    owner = processor(store)
    owner.committed(TOPIC, 0, 1)
    assert ids(owner.process([incoming(0, "a")])) == ["a/quiet:1"]


def test_what_was_given_out_and_lost_with_a_later_fault_is_given_out_again() -> None:
    """Records are tried one by one where one of them may be poison: one that fails takes the others' outcomes along."""
    store = MemoryStore()
    processor(store).process([incoming(0, "a"), incoming(1, "a")])
    owner = processor(store)
    assert ids(owner.process([incoming(0, "a")])) == ["a/a:0"]
    store.fail_at = {("load before", 3)}
    with pytest.raises(StoreUnavailableError):
        owner.process([incoming(2, "b")])
    assert ids(owner.process([incoming(2, "b")])) == ["b/b:2"]
    owner.acknowledged()
    assert ids(owner.process([incoming(1, "a")])) == ["a/a:0", "a/a:1"]


def test_a_record_that_came_in_here_is_repeated_after_what_was_inherited() -> None:
    store = MemoryStore()
    processor(store).process([incoming(0, "a")])
    owner = processor(store)
    both = ["a/a:0", "a/a:7"]
    assert ids(owner.process([incoming(7, "a", partition=1)])) == both
    assert ids(owner.process([incoming(7, "a", partition=1)])) == both, "nothing was acknowledged in between"
    owner.acknowledged()
    assert ids(owner.process([incoming(7, "a", partition=1)])) == both[1:], "it is not committed"


def test_what_was_said_of_a_conversation_that_is_over_is_not_held_once_it_is_acknowledged() -> None:
    """No write comes that would drop it: a replay of many conversations would hold all that it ever published."""
    owner = processor(MemoryStore())
    owner.process([incoming(offset, "a") for offset in range(30)])
    assert len(owner._held["a"].recorded) == 30
    owner.committed(TOPIC, 0, 29)
    owner.acknowledged()
    assert [entry.offset for entry in owner._held["a"].recorded] == [29], (
        "what is not committed may have to be said again"
    )
    owner.committed(TOPIC, 0, 30)
    owner.process([incoming(29, "a")])
    owner.acknowledged()
    assert owner._held["a"].recorded == []
