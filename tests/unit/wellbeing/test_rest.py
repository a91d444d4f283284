from itertools import permutations
from typing import get_args

import pytest
from msgspec.structs import replace

from tests.unit.wellbeing.shift import (
    HOUR,
    MINUTE,
    MONDAY,
    POLICY,
    SECOND,
    abusive,
    contact,
    goes,
    hard_morning,
    plain,
    run,
    says,
    thankful,
)
from warmline.contracts.agent_state import Activity
from warmline.wellbeing.rest import STAGES
from warmline.wellbeing.state import POINT

MORNING = list(hard_morning(contacts=3))
END = MONDAY + 30 * MINUTE  # of the morning


def account_after(*events, until=None):
    return run([*MORNING, *events], until=until).account


def eases_to_calm(*events):
    """Minutes from the end of the hard morning to calm."""
    signals = run([*MORNING, *events], until=END + 6 * HOUR).signals
    return min((signal.as_of - END) // MINUTE for signal in signals if signal.band == "calm")


def test_a_break_recovers_sooner_than_ordinary_work():
    worked = eases_to_calm(goes("training", END))
    paused = eases_to_calm(goes("break", END))
    assert paused < 45
    assert worked > 90


def test_silence_is_taken_for_rest_where_no_state_says_otherwise():
    silent = eases_to_calm()
    assert eases_to_calm(goes("break", END)) < silent < 65
    assert silent == eases_to_calm(goes("available", END))


def test_silence_in_training_or_after_call_work_is_no_rest():
    for activity in ("training", "wrap_up", "on_contact"):
        assert account_after(goes(activity, END), until=END + HOUR).rest.resting_since == 0


def test_a_state_that_was_never_ended_is_no_longer_believed_after_a_shift():
    account = account_after(goes("training", END), plain("later", END + 13 * HOUR))
    assert account.rest.working_since == END + 13 * HOUR, "the silence was a real break"


def test_training_can_be_made_rest_by_the_policy():
    lenient = replace(POLICY, rest=replace(POLICY.rest, rest_states=("break", "offline", "training")))
    events = [*MORNING, goes("training", END), goes("available", END + 15 * MINUTE)]
    assert run(events, lenient).account.rest.working_since == END + 15 * MINUTE
    assert run(events).account.rest.working_since == MONDAY


def test_a_short_pause_is_no_real_break():
    paused = [goes("break", END), goes("available", END + 9 * MINUTE)]
    assert account_after(*paused).rest.working_since == MONDAY


def test_a_real_break_starts_the_time_since_a_break_anew():
    paused = [goes("break", END), goes("available", END + 10 * MINUTE)]
    assert account_after(*paused).rest.working_since == END + 10 * MINUTE


def test_a_break_that_goes_over_into_offline_is_one_rest():
    paused = [goes("break", END), goes("offline", END + 6 * MINUTE), goes("available", END + 12 * MINUTE)]
    assert account_after(*paused).rest.working_since == END + 12 * MINUTE


def test_a_customer_who_writes_in_the_break_does_not_end_it_but_the_agent_who_answers_does():
    resting = account_after(goes("break", END), plain("chat", END + 5 * MINUTE))
    assert resting.rest.resting_since == END
    back = account_after(goes("break", END), says("chat", END + 5 * MINUTE))
    assert back.rest.resting_since == 0


@pytest.mark.parametrize("activity", ["break", "offline"])
def test_what_customers_write_to_an_agent_who_is_away_is_neither_contact_nor_strain(activity):
    before = [plain("chat", MONDAY), says("chat", MONDAY + MINUTE), goes(activity, MONDAY + 2 * MINUTE)]
    written = [abusive("chat", MONDAY + (3 + minute) * MINUTE) for minute in range(12)]
    alone, bothered = (run(events, until=MONDAY + HOUR) for events in (before, [*before, *written]))
    assert bothered.signals == []
    assert bothered.account.days == alone.account.days
    assert bothered.account.rest == alone.account.rest
    assert (sum(bothered.account.acute), bothered.account.run.contacts) == (0, 0)


def test_thanks_to_an_agent_who_is_away_take_nothing_away():
    hard = [*MORNING, goes("break", END)]
    assert (
        run([*hard, thankful("c", END + MINUTE)]).account.acute == run([*hard, plain("c", END + MINUTE)]).account.acute
    )


def test_who_answers_on_a_break_is_there_and_what_is_written_from_then_on_counts():
    events = [goes("break", MONDAY), abusive("chat", MONDAY + MINUTE), says("chat", MONDAY + 2 * MINUTE)]
    assert run(events).account.days[-1].load == 0
    assert run([*events, abusive("chat", MONDAY + 3 * MINUTE)]).account.days[-1].load == 8 * POINT


def test_a_chat_that_goes_on_after_a_break_was_no_contact_during_it():
    events = [abusive("chat", MONDAY), goes("break", MONDAY + SECOND), goes("available", MONDAY + 20 * MINUTE)]
    account = run([*events, says("chat", MONDAY + 20 * MINUTE + 5 * SECOND)]).account
    assert sum(ms for _, ms in account.rest.bins) == 5 * SECOND
    assert account.days[-1].hard_ms == 5 * SECOND


@pytest.mark.parametrize("last", [abusive, says])
def test_a_turn_in_the_millisecond_in_which_a_break_begins_is_the_last_one_before_it(last):
    account = run([plain("c", MONDAY), last("c", MONDAY + MINUTE), goes("break", MONDAY + MINUTE)]).account
    assert account.rest.activity == "break"
    assert account.rest.bins == [((MONDAY + MINUTE - 1) // (5 * MINUTE), MINUTE)]


def test_an_agent_who_is_there_is_written_to_even_where_the_policy_calls_idling_rest():
    lenient = replace(POLICY, rest=replace(POLICY.rest, rest_states=("break", "offline", "available", "training")))
    for activity, load in (("available", 8 * POINT), ("training", 0)):
        events = [says("a", MONDAY), goes(activity, MONDAY + SECOND), abusive("c", MONDAY + MINUTE)]
        assert run(events, lenient).account.days[-1].load == load


@pytest.mark.parametrize(
    ("states", "lasting"),
    [
        (("wrap_up", "available"), "available"),
        (("wrap_up", "available", "on_contact"), "on_contact"),
        (("on_contact", "wrap_up"), "on_contact"),
        (("available", "training"), "training"),
        (("available", "break"), "break"),
        (("on_contact", "break"), "break"),
        (("break", "offline"), "offline"),
    ],
    ids=str,
)
def test_of_states_in_one_millisecond_the_one_that_is_entered_to_stay_lasts(states, lasting):
    for order in permutations(states):
        events = [goes("on_contact", MONDAY), *(goes(state, MONDAY + MINUTE) for state in order)]
        assert run(events).account.rest.activity == lasting


def test_hours_of_idling_after_a_wrap_up_that_was_skipped_are_no_contact():
    states = [goes("available", MONDAY + 5 * MINUTE), goes("wrap_up", MONDAY + 5 * MINUTE)]
    for order in permutations(states):
        events = [goes("on_contact", MONDAY), *order, goes("offline", MONDAY + 4 * HOUR)]
        assert sum(ms for _, ms in run(events, until=MONDAY + 5 * MINUTE).account.rest.bins) == 5 * MINUTE
        assert run(events).account.days[-1].load == 0


def test_every_activity_has_its_place_among_states_of_one_millisecond():
    assert sorted(STAGES) == sorted(get_args(Activity))


def test_idle_time_after_work_that_is_not_contact_is_counted_from_its_end():
    account = account_after(goes("training", END), goes("available", END + HOUR), plain("c", END + HOUR + 15 * MINUTE))
    assert account.rest.working_since == MONDAY, "fifteen minutes of idling are no rest"


def test_a_night_between_two_days_is_a_real_break_without_any_state():
    events = [*contact("a", MONDAY, 5), *contact("b", MONDAY + 24 * HOUR, 5)]
    assert run(events).account.rest.working_since == MONDAY + 24 * HOUR
