"""A file of old turns that is posted beside live ones ends when it has ended, and not between two of its batches."""

from tests.support.handlers import stateful
from tests.support.memory_store import MemoryStore
from tests.support.tally import QUIET_MS, SECOND, Mark, TallyDomain
from warmline.bus.record import Record
from warmline.contracts.topics import CONVERSATION_SCORES
from warmline.store.overdue import GOES_ON_MS

PLACE = (CONVERSATION_SCORES, 0)
LONG_AGO_MS = 1_700_000_000_000
NOW_MS = LONG_AGO_MS + 86_400 * SECOND
BATCHES = 100
BATCH_MS = 500


class Service:
    def __init__(self) -> None:
        self.now_ms, self.offset = NOW_MS, 0
        domain, store = TallyDomain(), MemoryStore(buckets=4)
        self.handler = stateful(domain, store, lambda: self.now_ms)
        self.handler.assigned({PLACE: 0})

    def take(self, *marks: Mark) -> list[str]:
        """Take a batch, and then what time makes due. Returns the ids of the latter."""
        batch = []
        for mark in marks:
            batch.append((Record(*PLACE, self.offset, None, None, lambda: None, self.now_ms), mark))
            self.offset += 1
        self.handler.acknowledged(self.handler.handle(batch))
        return self.time_passes(BATCH_MS)

    def time_passes(self, ms: int) -> list[str]:
        self.now_ms += ms
        self.handler.caught_up(*PLACE, self.now_ms)
        due = self.handler.tick()
        self.handler.acknowledged(due)
        self.handler.settle()
        return [outcome.id for outcome in due]

    def live(self) -> Mark:
        return Mark("live", f"live:{self.offset}", self.now_ms)


def test_it_is_not_told_to_be_quiet_while_more_of_it_comes() -> None:
    service = Service()
    service.take(service.live())
    for number in range(BATCHES):
        old = Mark("file", f"file:{number}", LONG_AGO_MS + number)
        assert service.take(service.live(), old) == []
    ends = f"file/quiet:{LONG_AGO_MS + BATCHES - 1}"
    assert ends not in service.time_passes(GOES_ON_MS - SECOND)
    assert ends in service.time_passes(SECOND), "half a minute after its last turn came"


def test_its_own_time_makes_due_what_lies_within_it_at_once() -> None:
    service = Service()
    service.take(service.live())
    service.take(Mark("file", "file:0", LONG_AGO_MS))
    record = Record(*PLACE, service.offset, None, None, lambda: None, service.now_ms)
    outcomes = service.handler.handle([(record, Mark("file", "file:1", LONG_AGO_MS + 2 * QUIET_MS))])
    assert [outcome.id for outcome in outcomes] == [f"file/quiet:{LONG_AGO_MS}", "file/file:1"]


def test_a_live_call_is_quiet_when_it_was_quiet_for_long_enough_and_no_later() -> None:
    service = Service()
    for _ in range(3):
        service.take(service.live())
    last_ms = service.now_ms - BATCH_MS
    assert service.time_passes(QUIET_MS) == [f"live/quiet:{last_ms}"]
