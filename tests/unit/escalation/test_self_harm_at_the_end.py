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


@pytest.mark.parametrize("last", permutations([SAYS_IT, NEVER_MIND, END]))
def test_somebody_is_asked_to_call_back_though_the_customer_took_it_back_and_however_late_it_came(last):
    alert = told(*CALM, *last)[-1]
    assert (alert.state, alert.severity, alert.rule, alert.reason) == ("opened", "critical", "call_back", "self_harm")
    assert alert.routing is not None
    assert (alert.routing.action, alert.routing.skill) == ("call_back", "care_team")
    assert "t7" in alert.evidence


def test_a_call_back_that_waits_already_is_told_what_it_is_about():
    scene = Scene()
    scene.agent()
    for _ in range(3):
        scene.customer(1.0, "abuse_of_agent")
        scene.agent("unhelpful")
    scene.ended()
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
