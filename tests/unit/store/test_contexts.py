"""Which trace an outcome belongs to: its cause's; a due time's is the latest cause's; a repeat's is the stored one."""

from tests.support.memory_store import MemoryStore
from tests.support.tally import QUIET_MS, Mark, TallyDomain
from warmline.store.incoming import Incoming
from warmline.store.outbox import Outcome, decode_outbox
from warmline.store.processor import Processor
from warmline.telemetry.trace_context import Context, checked

TOPIC = "marks"


def context(number: int) -> Context:
    return checked(f"00-{number:032x}-{number:016x}-01".encode())


def incoming(offset: int, key: str = "a", at: int = 0, carries: Context = ()) -> Incoming:
    return Incoming(TOPIC, 0, offset, Mark(key, f"{key}:{offset}", at), None, carries)


def processor(store: MemoryStore) -> Processor:
    return Processor(TallyDomain(), store, lambda: 0)


def contexts(outcomes: list[Outcome]) -> list[Context]:
    return [outcome.context for outcome in outcomes]


def fired(owner: Processor, store: MemoryStore) -> list[Outcome]:
    return owner.fire(dict.fromkeys(range(store.buckets), 10 * QUIET_MS))


def test_an_outcome_has_the_context_of_its_cause() -> None:
    batch = [incoming(0, "a", carries=context(1)), incoming(1, "b"), incoming(2, "a", at=1, carries=context(3))]
    assert contexts(processor(MemoryStore()).process(batch)) == [context(1), (), context(3)]


def test_a_due_time_goes_on_with_the_latest_cause_as_far_as_this_process_saw_it() -> None:
    store = MemoryStore()
    owner = processor(store)
    owner.process([incoming(0, carries=context(1)), incoming(1, at=1, carries=context(2))])
    owner.acknowledged()
    other = processor(store)
    other.committed(TOPIC, 0, 2)
    assert contexts(fired(other, store)) == [()], "another owner has seen none"
    store = MemoryStore()
    owner = processor(store)
    owner.process([incoming(0, carries=context(1)), incoming(1, at=1, carries=context(2))])
    owner.acknowledged()
    assert contexts(fired(owner, store)) == [context(2)]


def test_what_is_published_again_after_a_crash_has_the_context_it_had() -> None:
    store = MemoryStore()
    processor(store).process([incoming(0, carries=context(1))])
    assert contexts(processor(store).process([incoming(0, carries=context(9))])) == [context(1)]


def test_an_outbox_that_was_stored_before_there_were_contexts_is_read() -> None:
    old = b"\x91\x95\xa1c\xa5marks\x00\x05\x91\x97\xa1t\xa1k\xa2ty\xa2id\x01\xc0\xc4\x02{}"
    (entry,) = decode_outbox(old)
    assert entry.outcomes == [Outcome("t", "k", "ty", "id", 1, None, b"{}")]
