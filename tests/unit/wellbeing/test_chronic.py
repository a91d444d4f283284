import pytest

from tests.unit.wellbeing.shift import DAY, HOUR, MINUTE, MONDAY, contact, factors, goes, hard_morning, hostile, run
from warmline.wellbeing.baseline import baseline, chronic, day_of
from warmline.wellbeing.policy import ChronicPolicy
from warmline.wellbeing.state import POINT, Account, Day


def hard_days(count, contacts=4, first=0):
    return [event for number in range(count) for event in hard_morning(MONDAY + (first + number) * DAY, contacts)]


def chronic_after(events, days):
    """Points of chronic strain that many days after the first."""
    return round(chronic(run(events, until=MONDAY + days * DAY).account) / POINT, 1)


def test_a_day_is_held_against_the_baseline_when_it_ends():
    assert chronic_after(hard_days(1), days=0.5) == 0
    assert chronic_after(hard_days(1), days=1) == 16.0, "141.6 points are more than three times the prior: the most"


def test_an_ordinary_day_adds_nothing():
    assert chronic_after(hard_days(1, contacts=1), days=1) == 0


def test_chronic_strain_halves_in_ten_days_of_rest():
    assert chronic_after(hard_days(1), days=11) == 8.0


def test_chronic_strain_is_gone_in_the_end_and_needs_no_visit_then():
    memory = run(hard_days(1), until=MONDAY + 90 * DAY)
    assert chronic(memory.account) == 0
    assert memory._domain.due(memory.account) is None


def test_few_own_days_are_held_against_the_neutral_prior_and_the_signal_says_so():
    signal = run(hard_days(3), until=MONDAY + 2.5 * DAY).signals[-1]
    assert "daily_load_above_neutral_prior" in factors(signal)
    assert "daily_load_above_own_baseline" not in factors(signal)


def test_enough_own_days_are_the_baseline_and_the_signal_says_so():
    mild = hard_days(20, contacts=1)
    memory = run([*mild, *hard_days(3, first=20)], until=MONDAY + 23 * DAY)
    assert "daily_load_above_own_baseline" in factors(memory.signals[-1])
    assert memory.account.chronic_own > 0


def test_what_is_ordinary_for_one_agent_is_much_for_another():
    used_to_it = [*hard_days(15, contacts=2), *hard_days(1, contacts=2, first=15)]
    not_used_to_it = [*hard_days(15, contacts=1), *hard_days(1, contacts=2, first=15)]
    assert run(used_to_it, until=MONDAY + 16 * DAY).account.chronic_own == 0
    assert run(not_used_to_it, until=MONDAY + 16 * DAY).account.chronic_own > 0


def test_a_load_that_is_always_too_high_does_not_become_normal():
    account = run(hard_days(40), until=MONDAY + 41 * DAY).account
    assert baseline(account, ChronicPolicy()) == (80 * POINT, True)
    assert chronic(account) > 30 * POINT


def test_a_baseline_is_never_so_low_that_one_contact_is_a_multiple_of_it():
    days = [Day(number, load=0) for number in range(20)]
    assert baseline(Account("ana", days=[*days, Day(20)]), ChronicPolicy()) == (20 * POINT, True)


def test_days_without_work_are_not_days_of_the_baseline():
    assert len(run([*hard_days(1), *hard_days(1, first=10)], until=MONDAY + 20 * DAY).account.days) == 2


def test_a_night_shift_is_one_day_up_to_the_policys_hour():
    night = MONDAY + 12 * HOUR  # 20:00 UTC
    account = run([hostile("a", night), hostile("b", night + 6 * HOUR), hostile("c", night + 8 * HOUR)]).account
    assert [day.load // POINT for day in account.days] == [6, 3]


def test_a_contact_over_the_end_of_the_day_is_counted_in_both():
    before = MONDAY - 8 * HOUR + 2 * HOUR  # 02:00 UTC; the day ends at 03:00
    events = [goes("on_contact", before), goes("wrap_up", before + 2 * HOUR), *contact("c", before + 3 * HOUR, 2)]
    account = run(events).account
    assert [day.number for day in account.days] == [day_of(before, ChronicPolicy()) + n for n in (0, 1)]
    assert all(day.load for day in account.days)


def test_the_newest_weeks_alone_are_remembered():
    account = run(hard_days(60, contacts=1), until=MONDAY + 61 * DAY).account
    assert len(account.days) == 28


@pytest.mark.parametrize("minutes", [0, 1, 180, 1439])
def test_the_start_of_the_day_is_the_policys(minutes):
    policy = ChronicPolicy(day_starts_utc_min=minutes)
    midnight = MONDAY - 8 * HOUR
    assert day_of(midnight + minutes * MINUTE, policy) == day_of(midnight + minutes * MINUTE - 1, policy) + 1
