"""A customer who speaks of suicide or self-harm is always told of, whatever was told, closed or waved away before."""

import msgspec
import pytest

from tests.unit.escalation.scene import PLAIN, SECOND, Scene, policy
from warmline.contracts.feedback import AlertFeedback
from warmline.escalation.policy import EscalationPolicy


def says_it(scene: Scene, after_s: int = 10) -> None:
    """Let the customer say it, as a scorer hears it."""
    scene.customer(0.9, "vulnerable", after_s=after_s, self_harm=True)


def called_vulnerable() -> Scene:
    """Return a conversation with an open alert that is no more than a watch."""
    scene = Scene()
    scene.agent()
    scene.customer(0.2, "vulnerable")
    assert scene.story == ["opened watch vulnerable"]
    return scene


def test_it_opens_a_critical_alert_of_its_own_rule_to_whoever_is_trained_for_it():
    scene = Scene()
    scene.agent()
    says_it(scene)
    (alert,) = scene.alerts
    assert (alert.rule, alert.reason, alert.severity) == ("self_harm", "self_harm", "critical")
    assert (alert.routing.action, alert.routing.skill) == ("whisper", "care_team")
    assert alert.routing.act_by == alert.as_of + 60 * SECOND
    assert alert.evidence == ("t2",)


def test_towards_a_bot_it_asks_for_a_person_of_that_skill():
    scene = Scene()
    scene.agent(role="bot")
    says_it(scene)
    routing = scene.alerts[-1].routing
    assert (routing.action, routing.skill, routing.handoff) == ("transfer_to_human", "care_team", True)


def test_it_makes_an_open_alert_about_less_critical_at_once_and_asks_for_somebody_sooner():
    scene = called_vulnerable()
    says_it(scene, after_s=1)
    last = scene.alerts[-1]
    assert scene.story[1:] == ["updated critical self_harm"]
    assert last.routing.act_by == last.as_of + 60 * SECOND < scene.alerts[0].routing.act_by
    assert last.routing.skill == "care_team"


def test_it_comes_before_an_insult_that_is_as_grave():
    scene = Scene()
    scene.agent()
    scene.customer(0.9, "abuse_of_agent")
    says_it(scene)
    last = scene.alerts[-1]
    assert (last.state, last.reason, last.routing.skill) == ("updated", "self_harm", "care_team")
    together = Scene()
    together.agent()
    together.customer(0.9, "abuse_of_agent", "vulnerable", self_harm=True)
    assert together.alerts[-1].rule == "self_harm"


def test_an_alert_about_it_does_not_become_less_than_critical():
    scene = Scene()
    scene.agent(role="bot")
    says_it(scene)
    for _ in range(6):
        scene.customer(0.0, valence=0.5, after_s=30)
    assert {alert.severity for alert in scene.alerts} == {"critical"}


@pytest.mark.parametrize("verdict", ["false_alarm", None])
def test_neither_a_false_alarm_nor_a_cooldown_about_something_else_holds_it_back(verdict):
    scene = called_vulnerable()
    if verdict is None:
        scene.agent(role="supervisor")
        scene.agent()
    else:
        scene.feedback(verdict)
    scene.customer(0.2, "vulnerable")
    assert [alert.state for alert in scene.alerts] == ["opened", "closed"], "what was waved away stays so"
    says_it(scene)
    assert scene.story[2:] == ["opened critical self_harm"]


def test_a_false_alarm_about_it_holds_the_next_one_back_no_longer_than_any_closing_does():
    scene = Scene(policy(cooldown_s=120, false_alarm_cooldown_s=1800))
    scene.agent()
    says_it(scene)
    scene.feedback("false_alarm")
    told = len(scene.alerts)
    scene.customer(0.9, self_harm=True, after_s=60)
    assert len(scene.alerts) == told, "the same story a minute later"
    scene.customer(0.9, self_harm=True, after_s=90)
    assert scene.story[told:] == ["opened critical self_harm"]


def test_it_is_told_though_it_comes_late():
    scene = called_vulnerable()
    scene.customer(0.0)
    scene.late_customer(0.9, self_harm=True)
    assert scene.story[1:] == ["updated critical self_harm"]


def test_what_an_agent_says_of_it_or_a_score_that_is_not_used_opens_nothing():
    scene = Scene()
    scene.agent(self_harm=True)
    scene.agent(role="supervisor", self_harm=True)
    scene.agent(role="bot", self_harm=True)
    scene.customer(0.9, self_harm=True, abstained="language")
    assert scene.alerts == []


def test_the_alert_rests_on_the_turn_that_said_it_however_calmly_and_with_whatever_else_was_heard():
    scene = Scene()
    scene.agent()
    scene.customer(0.1, self_harm=True)
    assert [(alert.rule, alert.evidence) for alert in scene.alerts] == [("self_harm", ("t2",))]


@pytest.mark.parametrize(
    "changed",
    [{"severity": "warning"}, {"distress_min": 0.2}, None],
    ids=["less than critical", "at a distress", "off"],
)
def test_no_policy_takes_it_away(changed):
    cue = msgspec.to_builtins(PLAIN.hard_cues.self_harm)
    wrong = {"hard_cues": {"self_harm": None if changed is None else cue | changed}}
    with pytest.raises(msgspec.ValidationError, match="self_harm"):
        msgspec.convert(wrong, EscalationPolicy)
    msgspec.convert({"hard_cues": {"self_harm": cue | {"action": "barge", "act_within_s": 30}}}, EscalationPolicy)


def test_another_alerts_end_within_its_cooldown_does_not_prolong_it():
    scene = Scene(policy(cooldown_s=120))
    scene.agent()
    says_it(scene)
    scene.agent(role="supervisor")
    scene.agent()
    scene.customer(0.2, "legal_or_public_threat", after_s=70)
    scene.agent(role="supervisor", who="supervisor-2")
    assert [alert.state for alert in scene.alerts] == ["opened", "closed"] * 2
    scene.agent()
    scene.customer(0.9, self_harm=True, after_s=60)
    assert scene.story[4:] == ["opened critical self_harm"]


def test_somebody_who_waved_away_what_the_alert_was_before_did_not_wave_this_away():
    scene = called_vulnerable()
    alert_id, clicked_at = scene.alerts[-1].alert_id, scene.now + 5 * SECOND
    says_it(scene)
    click = AlertFeedback(
        feedback_id="f1", alert_id=alert_id, conversation_id="c1", verdict="false_alarm", by="s1", at=clicked_at
    )
    assert scene.tell(click) == "applied"
    assert scene.story == ["opened watch vulnerable", "updated critical self_harm"]
    scene.feedback("false_alarm", feedback_id="f2")
    assert scene.story[2:] == ["closed critical false_alarm"]


def test_towards_a_bot_it_waits_for_a_person_however_calm_the_customer_becomes():
    scene = Scene()
    scene.agent(role="bot")
    scene.customer(0.9, self_harm=True)
    for _ in range(5):
        scene.agent(role="bot")
        scene.customer(0.0, valence=0.3, after_s=30)
    assert [alert.state for alert in scene.alerts if alert.state == "closed"] == []
    scene.agent()
    assert scene.alerts[-1].state == "closed"


def test_a_turn_that_comes_late_is_named_though_eight_newer_ones_speak_for_the_alert():
    scene = Scene()
    scene.agent()
    for _ in range(PLAIN.evidence_max):
        scene.customer(0.9, after_s=3)
    scene.late_customer(0.9, self_harm=True, before_s=25)
    last = scene.alerts[-1]
    assert last.reason == "self_harm"
    assert last.evidence[0] == f"t{scene.fields['turns']}"
    assert len(last.evidence) == PLAIN.evidence_max
