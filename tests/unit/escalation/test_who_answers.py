"""What an alert makes of who answers the customer, and of a change of that."""

from tests.unit.escalation.scene import SECOND, Scene, policy
from warmline.contracts.alert import EscalationAlert


def routes(alerts: list[EscalationAlert]) -> list[tuple[str, str, bool] | None]:
    return [alert.routing and (alert.routing.action, alert.routing.skill, alert.routing.handoff) for alert in alerts]


def test_an_alert_that_opened_before_anyone_answered_is_routed_anew_once_a_bot_does():
    scene = Scene()
    scene.customer(0.2, "legal_or_public_threat")
    scene.agent(role="bot")
    assert scene.story == ["opened warning legal_or_public_threat", "updated warning legal_or_public_threat"]
    assert routes(scene.alerts) == [("whisper", "complaints", False), ("transfer_to_human", "complaints", True)]
    assert scene.alerts[-1].routing.act_by == scene.now + 60 * SECOND
    scene.agent(role="bot")
    scene.customer(0.2)
    assert len(scene.alerts) == 2


def test_a_bot_that_takes_over_from_a_person_is_told():
    scene = Scene()
    scene.fight()
    scene.agent(role="bot", after_s=1)
    assert routes(scene.alerts)[-1] == ("transfer_to_human", "human_agent", True)
    assert scene.alerts[-1].reason == scene.alerts[-1].contributions[0].term


def test_a_person_who_takes_over_closes_an_alert_that_opened_before_the_bot_answered():
    scene = Scene()
    scene.customer(0.6, "legal_or_public_threat")
    scene.agent(role="bot")
    scene.customer(0.6, "asks_human")
    scene.stored()
    scene.agent()
    assert scene.alerts[-1].reason == "handed_over"


def test_a_person_who_answers_first_changes_no_route():
    scene = Scene()
    scene.customer(0.2, "legal_or_public_threat")
    scene.agent()
    assert len(scene.alerts) == 1


def test_a_bot_that_answers_breaks_no_row_of_turns_that_speak_for_a_lower_severity():
    scene = Scene(policy(open_at=0.4, warning_at=0.6, critical_at=0.95, update_gap_s=0, recover_turns=9))
    for distress in (0.9, 0.9, 0.9, 0.35):
        scene.customer(distress)
    assert scene.alerts[-1].severity == "warning"
    scene.agent(role="bot")
    assert routes(scene.alerts)[-1] == ("transfer_to_human", "human_agent", True)
    scene.customer(0.35)
    assert scene.story[-1].startswith("updated watch")


def test_while_a_supervisor_answers_nothing_opens_by_risk():
    scene = Scene()
    scene.fight()
    for _ in range(40):
        scene.agent(role="supervisor", after_s=15)
        scene.customer(0.95, "churn_threat", after_s=5)
    assert [(alert.state, alert.reason) for alert in scene.alerts][1:] == [("closed", "handed_over")]
    scene.agent()
    assert (scene.alerts[-1].state, scene.alerts[-1].rule) == ("opened", "risk")


def test_while_a_supervisor_answers_a_hard_cue_opens():
    scene = Scene()
    scene.agent(role="supervisor")
    scene.customer(0.9, "abuse_of_agent")
    assert [alert.rule for alert in scene.alerts] == ["abuse_of_agent"]


def test_what_a_supervisor_said_before_an_alert_opened_does_not_close_it():
    scene = Scene()
    scene.fight()
    scene.agent(role="supervisor", after_s=0, late_s=5)
    assert "closed" not in [alert.state for alert in scene.alerts]
    scene.agent(role="supervisor")
    assert scene.alerts[-1].reason == "handed_over"
