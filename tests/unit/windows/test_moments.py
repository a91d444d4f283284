"""How a need for empathy opens and ends."""

import pytest

from tests.unit.windows.scene import Scene, agent, at, customer, ended, policy


def upset(seconds: float, distress: float = 0.8, **more):
    return customer(seconds, -0.8, distress, **more)


def calm(seconds: float):
    return customer(seconds, 0.0, 0.1)


def test_a_customer_turn_in_distress_opens_a_moment_and_a_calm_one_does_not():
    scene = Scene()
    assert scene.tell(calm(0)).moments == ()
    window = scene.tell(upset(5, 0.5))
    assert [(moment.turn_id, moment.outcome) for moment in window.moments] == [("c5", "pending")]
    assert (window.moments_pending, window.moments[0].opened_at) == (1, at(5))


def test_an_empathetic_answer_meets_everything_that_is_pending():
    scene = Scene()
    window = scene.tell(upset(0), upset(3), agent(10, "empathetic"))
    assert scene.fates() == {"c0": "met", "c3": "met"}
    assert [moment.response_ms for moment in window.moments] == [10_000, 7_000]
    assert {moment.answered_by for moment in window.moments} == {"a10"}
    assert (window.moments_met, window.moments_pending, window.response_ms) == (2, 0, 8_500)


@pytest.mark.parametrize("role", ["agent", "bot", "supervisor"])
def test_whoever_answers_can_meet_it(role):
    scene = Scene()
    assert scene.tell(upset(0), agent(5, "empathetic", role=role)).moments_met == 1
    assert scene.window.agent_role == role


def test_the_second_answer_may_still_meet_it_and_counts_as_two_turns():
    scene = Scene()
    window = scene.tell(upset(0), agent(5), agent(8, "empathetic"))
    assert window.moments[0].response_turns == 2


def test_two_answers_without_empathy_miss_it_and_unhelpful_ones_are_no_better():
    scene = Scene()
    assert scene.tell(upset(0), agent(5)).moments_pending == 1
    assert scene.tell(agent(8, "unhelpful")).moments_missed == 1


def test_calm_after_an_answer_without_empathy_makes_it_moot():
    scene = Scene()
    assert scene.tell(upset(0), agent(5), calm(10)).moments_moot == 1


def test_distress_after_an_answer_without_empathy_misses_it_and_opens_a_new_one():
    scene = Scene()
    window = scene.tell(upset(0), agent(5), upset(10))
    assert scene.fates() == {"c0": "missed", "c10": "pending"}
    assert [moment.turn_id for moment in window.moments] == ["c0", "c10"]


def test_between_calm_and_distress_it_stays_pending():
    for distress in (0.35, 0.4, 0.499):
        scene = Scene()
        assert scene.tell(upset(0), agent(5), customer(10, -0.2, distress)).moments_pending == 1


def test_distress_at_the_threshold_after_an_answer_without_empathy_misses_it_as_well():
    scene = Scene()
    scene.tell(upset(0), agent(5), upset(10, 0.5))
    assert scene.fates() == {"c0": "missed", "c10": "pending"}


def test_answers_to_a_moment_that_is_over_do_not_count_against_the_next_one():
    scene = Scene()
    scene.tell(upset(0), agent(5), calm(10), upset(20), agent(25))
    assert scene.fates() == {"c0": "moot", "c20": "pending"}
    assert scene.tell(agent(30, "empathetic")).moments[0].response_turns == 2


def test_calm_words_before_any_answer_leave_it_pending():
    scene = Scene()
    assert scene.tell(upset(0), calm(4)).moments_pending == 1


def test_time_misses_it_even_without_an_answer():
    scene = Scene()
    scene.tell(upset(0))
    window = scene.wait(179.9)
    assert window.moments_pending == 1
    window = scene.wait(180)
    assert (window.cause, window.moments_missed, window.as_of) == (f"due:missed:{at(120)}", 1, at(120))
    assert window.times.spoken == at(120)


def test_an_answer_after_the_time_comes_too_late_even_where_the_timer_has_not_fired():
    scene = Scene()
    window = scene.tell(upset(0), agent(121, "empathetic"))
    assert (window.moments_met, window.moments_missed) == (0, 1)
    assert [moment.outcome for moment in window.moments] == ["missed"]


def test_an_answer_spoken_in_time_that_comes_after_the_timer_still_meets_it():
    scene = Scene()
    scene.tell(upset(0))
    scene.wait(180)
    window = scene.tell(agent(110, "empathetic"))
    assert (window.moments_met, window.moments_missed) == (1, 0)
    assert [moment.outcome for moment in window.moments] == ["met"]


def test_what_time_has_missed_stays_missed_when_another_late_turn_comes():
    scene = Scene()
    scene.tell(upset(0))
    scene.wait(180)
    window = scene.tell(agent(110))
    assert (window.moments_missed, window.moments_pending, window.moments, window.as_of) == (1, 0, (), at(120))


def test_a_turn_whose_score_is_not_used_neither_opens_nor_answers():
    scene = Scene()
    window = scene.tell(upset(0, abstained="no_words"), upset(1), agent(5, "empathetic", abstained="language"))
    assert (window.moments_pending, window.moments_met, window.empathetic_turns) == (1, 0, 0)
    assert (window.turns, window.customer_turns, window.agent_turns, window.abstained_turns) == (3, 2, 1, 2)
    assert window.heard is not None
    assert window.heard.abstained == "language"


def test_a_system_turn_counts_as_a_turn_and_as_nothing_else():
    scene = Scene()
    before = scene.tell(upset(0))
    window = scene.tell(agent(5, role="system", abstained="system_turn"))
    assert (window.turns, window.customer_turns, window.agent_turns, window.abstained_turns) == (2, 1, 0, 0)
    assert (window.agent_id, window.moments_pending, window.mood) == (None, 1, before.mood)


@pytest.mark.parametrize(
    ("last", "outcome"),
    [(None, "missed"), (calm(5), "moot"), (customer(5, -0.2, 0.35), "missed"), (customer(5, -0.2, 0.4), "missed")],
)
def test_the_end_misses_what_is_pending_unless_the_customer_s_last_word_was_calm(last, outcome):
    scene = Scene()
    scene.tell(upset(0), *([] if last is None else [last]), ended(10))
    assert scene.summaries[-1].moments[0].outcome == outcome


def test_how_many_answers_it_takes_is_the_policy_s():
    scene = Scene(policy(answer_within_turns=1))
    assert scene.tell(upset(0), agent(5)).moments_missed == 1


def test_needs_beyond_the_most_that_may_be_open_miss_the_oldest():
    scene = Scene()
    window = scene.tell(*(upset(second) for second in range(60)))
    assert (window.moments_pending, window.moments_missed) == (50, 10)
