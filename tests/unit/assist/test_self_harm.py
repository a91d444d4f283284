"""Who speaks of suicide or self-harm is not left alone, and not left to a bot."""

import msgspec
import pytest

from tests.unit.assist.scene import PLAIN, SECOND, Scene, policy
from warmline.assist.policy import AssistPolicy, When


def test_words_of_self_harm_bring_the_move_about_them_and_not_the_one_for_who_is_vulnerable():
    scene = Scene()
    scene.agent()
    said = scene.customer(0.95, "sadness", "vulnerable", self_harm=True)
    (move,) = scene.steps
    assert (move.kind, move.move, move.evidence) == ("suggest", "stay_with_them", (said,))


def test_it_goes_before_every_other_move_and_replaces_the_one_that_lives():
    scene = Scene()
    scene.agent()
    scene.customer(0.95, "anger", "abuse_of_agent", "asks_supervisor", "churn_threat")
    scene.customer(0.95, "sadness", "vulnerable", self_harm=True)
    assert scene.story == [
        "suggest draw_the_line", "withdraw draw_the_line: replaced", "suggest stay_with_them",
    ]  # fmt: skip


def test_it_is_not_held_back_by_strain_nor_by_an_agent_who_has_met_every_need():
    scene = Scene(policy(strain_turns=1))
    scene.agent()
    for _ in range(3):
        scene.customer(0.8, "anger")
        scene.agent("empathetic", "acknowledges_feeling")
    given = len(scene.story)
    scene.customer(0.95, "sadness", "vulnerable", self_harm=True)
    assert scene.story[given:] == ["suggest stay_with_them"]


def test_it_stays_while_the_agent_says_something_kind_and_goes_once_they_ask():
    scene = Scene()
    scene.agent()
    scene.customer(0.95, "sadness", "vulnerable", self_harm=True)
    scene.agent("neutral", "apologises")
    assert scene.story == ["suggest stay_with_them"]
    scene.agent("neutral", "explores")
    assert scene.story == ["suggest stay_with_them", "withdraw stay_with_them: done"]


def test_it_is_about_what_was_just_said():
    scene = Scene()
    scene.agent()
    scene.customer(0.95, "sadness", "vulnerable", self_harm=True)
    scene.agent("empathetic", "acknowledges_feeling")
    scene.customer(0.1, "neutral")
    scene.customer(0.1, "neutral")
    scene.customer(0.8, "anger", after_s=60)
    scene.agent("neutral", after_s=60)
    assert [line for line in scene.story if "stay_with_them" in line] == [
        "suggest stay_with_them", "withdraw stay_with_them: met",
    ]  # fmt: skip


@pytest.mark.parametrize("distress", [0.1, 0.95])
@pytest.mark.parametrize("cues", [(), ("vulnerable",), ("asks_human", "vulnerable")])
def test_a_bot_passes_on_at_once_whatever_else_is_heard_and_however_calmly_it_is_said(distress, cues):
    scene = Scene()
    scene.bot()
    said = scene.customer(distress, *cues, self_harm=True)
    (move,) = scene.steps
    assert (move.kind, move.move, move.evidence) == ("handoff", "hand_over_for_safety", (said,))
    assert move.expires_at == scene.now + 120 * SECOND


def test_who_said_it_before_anybody_answered_said_it_to_the_bot_that_now_does():
    scene = Scene()
    said = scene.customer(0.1, self_harm=True)
    for _ in range(3):
        scene.customer(0.1, "neutral", after_s=2)
    scene.bot()
    (move,) = scene.steps
    assert (move.kind, move.move, move.agent_id, move.evidence) == ("handoff", "hand_over_for_safety", "bot-1", (said,))


def test_what_was_asked_before_it_was_said_was_not_asked_about_it():
    scene = Scene()
    scene.agent()
    scene.customer(0.8, "frustration")
    scene.agent("neutral", "explores")
    scene.customer(0.95, "sadness", "vulnerable", self_harm=True)
    assert scene.story[-1] == "suggest stay_with_them"


def test_a_bot_that_says_something_kind_has_to_pass_on_all_the_same():
    scene = Scene()
    scene.bot()
    scene.customer(0.95, "sadness", "vulnerable", self_harm=True)
    scene.bot("empathetic", "acknowledges_feeling")
    scene.bot("neutral", "canned")
    assert scene.story == ["handoff hand_over_for_safety"]
    scene.agent()
    assert scene.story[1:] == ["withdraw hand_over_for_safety: handed_over"]


@pytest.mark.parametrize("answerer", ["agent", "bot"])
def test_said_again_after_the_card_lapsed_it_brings_the_same_move_before_others_that_came_less_often(answerer):
    scene = Scene()
    getattr(scene, answerer)()
    scene.customer(0.95, "sadness", "vulnerable", self_harm=True)
    scene.pass_time(190)
    scene.customer(0.95, "sadness", "vulnerable", self_harm=True)
    first, lapsed, again = scene.story
    assert lapsed.endswith(": expired")
    assert again == first


def test_it_lives_on_however_often_it_is_said():
    scene = Scene()
    scene.agent()
    for _ in range(PLAIN.renew_most + 4):
        scene.customer(0.95, "sadness", "vulnerable", self_harm=True, after_s=20)
    assert scene.story == ["suggest stay_with_them", *["renew stay_with_them"] * (PLAIN.renew_most + 3)]


def test_what_an_answer_says_of_it_or_a_score_that_is_not_used_brings_nothing():
    scene = Scene()
    scene.bot(self_harm=True)
    scene.agent(self_harm=True)
    scene.customer(0.1, self_harm=True, abstained="language")
    scene.bot()
    assert scene.steps == []


def test_a_table_may_ask_for_self_harm_and_a_cue_together():
    both = msgspec.structs.replace(
        PLAIN.moves["stay_with_them"], when=When(self_harm=True, cues=frozenset({"time_pressure"})), rank=1
    )
    moves = PLAIN.moves | {"before_the_time": both, "stay_with_them": None}
    for said in ({"self_harm": True}, {}):
        scene = Scene(policy(moves=moves))
        scene.agent()
        scene.customer(0.95, "sadness", "vulnerable", **said)
        assert scene.story == ["suggest slow_down_for_them"]
    scene = Scene(policy(moves=moves))
    scene.agent()
    scene.customer(0.95, "sadness", "vulnerable", "time_pressure", self_harm=True)
    assert scene.story == ["suggest before_the_time"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "praise", "when": {"self_harm": True}},
        {"kind": "praise", "when": {"without_need": True}},
        {"kind": "suggest", "when": {"self_harm": True, "without_need": True}},
        {"kind": "handoff", "when": {"without_need": True}},
    ],
)
def test_a_condition_that_would_never_hold_or_hold_without_a_cause_is_refused(wrong):
    with pytest.raises(msgspec.ValidationError, match=r"praise depends|only a handoff"):
        msgspec.convert({"moves": {"a_move": wrong | {"text": "t", "reason": "r", "rank": 1}}}, AssistPolicy)


@pytest.mark.parametrize("answerer", ["agent", "bot"])
def test_it_comes_at_once_though_another_move_has_just_been_given(answerer):
    scene = Scene(policy(gap_s=60, strain_gap_s=60))
    getattr(scene, answerer)()
    scene.customer(0.95, "anger", "abuse_of_agent", "asks_human")
    scene.customer(0.95, "sadness", "vulnerable", self_harm=True, after_s=1)
    assert len(scene.steps) == 3
    assert scene.steps[-1].move in {"stay_with_them", "hand_over_for_safety"}


def test_it_comes_each_time_it_is_said_anew_however_often_that_is():
    scene = Scene(policy(give_most=1))
    scene.agent()
    for _ in range(3):
        scene.customer(0.95, "sadness", "vulnerable", self_harm=True)
        scene.pass_time(190)
    assert [line for line in scene.story if "expired" not in line] == ["suggest stay_with_them"] * 3
