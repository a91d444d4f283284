"""The wall clock is set back while a service runs: what is due fires in its time, not an hour later."""

import pytest

from tests.support.handlers import stateful
from tests.support.memory_progress import MemoryProgress
from tests.support.memory_store import MemoryStore
from tests.support.tally import QUIET_MS, Mark, TallyDomain
from warmline.bus.interval import Interval
from warmline.bus.record import Record
from warmline.contracts.topics import CONVERSATION_SCORES
from warmline.store.progress import Progress, Told

NOW_MS = 1_767_600_000_000
HOUR_MS = 3_600_000
PLACE = (CONVERSATION_SCORES, 0)


@pytest.mark.parametrize("ahead_ms", [0, 1, HOUR_MS])
def test_a_conversation_that_goes_quiet_is_told_in_time_and_so_is_how_far_the_service_has_come(ahead_ms: int) -> None:
    now_ms = NOW_MS + ahead_ms
    progress = MemoryProgress()
    handler = stateful(TallyDomain(), MemoryStore(buckets=1), lambda: now_ms, progress=Progress(progress))
    handler.assigned({PLACE: 0})
    handler.tick()
    handler.settle()
    now_ms = NOW_MS
    handler.handle([(Record(*PLACE, 0, None, None, lambda: None, NOW_MS), Mark("a", "a:0", NOW_MS))])
    handler.committed({PLACE: 1})
    handler.acknowledged([])
    fired = []
    while not fired and now_ms < NOW_MS + 3 * QUIET_MS:
        now_ms += 500
        handler.caught_up(*PLACE, now_ms)
        fired = handler.tick()
        handler.acknowledged(fired)
        handler.settle()
    assert [outcome.id for outcome in fired] == [f"a/quiet:{NOW_MS}"]
    assert progress.told == Told(1, {0: now_ms}, aligned=True)


@pytest.mark.parametrize("ahead_ms", [0, 1, 5 * QUIET_MS, HOUR_MS])
def test_set_back_while_nothing_comes_it_makes_nobody_go_quiet_before_their_time(ahead_ms: int) -> None:
    now_ms = NOW_MS + ahead_ms
    handler = stateful(TallyDomain(), MemoryStore(buckets=1), lambda: now_ms)
    handler.assigned({PLACE: 0})
    handler.handle([(Record(*PLACE, 0, None, None, lambda: None, NOW_MS), Mark("a", "a:0", NOW_MS))])
    handler.committed({PLACE: 1})
    handler.acknowledged([])
    passed_ms, fired = 0, []
    while not fired and passed_ms < 3 * QUIET_MS:
        passed_ms += 50
        now_ms = NOW_MS + passed_ms + (ahead_ms if passed_ms < QUIET_MS // 2 else 0)
        handler.caught_up(*PLACE, now_ms)
        fired = handler.tick()
        handler.acknowledged(fired)
        handler.settle()
    assert fired
    assert QUIET_MS <= passed_ms < 2 * QUIET_MS, "what had passed since it was last looked at may count anew"


def test_an_interval_is_over_when_its_length_has_passed_and_when_the_clock_was_set_back() -> None:
    interval = Interval(500)
    assert interval.is_over(0), "before the first time"
    interval.begin(10_000)
    assert [interval.is_over(at) for at in (10_000, 10_499, 10_500, 9_999)] == [False, False, True, True]
