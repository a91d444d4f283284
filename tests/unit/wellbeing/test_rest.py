from msgspec.structs import replace

from tests.unit.wellbeing.shift import HOUR, MINUTE, MONDAY, POLICY, contact, goes, hard_morning, plain, run, says

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


def test_idle_time_after_work_that_is_not_contact_is_counted_from_its_end():
    account = account_after(goes("training", END), goes("available", END + HOUR), plain("c", END + HOUR + 15 * MINUTE))
    assert account.rest.working_since == MONDAY, "fifteen minutes of idling are no rest"


def test_a_night_between_two_days_is_a_real_break_without_any_state():
    events = [*contact("a", MONDAY, 5), *contact("b", MONDAY + 24 * HOUR, 5)]
    assert run(events).account.rest.working_since == MONDAY + 24 * HOUR
