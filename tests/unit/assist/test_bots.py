"""A bot is advised to hand over, and nothing else."""

import pytest

from tests.unit.assist.scene import SECOND, Scene


def test_a_customer_who_asks_a_bot_for_a_person_brings_a_handoff_though_calm():
    scene = Scene()
    scene.bot()
    asked = scene.customer(0.1, "neutral", "asks_human")
    (move,) = scene.steps
    assert (move.kind, move.move, move.agent_role) == ("handoff", "hand_over_as_asked", "bot")
    assert move.evidence == (asked,)
    assert move.expires_at == scene.now + 120 * SECOND


@pytest.mark.parametrize(
    ("cue", "move"),
    [
        ("vulnerable", "hand_over_the_vulnerable"),
        ("churn_threat", "hand_over_the_threat"),
        ("abuse_of_agent", "hand_over_the_threat"),
        ("unresolved", "hand_over_the_unsolved"),
    ],
)
def test_a_need_with_a_grave_cue_is_not_for_a_bot(cue, move):
    scene = Scene()
    scene.bot()
    scene.customer(0.8, "frustration", cue)
    assert scene.story == [f"handoff {move}"]


def test_a_need_alone_waits_for_the_bots_answer():
    scene = Scene()
    scene.bot()
    scene.customer(0.8, "frustration")
    assert scene.steps == []
    scene.bot("neutral", "canned")
    assert scene.story == ["handoff hand_over_the_need"]


def test_a_bot_that_meets_the_need_gets_neither_advice_nor_praise():
    scene = Scene()
    scene.bot()
    scene.customer(0.8, "frustration")
    scene.bot("empathetic", "acknowledges_feeling")
    assert scene.steps == []


def test_a_handoff_goes_when_a_person_answers_who_then_gets_moves():
    scene = Scene()
    scene.bot()
    scene.customer(0.8, "frustration", "asks_human")
    scene.agent("neutral", "canned")
    assert scene.story == [
        "handoff hand_over_as_asked", "withdraw hand_over_as_asked: handed_over", "suggest speak_to_this_case",
    ]  # fmt: skip


def test_asking_again_renews_the_advice():
    scene = Scene()
    scene.bot()
    scene.customer(0.1, "neutral", "asks_human")
    scene.bot("neutral", "canned")
    scene.customer(0.1, "neutral", "asks_human")
    assert scene.story == ["handoff hand_over_as_asked", "renew hand_over_as_asked"]


def test_a_calm_customer_who_talks_of_other_things_brings_no_handoff():
    scene = Scene()
    scene.bot()
    scene.customer(0.1, "neutral", "unresolved")
    scene.customer(0.1, "neutral", "repeat_contact")
    assert scene.steps == []


CALM = ("neutral",)


@pytest.mark.parametrize("asking", ["asks_human", "asks_supervisor"])
@pytest.mark.parametrize("messages_after", [0, 1, 2, 5])
def test_who_asked_for_a_person_before_anybody_answered_asked_the_bot_that_now_does(asking, messages_after):
    scene = Scene()
    asked = scene.customer(0.2, "neutral", asking)
    for _ in range(messages_after):
        scene.customer(0.1, *CALM, after_s=2)
    assert scene.steps == []
    scene.bot()
    (move,) = scene.steps
    assert (move.kind, move.move, move.agent_id) == ("handoff", "hand_over_as_asked", "bot-1")
    assert move.evidence == (asked,)


def test_a_request_before_any_answer_brings_the_move_though_the_bots_greeting_was_not_heard():
    scene = Scene()
    scene.customer(0.2, "neutral", "asks_human")
    scene.bot(abstained="low_confidence")
    assert scene.steps == []
    scene.bot()
    assert scene.story == ["handoff hand_over_as_asked"]


def test_a_request_before_any_answer_brings_the_move_though_the_bots_greeting_met_the_need():
    scene = Scene()
    scene.customer(0.8, "anger", "asks_human")
    scene.bot("empathetic", "acknowledges_feeling")
    assert scene.story[-1] == "handoff hand_over_as_asked"


def test_a_request_that_comes_late_brings_the_move_though_the_greeting_that_followed_it_came_first():
    scene = Scene()
    scene.bot()
    scene.customer(0.2, "neutral", "asks_human", after_s=-5)
    scene.customer(0.1, *CALM, after_s=2)
    assert scene.story == ["handoff hand_over_as_asked"]


def test_a_request_whose_first_answer_came_too_soon_for_a_move_brings_it_by_the_next_one():
    scene = Scene()
    scene.customer(0.8, "anger", "asks_human")
    scene.bot("empathetic", "acknowledges_feeling", after_s=3)
    assert scene.story == ["suggest let_the_anger_land", "withdraw let_the_anger_land: handed_over"]
    scene.bot(after_s=5)
    assert scene.story[2:] == ["handoff hand_over_as_asked"]


def test_a_request_that_other_turns_have_followed_since_the_first_answer_is_not_what_was_just_said():
    scene = Scene()
    scene.customer(0.8, "anger", "asks_human")
    scene.bot("empathetic", "acknowledges_feeling", after_s=1)
    scene.customer(0.1, *CALM, after_s=1)
    scene.customer(0.1, *CALM, after_s=1)
    scene.bot(after_s=20)
    assert scene.story == ["suggest let_the_anger_land", "withdraw let_the_anger_land: handed_over"]


def test_one_request_brings_one_move_however_long_the_bot_talks_on():
    scene = Scene()
    scene.customer(0.2, "neutral", "asks_human")
    for _ in range(8):
        scene.bot(after_s=60)
    assert scene.story == ["handoff hand_over_as_asked", "withdraw hand_over_as_asked: expired"]


@pytest.mark.parametrize("heard", [{}, {"abstained": "low_confidence"}])
def test_a_bot_that_speaks_after_a_person_has_come_was_not_asked(heard):
    scene = Scene()
    scene.customer(0.2, "neutral", "asks_human")
    scene.agent(**heard)
    scene.bot()
    assert scene.steps == []


def test_a_request_of_an_episode_that_is_over_does_not_ask_the_bot_of_the_next():
    scene = Scene()
    scene.customer(0.2, "neutral", "asks_human")
    scene.ended()
    scene.bot(after_s=4000)
    assert scene.steps == []


def test_in_a_new_episode_a_bot_is_asked_though_a_person_answered_in_the_one_before():
    scene = Scene()
    scene.agent()
    scene.ended()
    scene.customer(0.2, "neutral", "asks_human", after_s=4000)
    scene.bot()
    assert scene.story == ["handoff hand_over_as_asked"]


def test_a_person_who_answers_first_gets_no_move_for_the_request():
    scene = Scene()
    scene.customer(0.2, "neutral", "asks_human")
    scene.agent()
    assert scene.steps == []
