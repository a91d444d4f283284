"""The watermark: event time while records come, the clock's pace while idle, and never backwards."""

from hypothesis import given, strategies as st

from warmline.store.watermark import Watermarks

START = 1_700_000_000_000


class Clock:
    def __init__(self) -> None:
        self.ms = START

    def __call__(self) -> int:
        return self.ms


def test_nothing_is_known_before_the_first_record() -> None:
    assert Watermarks(Clock()).at(0) is None


def test_a_backlog_moves_it_by_event_time_alone() -> None:
    clock = Clock()
    marks = Watermarks(clock)
    marks.seen(0, START - 10_000)
    clock.ms += 60_000
    assert marks.at(0) == START - 10_000, "not idle: the clock does not count"


def test_an_idle_partition_goes_on_with_the_clock() -> None:
    clock = Clock()
    marks = Watermarks(clock)
    marks.seen(0, START - 10_000)
    clock.ms += 4_000
    marks.caught_up(0, clock.ms)
    assert marks.at(0) == START - 6_000


def test_an_idle_partition_goes_on_only_as_far_as_it_is_known_to_have_been_idle() -> None:
    clock = Clock()
    marks = Watermarks(clock)
    marks.seen(0, START - 10_000)
    clock.ms += 4_000
    marks.caught_up(0, clock.ms)
    clock.ms += 600_000
    assert marks.at(0) == START - 6_000, "something may have come since, and wait unread"
    marks.caught_up(0, clock.ms - 500_000)
    assert marks.at(0) == START + 94_000
    marks.caught_up(0, clock.ms - 550_000)
    assert marks.at(0) == START + 94_000


def test_records_that_time_has_passed_already_cost_none_of_it() -> None:
    clock = Clock()
    marks = Watermarks(clock)
    marks.seen(0, START)
    for _ in range(300):
        clock.ms += 2_000
        marks.caught_up(0, clock.ms - 1_700)
        marks.seen(0, START - 60_000)
    assert marks.at(0) == clock.ms - 1_700
    ((partition, event_ms, wall_ms),) = marks.unsaved()
    follows = Watermarks(clock)
    follows.restore(partition, event_ms, wall_ms)
    follows.seen(0, START - 60_000)
    assert follows.at(0) >= clock.ms - 1_700 - 2_000, "nor whoever takes over"


def test_an_end_that_was_asked_for_before_the_newest_record_came_says_nothing_of_what_followed_it() -> None:
    clock = Clock()
    marks = Watermarks(clock)
    marks.seen(0, START - 10_000)
    marks.caught_up(0, clock.ms - 1)
    clock.ms += 4_000
    assert marks.at(0) == START - 10_000


def test_it_never_passes_the_clock_by_itself() -> None:
    clock = Clock()
    marks = Watermarks(clock)
    marks.seen(0, START + 2_000)
    marks.caught_up(0, clock.ms)
    assert marks.at(0) == START + 2_000, "an event from a fast clock is believed"
    clock.ms += 1_000
    marks.caught_up(0, clock.ms)
    assert marks.at(0) == START + 2_000, "but idleness adds nothing to it"


def test_a_restored_clock_counts_the_time_it_was_away_once_it_has_caught_up() -> None:
    clock = Clock()
    marks = Watermarks(clock)
    marks.restore(0, START - 100_000, START - 90_000)
    assert marks.at(0) == START - 100_000
    marks.caught_up(0, clock.ms)
    assert marks.at(0) == START - 10_000


def test_only_what_moved_is_saved() -> None:
    marks = Watermarks(Clock())
    marks.seen(0, START)
    marks.seen(1, START + 1)
    assert len(marks.unsaved()) == 2
    assert len(marks.unsaved()) == 2, "until it is saved"
    for partition, event_ms, _ in marks.unsaved():
        marks.saved(partition, event_ms)
    marks.seen(1, START + 2)
    assert [partition for partition, _, _ in marks.unsaved()] == [1]


@given(st.lists(st.tuples(st.sampled_from(["seen", "idle", "wait"]), st.integers(0, 100_000))))
def test_it_never_goes_back(moves: list[tuple[str, int]]) -> None:
    clock = Clock()
    marks = Watermarks(clock)
    newest = 0
    for move, amount in moves:
        if move == "seen":
            marks.seen(0, START + amount)
        elif move == "idle":
            marks.caught_up(0, clock.ms - amount // 2)
        else:
            clock.ms += amount
        at = marks.at(0) or 0
        assert at >= newest
        newest = at


HOUR_MS = 3_600_000


def test_a_clock_that_is_set_back_keeps_an_idle_partition_from_going_on_for_a_moment_only() -> None:
    clock = Clock()
    marks = Watermarks(clock)
    marks.seen(0, START - 10_000)
    asked_before = clock.ms
    clock.ms -= HOUR_MS
    marks.caught_up(0, asked_before)
    assert marks.at(0) == START - 10_000, "what was asked for under the other clock says nothing"
    marks.caught_up(0, clock.ms)
    clock.ms += 4_000
    marks.caught_up(0, clock.ms)
    assert marks.at(0) == START - 10_000, "it never passes the clock"
    clock.ms += HOUR_MS
    marks.caught_up(0, clock.ms)
    assert marks.at(0) == clock.ms


def test_an_owner_whose_clock_was_ahead_leaves_nothing_to_wait_for() -> None:
    clock = Clock()
    marks = Watermarks(clock)
    marks.restore(0, START - 10_000, START + HOUR_MS)
    clock.ms += 4_000
    marks.caught_up(0, clock.ms)
    assert marks.at(0) == START - 6_000
