"""Where a rule begins to hold and where it ends, to the millisecond and the micro-point."""

import pytest
from msgspec.structs import replace

from tests.unit.wellbeing.shift import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    POLICY,
    SECOND,
    STAMPS,
    abusive,
    contact,
    goes,
    hard_morning,
    hostile,
    plain,
    run,
    says,
    thankful,
)
from warmline.wellbeing.bands import band
from warmline.wellbeing.baseline import GONE, baseline, close_day, day_of
from warmline.wellbeing.occupancy import BIN_MS
from warmline.wellbeing.record import Record as Turn
from warmline.wellbeing.signals import speak
from warmline.wellbeing.state import CALM, ELEVATED, HIGH, HOSTILE, OCCUPANCY, POINT, Account, Day
from warmline.wellbeing.strain import acute


def points(events, factor, policy=POLICY):
    return round(run(events, policy).account.acute[factor] / POINT, 1)


# What turns do


def test_a_turn_just_as_distressed_and_as_low_as_the_policy_says_is_hostile():
    assert points([hostile("c", MONDAY, distress=0.5, valence=-0.5, emotions=())], HOSTILE) == 3.0


def test_thanks_in_a_turn_that_is_not_heard_as_pleasant_take_nothing_away():
    assert sum(run([thankful("c", MONDAY, valence=0.0)]).account.acute) == 0
    assert sum(run([thankful("c", MONDAY, valence=0.01)]).account.acute) == -2 * POINT


def test_a_contact_that_was_just_as_distressed_as_a_hostile_turn_can_be_turned_around():
    assert sum(run([thankful("c", MONDAY, peak=0.5)]).account.acute) == -6 * POINT


def test_a_contact_taken_up_again_after_just_an_hour_is_another():
    same, other = (run([abusive("c", MONDAY), plain("c", MONDAY + HOUR - early)]).account for early in (1, 0))
    assert same.contacts[-1].hard
    assert not other.contacts[-1].hard


# Work and rest


def test_a_break_begins_when_it_is_told_and_not_with_the_silence_before_it():
    events = [says("c", MONDAY), goes("break", MONDAY + 15 * MINUTE)]
    assert run(events, until=MONDAY + HOUR).account.rest.resting_since == MONDAY + 15 * MINUTE
    back = run([*events, says("c", MONDAY + 22 * MINUTE)]).account
    assert back.rest.working_since == MONDAY, "seven minutes are no real break"


def test_silence_is_rest_from_the_very_moment_at_which_it_is_long_enough():
    turns = [abusive(f"c{n}", MONDAY + n) for n in range(4)]
    silent = MONDAY + 3 + POLICY.rest.inferred_gap_min * MINUTE
    assert run(turns, until=silent - 1).account.rest.resting_since == 0
    assert run(turns, until=silent).account.rest.resting_since == MONDAY + 3


def test_a_turn_at_the_moment_at_which_silence_becomes_rest_comes_after_a_rest():
    gap = POLICY.rest.inferred_gap_min * MINUTE
    assert run([plain("c", MONDAY), plain("c", MONDAY + gap - 1)]).account.rest.working_since == MONDAY
    assert run([plain("c", MONDAY), plain("c", MONDAY + gap)]).account.rest.working_since == MONDAY + gap


def test_a_break_is_believed_up_to_the_end_of_a_shift():
    stale = POLICY.rest.state_stale_min * MINUTE
    for late, counted in ((0, 0), (1, 8 * POINT)):
        account = run([goes("break", MONDAY), abusive("c", MONDAY + stale + late)]).account
        assert sum(account.acute) == counted


# Occupancy, bands, days, signals


def test_a_day_ends_before_what_happens_in_the_millisecond_of_its_end():
    end = MONDAY + 19 * HOUR  # 03:00 UTC
    account = run([*hard_morning(), plain("c", end)], until=end).account
    assert account.chronic_prior == 16 * POINT
    assert [day.number for day in account.days] == [day_of(MONDAY, POLICY.chronic) + n for n in (0, 1)]


def test_an_hour_without_a_pause_reaches_a_share_of_all_of_it():
    whole = replace(POLICY, acute=replace(POLICY.acute, occupancy=1.0, half_life_min=1440, rest_half_life_min=20))
    assert points(contact("c", MONDAY, 70), OCCUPANCY, whole) > 0


def test_a_band_begins_at_its_points_and_ends_below_its_lower_edge():
    assert [band(30 * POINT - 1, CALM, POLICY.bands), band(30 * POINT, CALM, POLICY.bands)] == [CALM, ELEVATED]
    assert [band(22 * POINT - 1, ELEVATED, POLICY.bands), band(22 * POINT, ELEVATED, POLICY.bands)] == [CALM, ELEVATED]
    assert band(54 * POINT, ELEVATED, POLICY.bands) == ELEVATED, "what is held down to is the band so far alone"
    assert band(54 * POINT, HIGH, POLICY.bands) == HIGH


def test_a_tenth_of_a_point_is_the_least_chronic_strain_that_is_kept():
    daily = replace(POLICY, chronic=replace(POLICY.chronic, half_life_days=1))
    account = Account("ana", chronic_own=2 * GONE, chronic_prior=2 * GONE - 2)
    close_day(account, daily)
    assert (account.chronic_own, account.chronic_prior) == (GONE, 0)


def test_a_conversation_of_just_a_day_ago_is_still_evidence():
    for earlier, evidence in ((0, ("old", "c")), (1, ("c",))):
        old = hostile("old", MONDAY + 3 - DAY - earlier)
        (signal, *_) = run([old, *(abusive("c", MONDAY + n) for n in range(4))]).signals
        assert signal.as_of == MONDAY + 3
        assert signal.evidence == evidence


def test_a_cushion_put_by_below_zero_is_shown_as_no_strain():
    account = run([thankful("c", MONDAY)]).account
    assert (sum(account.acute), acute(account)) == (-2 * POINT, 0)


@pytest.mark.parametrize(("days", "ordinary"), [(9, (40 * POINT, False)), (10, (50 * POINT, True))])
def test_ten_days_are_just_enough_for_a_baseline_of_ones_own(days, ordinary):
    worked = [Day(number, load=50 * POINT) for number in range(days)]
    assert baseline(Account("ana", days=[*worked, Day(days)]), POLICY.chronic) == ordinary


@pytest.mark.parametrize(("later", "days"), [(0, 1), (1, 2)])
def test_a_contact_that_is_no_longer_believed_at_the_end_of_a_day_opens_no_other(later, days):
    end = MONDAY + 19 * HOUR  # 03:00 UTC
    began = end - POLICY.rest.state_stale_min * MINUTE + later
    assert len(run([goes("on_contact", began)], until=end).account.days) == days


def test_chronic_strain_alone_raises_the_band():
    account = run([plain("c", MONDAY)]).account
    account.chronic_own = 40 * POINT
    (emit,) = speak(account, Turn(MONDAY, "c", "t", 1), POLICY, "v1", STAMPS)
    assert (emit.event.kind, emit.event.band, emit.event.acute, emit.event.chronic) == ("raised", "elevated", 0, 40)


def test_contact_across_five_minutes_is_counted_in_both():
    account = run([plain("c", MONDAY - MINUTE), says("c", MONDAY + 30 * SECOND)]).account
    assert account.rest.bins == [(MONDAY // BIN_MS - 1, MINUTE), (MONDAY // BIN_MS, 30 * SECOND)]


def patterns(*days):
    """Days on which a pattern is told, of hard mornings on these days."""
    signals = run([event for number in days for event in hard_morning(MONDAY + number * DAY)]).signals
    return [(signal.as_of - MONDAY) // DAY for signal in signals if signal.kind == "pattern"]


def test_a_pattern_reaches_over_seven_days_and_not_over_eight():
    assert patterns(0, 3, 6) == [6]
    assert patterns(0, 3, 7) == []


def test_a_pattern_is_told_again_after_just_a_week():
    assert patterns(*range(11)) == [2, 9]


def test_a_calm_agent_is_visited_at_the_end_of_the_day_alone():
    memory = run([plain("c", MONDAY), says("c", MONDAY + MINUTE)])
    assert memory._domain.due(memory.account) == MONDAY + 19 * HOUR + POLICY.lateness_s * SECOND + 1
