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
