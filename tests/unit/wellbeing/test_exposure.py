import pytest

from tests.unit.wellbeing.shift import (
    HOUR,
    MINUTE,
    MONDAY,
    SECOND,
    abusive,
    contact,
    goes,
    hostile,
    kind,
    plain,
    run,
    says,
    thankful,
    window,
)
from warmline.contracts.window import Standing
from warmline.wellbeing.state import ABUSIVE, EFFORT, FACTORS, HARD_MINUTES, HOSTILE, OCCUPANCY, OVERDUE, POINT, RUN


def points(events, factor):
    """Points of one factor after the events, to a tenth."""
    return round(run(events).account.acute[factor] / POINT, 1)


def at(minutes):
    return MONDAY + round(minutes * MINUTE)


def test_a_hostile_turn_adds_its_points():
    assert points([hostile("c", at(0))], HOSTILE) == 3.0


def test_a_hostile_turn_needs_distress_and_anger_or_low_valence():
    assert points([hostile("c", at(0), emotions=("sadness",))], HOSTILE) == 3.0, "low valence suffices"
    assert points([hostile("c", at(0), valence=-0.2)], HOSTILE) == 3.0, "anger suffices"
    assert points([hostile("c", at(0), emotions=("sadness",), valence=-0.4)], HOSTILE) == 0
    assert points([hostile("c", at(0), distress=0.4)], HOSTILE) == 0


def test_an_abusive_turn_counts_as_abusive_and_not_as_hostile_too():
    events = [abusive("c", at(0))]
    assert points(events, ABUSIVE) == 8.0
    assert points(events, HOSTILE) == 0


def test_abuse_counts_without_distress():
    assert points([abusive("c", at(0), distress=0.0)], ABUSIVE) == 8.0


def test_a_turn_whose_score_was_not_used_is_contact_and_nothing_more():
    account = run([abusive("c", at(0), abstained="language")]).account
    assert sum(account.acute) == 0
    assert account.rest.worked_at == at(0)


def test_minutes_count_as_hard_from_the_moment_the_contact_becomes_hard():
    assert points([hostile("c", at(0)), plain("c", at(1))], HARD_MINUTES) == 0
    assert points([abusive("c", at(0)), plain("c", at(1))], HARD_MINUTES) == 0.4
    assert points([hostile("c", at(0)), hostile("c", at(1)), says("c", at(2))], HARD_MINUTES) == 0.4


def test_grief_makes_a_contact_hard_as_well():
    sad = [plain("c", at(minute), distress=0.7, emotions=("sadness",)) for minute in range(3)]
    assert points([*sad, says("c", at(3))], HARD_MINUTES) == 0.4
    assert points([*sad, says("c", at(3))], HOSTILE) == 0


def test_a_chat_left_open_counts_for_two_minutes_at_most():
    assert points([abusive("c", at(0)), says("c", at(10))], HARD_MINUTES) == 0.8


def test_two_hard_chats_at_once_count_their_minutes_once():
    one = [abusive("a", at(0)), says("a", at(1)), says("a", at(2))]
    other = [abusive("b", at(0)), says("b", at(1)), says("b", at(2))]
    assert points([*one, *other], HARD_MINUTES) == points(one, HARD_MINUTES)
    assert run([*one, *other]).account.days[-1].hard_ms == 2 * MINUTE


def test_the_third_hard_contact_in_a_row_adds_more():
    assert points([abusive(f"c{n}", at(5 * n)) for n in range(2)], RUN) == 0
    assert points([abusive(f"c{n}", at(5 * n)) for n in range(3)], RUN) == 4.0
    assert run([abusive(f"c{n}", at(5 * n)) for n in range(3)]).account.days[-1].longest_run == 3


def test_a_recovery_gap_ends_the_run():
    assert points([abusive("a", at(0)), abusive("b", at(5)), abusive("c", at(15))], RUN) == 0


def test_a_real_break_ends_the_run():
    hard = [abusive("a", at(0)), plain("a", at(3)), abusive("b", at(4)), plain("b", at(6))]
    assert run([*hard, abusive("c", at(15))]).account.run.contacts == 3
    short, real = ([goes("break", at(6)), goes("available", at(end))] for end in (15.9, 16))
    assert run([*hard, *short, abusive("c", at(15.95))]).account.run.contacts == 3
    assert run([*hard, *real, abusive("c", at(16))]).account.run.contacts == 1


def test_kindness_soon_after_hostility_is_effort():
    assert points([hostile("c", at(0)), kind("c", at(2))], EFFORT) == 1.0
    assert points([hostile("c", at(0)), kind("c", at(2.1))], EFFORT) == 0
    assert points([hostile("c", at(0)), says("c", at(1))], EFFORT) == 0
    assert points([hostile("c", at(0)), kind("d", at(1))], EFFORT) == 0, "in another contact"
    assert points([plain("c", at(0)), kind("c", at(1))], EFFORT) == 0


def test_one_hostile_turn_is_answered_once():
    assert points([hostile("c", at(0)), kind("c", at(1)), kind("c", at(1.5))], EFFORT) == 1.0


def test_thanks_take_strain_away_once_a_contact():
    strain = [
        sum(run([hostile("a", at(0)), *more]).account.acute)
        for more in (
            [plain("b", at(1)), plain("b", at(1.5))],
            [thankful("b", at(1)), plain("b", at(1.5))],
            [thankful("b", at(1)), thankful("b", at(1.5))],
        )
    ]
    assert strain[0] - strain[1] == pytest.approx(2 * POINT, rel=0.01)
    assert strain[1] == strain[2]


def test_a_turnaround_takes_more_away_than_thanks():
    thanked = run([hostile("a", at(0)), thankful("b", at(1))]).account
    turned = run([hostile("a", at(0)), thankful("b", at(1), peak=0.9)]).account
    assert sum(thanked.acute) - sum(turned.acute) == pytest.approx(4 * POINT, rel=0.01) or sum(turned.acute) < 0


def test_good_contacts_put_by_a_cushion_that_has_an_end():
    account = run([thankful(f"c{number}", at(0) + number, peak=0.9) for number in range(10)]).account
    assert sum(account.acute) == -10 * POINT


def test_a_full_hour_of_contact_adds_and_an_ordinary_one_does_not():
    assert points(contact("c", at(0), 120), OCCUPANCY) > 0
    ordinary = [turn for hour in range(4) for turn in contact(f"c{hour}", at(60 * hour), 45)]
    assert points(ordinary, OCCUPANCY) == 0


def test_contact_beyond_two_hours_without_a_break_adds():
    assert points(contact("c", at(0), 120), OVERDUE) == 0
    assert points(contact("c", at(0), 140), OVERDUE) > 1.5
    paused = [
        *contact("c", at(0), 100),
        goes("break", at(100)),
        goes("on_contact", at(110)),
        *contact("d", at(111), 40),
    ]
    assert points(paused, OVERDUE) == 0


def test_the_platforms_on_contact_is_time_on_contact_without_turns():
    account = run([goes("on_contact", at(0)), goes("available", at(150))]).account
    assert round(account.acute[OCCUPANCY] / POINT) in range(12, 15)
    assert round(account.acute[OVERDUE] / POINT, 1) == 2.6


def test_strain_never_passes_its_ceiling_but_the_days_load_is_told_in_full():
    account = run([abusive("c", at(0) + number * SECOND) for number in range(50)]).account
    assert sum(account.acute) <= 100 * POINT
    assert account.days[-1].load > 400 * POINT


def test_an_agents_turn_belongs_to_the_agent_who_spoke():
    events = [hostile("c", at(0)), kind("c", at(1), agent="ben")]
    assert set(run(events).states) == {"ana", "ben"}


def test_a_customers_turn_that_came_late_belongs_to_whom_it_was_spoken_to():
    stood = Standing(agent_id="ana", agent_role="agent", peak_distress=0.8)
    states = run([abusive("c", at(0), agent="ben", stood=stood)]).states
    assert {agent: account.days[-1].load for agent, account in states.items()} == {"ana": 8 * POINT}


def test_a_late_turn_of_a_window_that_does_not_tell_to_whom_belongs_to_whoever_answers_now():
    assert set(run([abusive("c", at(0), agent="ben")]).states) == {"ben"}


def test_thanks_that_came_late_turn_no_distress_around_that_followed_them():
    stood = Standing(agent_id="ana", agent_role="agent", peak_distress=0.1)
    hard = hostile("a", at(0))
    late = run([hard, thankful("b", at(1), peak=0.9, stood=stood)]).account
    assert late.acute == run([hard, thankful("b", at(1))]).account.acute


@pytest.mark.parametrize(
    "event",
    [
        window(agent="ana", stood=Standing(agent_id=None, agent_role=None, peak_distress=0.0)),
        window(agent="ana", stood=Standing(agent_id="bot7", agent_role="bot", peak_distress=0.0)),
        window(agent=None, agent_role=None),
        window(agent="bot7", agent_role="bot"),
        window(role="bot", agent="bot7", agent_role="bot"),
        window(role="system"),
    ],
    ids=[
        "nobody had answered when it was spoken",
        "a bot had",
        "nobody has answered",
        "a bot is spoken to",
        "a bot speaks",
        "a system turn",
    ],
)
def test_a_turn_without_a_human_agent_concerns_nobody(event):
    assert run([event]).skipped["ignored"] == 1


def test_there_are_no_more_factors_than_these():
    assert len(FACTORS) == 8, "add a test of its rule above, a line to the policy, and a word to the page"


def test_a_contact_taken_up_again_after_an_hour_is_another():
    account = run([abusive("c", at(0)), plain("c", at(0) + 2 * HOUR)]).account
    assert not account.contacts[-1].hard
