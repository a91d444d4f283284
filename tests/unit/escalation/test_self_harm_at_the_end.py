"""Self-harm that is spoken of near the end of a contact is told of, in whatever order the turn and the end arrive."""

from itertools import permutations

import pytest

from tests.support.assisted import windows_of
from tests.unit.escalation.scene import SECOND, START, Scene
from warmline.contracts.alert import EscalationAlert
from warmline.contracts.conversation import ConversationEnded
from warmline.contracts.score import ScoredTurn
from warmline.escalation.domain import EscalationDomain
from warmline.policy.load import load_policy
from warmline.store.keyed import Stamps
from warmline.store.memory import MemoryRun

POLICY = load_policy(None)


def turn(turn_id: str, role: str, at_s: int, *, self_harm: bool = False) -> ScoredTurn:
    said = {"valence": -0.95, "distress": 0.95, "cues": ("vulnerable",), "self_harm": True} if self_harm else {}
    return ScoredTurn(
        conversation_id="c1", turn_id=turn_id, role=role, participant_id=f"{role}-1", spoken_at=START + at_s * SECOND,
        sentiment="negative" if self_harm else "neutral", language="en", model="m",
        **{"valence": 0.2, "distress": 0.0} | said,
    )  # fmt: skip


CALM = [turn(f"t{n}", "agent" if n % 2 else "customer", 5 * n) for n in range(6)]
SAYS_IT = turn("t7", "customer", 29, self_harm=True)
NEVER_MIND = turn("t8", "customer", 30)
END = ConversationEnded(conversation_id="c1", at=START + 31 * SECOND)


def told(*events) -> list[EscalationAlert]:
    """Return the alerts, through the real windows by the default policy."""
    escalation = MemoryRun(EscalationDomain(POLICY.escalation, "test"))
    windows = windows_of(events, POLICY)
    return [emit.event for window in windows for emit in escalation.apply(window, Stamps(START, START))]


@pytest.mark.parametrize("last", [*permutations([SAYS_IT, NEVER_MIND, END])])
def test_somebody_is_asked_to_call_back_though_the_customer_took_it_back_and_however_late_it_came(last):
    alert = told(*CALM, *last)[-1]
    assert (alert.state, alert.severity, alert.rule, alert.reason) == ("opened", "critical", "call_back", "self_harm")
    assert alert.routing is not None
    assert (alert.routing.action, alert.routing.skill) == ("call_back", "care_team")
    assert "t7" in alert.evidence


def left_abusing() -> Scene:
    """A contact that ended badly while a call-back about no self-harm waits."""
    scene = Scene()
    scene.agent()
    for _ in range(3):
        scene.customer(1.0, "abuse_of_agent")
        scene.agent("unhelpful")
    scene.ended()
    return scene


def test_a_call_back_that_waits_already_is_told_what_it_is_about():
    scene = left_abusing()
    assert scene.story[-1] == "opened critical call_back"
    due = scene.alerts[-1].routing.act_by
    said = scene.late_customer(0.9, self_harm=True)
    last = scene.alerts[-1]
    assert said == "applied"
    assert (scene.story[-1], last.reason) == ("updated critical self_harm", "self_harm")
    assert (last.rule, last.routing.skill, last.routing.act_by) == ("call_back", "care_team", due)
    steps = len(scene.alerts)
    scene.late_customer(0.9, self_harm=True)
    assert len(scene.alerts) == steps, "told once"


@pytest.mark.parametrize("reason", ["handed_over", "transferred"])
def test_who_was_passed_on_to_somebody_is_not_called_back(reason):
    scene = Scene()
    scene.agent()
    scene.customer()
    scene.ended(reason)
    scene.late_customer(0.9, self_harm=True)
    assert scene.alerts == []


def test_what_is_said_of_it_by_nobody_or_not_used_brings_no_call_after_the_end():
    scene = Scene()
    scene.agent()
    scene.customer()
    scene.ended()
    scene.agent(self_harm=True)
    scene.customer(0.9, self_harm=True, abstained="language")
    scene.late_customer(0.9, "legal_or_public_threat")
    assert scene.alerts == []


def test_a_false_alarm_about_it_holds_the_call_back_back_as_it_does_the_next_alert():
    scene = Scene()
    scene.agent()
    scene.customer(0.9, self_harm=True)
    scene.feedback("false_alarm")
    scene.ended()
    scene.late_customer(0.9, self_harm=True)
    assert [alert.state for alert in scene.alerts] == ["opened", "closed"]


def left_with_it() -> Scene:
    """A contact that ended while a call-back about self-harm waits."""
    scene = Scene()
    scene.agent()
    scene.customer(0.9, self_harm=True)
    scene.ended()
    assert (scene.alerts[-1].rule, scene.alerts[-1].state) == ("call_back", "opened")
    return scene


@pytest.mark.parametrize("role", ["agent", "bot"])
def test_who_answers_when_the_customer_comes_back_is_told_of_what_nobody_took_up(role):
    scene = left_with_it()
    said = scene.alerts[-1].evidence
    scene.resumed()
    scene.customer(agent_role=role, agent_id=f"{role}-2", after_s=600)
    closed, told = scene.alerts[-2:]
    assert (closed.rule, closed.state, closed.reason) == ("call_back", "closed", "ended")
    assert (told.rule, told.state, told.severity, told.reason) == ("self_harm", "opened", "critical", "self_harm")
    assert told.evidence == said, "it rests on what was said before the end"
    assert (told.episode, told.routing.skill, told.routing.handoff) == (2, "care_team", role == "bot")


def test_it_outlives_a_cooldown_and_every_end_until_somebody_takes_it_up():
    scene = left_with_it()
    for _ in range(3):
        scene.resumed()
        scene.customer(after_s=20)
        scene.ended()
    assert [alert.rule for alert in scene.alerts if alert.state == "opened"] == ["self_harm", "call_back"] * 4
    scene.feedback("acknowledged")
    steps = len(scene.alerts)
    scene.resumed()
    scene.customer(after_s=20)
    assert [(alert.rule, alert.state) for alert in scene.alerts[steps:]] == [("call_back", "closed")]


def test_it_goes_over_into_a_new_life_and_into_an_episode_whose_beginning_was_not_seen():
    lost, anew = left_with_it(), left_with_it()
    anew.start_life("life-2")
    anew.customer(after_s=20)
    lost.state.alert.rule = "self_harm"  # as it is where the window of the end was never seen
    lost.resumed()
    lost.customer(after_s=20)
    for scene in (anew, lost):
        assert [(alert.rule, alert.state) for alert in scene.alerts[-1:]] == [("self_harm", "opened")]
        assert scene.alerts[-1].evidence == ("t2",)


def test_a_late_turn_that_shows_that_the_contact_had_not_ended_keeps_it_told():
    scene = left_with_it()
    scene.customer(0.9, "legal_or_public_threat", ended=None, after_s=1)
    told = scene.alerts[-1]
    assert (told.rule, told.state, told.reason) == ("self_harm", "opened", "self_harm")
    assert scene.state.alert.cues == ["self_harm", "legal_or_public_threat"]


def test_a_call_back_about_anything_else_leaves_nothing_behind():
    scene = left_abusing()
    assert scene.alerts[-1].rule == "call_back"
    scene.resumed()
    scene.customer(after_s=20)
    assert scene.alerts[-1].state == "closed"
    assert scene.state.evidence == []
