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


def test_a_supervisor_who_answered_already_does_not_close_what_a_hard_cue_opened():
    scene = Scene()
    scene.agent(role="supervisor")
    scene.customer(0.4, "legal_or_public_threat")
    for _ in range(3):
        scene.agent(role="supervisor")
        scene.customer(0.4)
    assert [alert.state for alert in scene.alerts] == ["opened"]


def test_another_supervisor_or_the_same_one_after_an_agent_closes_it_as_handed_over():
    for between, who in ((None, "supervisor-2"), ("agent", "supervisor-1")):
        scene = Scene()
        scene.agent(role="supervisor")
        scene.customer(0.4, "legal_or_public_threat")
        if between:
            scene.agent(role=between)
        scene.agent(role="supervisor", who=who)
        assert [(alert.state, alert.reason) for alert in scene.alerts[1:]] == [("closed", "handed_over")]


def test_a_bots_line_in_a_persons_conversation_hands_nothing_over_where_that_person_goes_on():
    scene = Scene()
    scene.agent()
    scene.customer(0.4, "vulnerable")
    before = scene.alerts[-1].routing
    scene.agent(role="bot")
    assert routes(scene.alerts)[-1] == ("transfer_to_human", "care_team", True)
    scene.stored()
    scene.agent(after_s=1)
    back = scene.alerts[-1]
    assert (back.state, back.reason, back.routing) == ("updated", "vulnerable", before)
    scene.agent()
    assert scene.alerts[-1] is back


def test_bots_lines_between_a_persons_own_never_put_the_time_to_act_off():
    for by in (None, "acknowledged"):
        scene = Scene()
        scene.agent()
        scene.customer(0.4, "vulnerable")
        act_by = scene.alerts[-1].routing.act_by
        if by:
            scene.feedback(by)
        for _ in range(3):
            scene.agent(role="bot")
            scene.agent()
        assert (scene.alerts[-1].state, scene.alerts[-1].routing.act_by) == ("updated", act_by)


def test_what_became_graver_while_the_bot_answered_is_urgent_for_the_person_who_is_back():
    scene = Scene()
    scene.agent()
    scene.customer(0.4, "vulnerable")
    scene.agent(role="bot")
    scene.customer(0.9, "abuse_of_agent")
    scene.agent()
    assert routes(scene.alerts)[-1] == ("barge", "supervisor", False)
    assert scene.alerts[-1].routing.act_by == scene.now + 60 * SECOND


def test_another_person_after_the_bot_closes_it_as_handed_over():
    scene = Scene()
    scene.agent()
    scene.customer(0.4, "vulnerable")
    scene.agent(role="bot")
    scene.agent(who="agent-2")
    assert scene.alerts[-1].reason == "handed_over"


def test_the_person_before_the_bot_is_whoever_answered_last_and_not_who_did_when_it_opened():
    for who, reason in (("agent-1", "handed_over"), ("agent-2", "vulnerable")):
        scene = Scene()
        scene.agent()
        scene.customer(0.4, "vulnerable")
        scene.agent(who="agent-2")
        scene.agent(role="bot")
        scene.agent(who=who)
        assert scene.alerts[-1].reason == reason


def test_a_person_who_had_answered_before_the_bot_but_not_since_the_alert_opened_closes_it():
    scene = Scene()
    scene.agent()
    scene.customer(0.1)
    scene.agent(role="bot")
    scene.customer(0.2, "asks_human")
    scene.agent()
    assert scene.alerts[-1].reason == "handed_over"


def test_who_asked_the_bot_in_between_for_a_person_has_one_once_that_person_is_back():
    scene = Scene(policy(warning_at=0.9, critical_at=1.0))
    scene.fight()
    assert (scene.alerts[-1].severity, scene.alerts[-1].rule) == ("watch", "risk")
    before = routes(scene.alerts)[-1]
    scene.agent(role="bot")
    scene.customer(0.5, "asks_human")
    assert scene.alerts[-1].reason == "asks_human"
    scene.agent()
    assert routes(scene.alerts)[-1] == before
    assert scene.alerts[-1].reason != "asks_human"
    scene.agent(role="bot")
    scene.customer(0.5, "asks_human")
    assert (scene.alerts[-1].state, scene.alerts[-1].reason) == ("updated", "asks_human")
