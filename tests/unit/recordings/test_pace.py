"""Dates and pace of a replay, on a clock of our own."""

import pytest
from hypothesis import given, strategies as st

from tests.unit.recordings.test_order import turn
from warmline.contracts.dates import time_of
from warmline.recordings.order import arrival_order
from warmline.recordings.pace import paced
from warmline.recordings.rebase import rebase

BEGIN = 1_800_000_000_000


class Clock:
    """Seconds that pass only by waiting."""

    def __init__(self) -> None:
        self.now = 50.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def sent(events, speed: float) -> list[tuple[float, object]]:
    """Return each event with the wall clock, ms, at which it was sent, the first at BEGIN."""
    clock = Clock()
    return [(BEGIN + (clock.now - 50.0) * 1000, event) for event in paced(events, speed, clock, clock.wait)]


EVENTS = st.lists(
    st.builds(turn, st.sampled_from("abc"), st.integers(0, 99), st.integers(0, 10**9)), min_size=1, max_size=20
).map(arrival_order)


@given(EVENTS, st.one_of(st.just(0.0), st.floats(1e3, 1e6)))
def test_no_event_is_sent_before_its_time(events, speed):
    for wall, event in sent(rebase(events, speed, BEGIN), speed):
        assert time_of(event) <= wall + 1  # the clock of floats is good to a fraction of a millisecond


@given(EVENTS, st.floats(0.1, 1e6))
def test_no_event_is_dated_after_it_is_due(events, speed):
    rebased = rebase(events, speed, BEGIN)
    first = reached = time_of(rebased[0])
    for event in rebased:
        reached = max(reached, time_of(event))
        assert time_of(event) <= BEGIN + (reached - first) / speed


@given(EVENTS, st.floats(0, 1e6))
def test_distances_between_events_stay(events, speed):
    shifts = {time_of(new) - time_of(old) for new, old in zip(rebase(events, speed, BEGIN), events, strict=True)}
    assert len(shifts) == 1


@pytest.mark.parametrize("speed", [1.0, 4.0, 60.0])
def test_the_last_event_is_dated_with_the_moment_it_is_sent(speed):
    rebased = rebase([turn("a", number, number * 30_000) for number in range(5)], speed, BEGIN)
    wall, last = sent(rebased, speed)[-1]
    assert time_of(last) == pytest.approx(wall, abs=1)


def test_at_once_ends_now_and_slow_motion_begins_now():
    events = [turn("a", 0, 0), turn("a", 1, 9000)]
    assert [time_of(event) - BEGIN for event in rebase(events, 0, BEGIN)] == [-9000, 0]
    assert [time_of(event) - BEGIN for event in rebase(events, 0.5, BEGIN)] == [0, 9000]
    assert [time_of(event) - BEGIN for event in rebase(events, 1e-308, BEGIN)] == [0, 9000]
    assert rebase([], 1, BEGIN) == []


def test_events_keep_the_recordings_rhythm_at_the_speed_asked_for():
    events = [turn("a", number, at) for number, at in enumerate((1000, 3000, 3000, 11_000))]
    assert [wall - BEGIN for wall, _ in sent(events, 2.0)] == pytest.approx([0, 1000, 1000, 5000])


def test_without_a_speed_nothing_waits():
    clock = Clock()
    assert len(list(paced([turn("a", 0, 0), turn("a", 1, 10**9)], 0, clock, clock.wait))) == 2
    assert clock.waits == []


def test_waits_are_short_and_an_early_return_is_waited_out():
    clock = Clock()

    def early(seconds: float) -> None:
        clock.wait(seconds / 2)

    list(paced([turn("a", 0, 0), turn("a", 1, 2000)], 1.0, clock, early))
    assert max(clock.waits) <= 0.1
    assert clock.now == pytest.approx(52.0)


def test_a_delay_is_made_up_for_and_a_turn_dated_back_goes_at_once():
    clock, seen = Clock(), []
    for event in paced([turn("a", n, at) for n, at in enumerate((0, 1000, 500, 2000))], 1.0, clock, clock.wait):
        seen.append(clock.now - 50.0)
        if event.turn_id == "1":
            clock.now += 0.7
    assert seen == pytest.approx([0, 1.0, 1.7, 2.0])
