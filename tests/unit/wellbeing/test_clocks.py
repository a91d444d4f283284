import pytest

from warmline.wellbeing.clocks import ABANDONED_MS, LowWatermark

HOUR = 3_600_000


class Wall:
    def __init__(self):
        self.ms = 100 * HOUR

    def __call__(self):
        return self.ms


@pytest.fixture
def wall():
    return Wall()


@pytest.fixture
def watermark(wall):
    watermark = LowWatermark(wall)
    watermark.assign({0: None, 1: None}, {})
    return watermark


def test_a_partition_that_has_told_nothing_yet_holds_everything_back(watermark):
    watermark.seen(0, 5 * HOUR)
    assert watermark.at() is None
    watermark.seen(1, 3 * HOUR)
    assert watermark.at() == 3 * HOUR


def reads_on(watermark, wall, *slots):
    """Time passes a little, and partitions are found to be read to their end as of now."""
    watermark.at()
    wall.ms += 1
    for slot in slots:
        watermark.caught_up(slot, wall.ms)


def test_an_empty_partition_holds_nothing_back(watermark, wall):
    watermark.seen(0, 5 * HOUR)
    reads_on(watermark, wall, 1)
    assert watermark.at() == 5 * HOUR


def test_an_end_that_was_reached_lets_nothing_pass_that_was_heard_of_later(watermark, wall):
    watermark.seen(0, 5 * HOUR)
    reads_on(watermark, wall, 1)
    asked = wall.ms
    wall.ms += 1_000
    watermark.seen(0, 9 * HOUR)
    assert watermark.at() == 5 * HOUR
    watermark.caught_up(1, asked)
    assert watermark.at() == 5 * HOUR, "what came since may be waiting unread"
    watermark.caught_up(1, wall.ms)
    assert watermark.at() == 9 * HOUR


def test_ends_reached_before_a_stall_let_nothing_pass_that_other_instances_tell_after_it(wall):
    """Found by killing everything: an instance that was slow to read folded days ahead of what waited for it."""
    watermark = LowWatermark(wall)
    watermark.assign({0: None}, {1: None})
    watermark.hear({1: (3 * HOUR, wall.ms)})
    reads_on(watermark, wall, 0)
    assert watermark.at() == 3 * HOUR
    asked = wall.ms
    wall.ms += 60_000
    watermark.hear({1: (27 * HOUR, wall.ms)})
    assert watermark.at() == 3 * HOUR
    assert watermark.to_save() == {0: (3 * HOUR, wall.ms)}, "nor does it tell the others so"
    watermark.caught_up(0, asked)
    assert watermark.at() == 3 * HOUR
    watermark.seen(0, 4 * HOUR)
    assert watermark.at() == 4 * HOUR
    reads_on(watermark, wall, 0)
    assert watermark.at() == 27 * HOUR


def test_a_partition_that_is_kept_lets_nothing_pass_because_it_was_read_before_the_group_moved(watermark, wall):
    watermark.seen(0, 5 * HOUR)
    reads_on(watermark, wall, 1)
    watermark.assign({1: None, 2: (9 * HOUR, wall.ms)}, {0: (9 * HOUR, wall.ms)})
    assert watermark.at() == 5 * HOUR


def test_a_lagging_partition_holds_back_one_that_is_ahead_until_it_is_read_to_its_end(watermark, wall):
    watermark.seen(0, 5 * HOUR)
    watermark.seen(1, 3 * HOUR)
    reads_on(watermark, wall, 0)
    assert watermark.at() == 3 * HOUR
    watermark.seen(1, 4 * HOUR)
    assert watermark.at() == 4 * HOUR
    reads_on(watermark, wall, 1)
    assert watermark.at() == 5 * HOUR


def test_an_older_event_of_a_partition_moves_nothing_back(watermark):
    watermark.seen(0, 5 * HOUR)
    watermark.seen(1, 5 * HOUR)
    watermark.seen(1, 4 * HOUR)
    assert watermark.at() == 5 * HOUR


def test_where_all_is_read_time_goes_on_with_the_wall_clock(watermark, wall):
    watermark.seen(0, 5 * HOUR)
    began = wall.ms
    reads_on(watermark, wall, 0, 1)
    wall.ms = began + 2 * HOUR
    assert watermark.at() == 5 * HOUR, "for all that is known, something came meanwhile"
    reads_on(watermark, wall, 0, 1)
    assert watermark.at() == 7 * HOUR
    wall.ms = began + 202 * HOUR
    reads_on(watermark, wall, 0, 1)
    assert watermark.at() == 207 * HOUR
    watermark.seen(0, 6 * HOUR)
    assert watermark.at() == 207 * HOUR, "and never goes back"


def test_the_wall_clock_is_never_passed(watermark, wall):
    watermark.seen(0, wall.ms - 1)
    reads_on(watermark, wall, 0, 1)
    wall.ms += HOUR
    reads_on(watermark, wall, 0, 1)
    assert watermark.at() == wall.ms - 2


def test_other_instances_hold_back_with_what_they_saved(wall):
    watermark = LowWatermark(wall)
    watermark.assign({0: None}, {1: None})
    watermark.seen(0, 5 * HOUR)
    assert watermark.at() is None, "nobody has told of the other partition"
    watermark.hear({1: (3 * HOUR, wall.ms)})
    assert watermark.at() == 3 * HOUR
    watermark.hear({1: (9 * HOUR, wall.ms)})
    assert watermark.at() == 5 * HOUR
    reads_on(watermark, wall, 0)
    assert watermark.at() == 9 * HOUR


def test_a_partition_that_nobody_reads_any_more_holds_nothing_back_for_ever(wall):
    watermark = LowWatermark(wall)
    watermark.assign({0: None}, {1: (3 * HOUR, wall.ms)})
    watermark.seen(0, 5 * HOUR)
    assert watermark.at() == 3 * HOUR
    wall.ms += ABANDONED_MS
    assert watermark.at() == 5 * HOUR


def test_an_owner_tells_the_others_how_far_a_partition_has_come(watermark, wall):
    assert watermark.to_save() == {}
    watermark.seen(0, 5 * HOUR)
    watermark.seen(1, 3 * HOUR)
    assert watermark.to_save() == {0: (5 * HOUR, wall.ms), 1: (3 * HOUR, wall.ms)}
    reads_on(watermark, wall, 1)
    assert watermark.to_save() == {0: (5 * HOUR, wall.ms), 1: (5 * HOUR, wall.ms)}


def test_a_new_owner_takes_up_what_the_last_one_saved(wall):
    watermark = LowWatermark(wall)
    watermark.assign({0: (5 * HOUR, wall.ms), 1: (4 * HOUR, wall.ms)}, {})
    assert watermark.at() == 4 * HOUR


def test_a_partition_that_is_kept_keeps_its_clock(watermark):
    watermark.seen(0, 5 * HOUR)
    watermark.assign({0: (HOUR, 0), 2: (6 * HOUR, 0)}, {})
    assert watermark.at() == 5 * HOUR


def test_a_clock_that_is_set_back_does_not_let_a_silent_partition_hold_everything_back(watermark, wall):
    wall.ms += HOUR
    for slot in (0, 1):
        watermark.seen(slot, 100 * HOUR)
    watermark.at()
    asked_before = wall.ms
    wall.ms -= HOUR
    watermark.seen(0, 100 * HOUR + 5_000)
    watermark.caught_up(1, asked_before)
    assert watermark.at() == 100 * HOUR, "what was asked for under the other clock says nothing of what came since"
    wall.ms += 6_000
    reads_on(watermark, wall, 0, 1)
    assert watermark.at() == 100 * HOUR + 5_000
    wall.ms += 7_000
    reads_on(watermark, wall, 0, 1)
    assert watermark.at() > 100 * HOUR + 5_000, "and where all is read, time goes on with the clock"
