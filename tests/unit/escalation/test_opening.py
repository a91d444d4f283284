"""When an alert opens."""

import msgspec
import pytest

from tests.unit.escalation.scene import PLAIN, SECOND, Scene, policy
from warmline.escalation.policy import EscalationPolicy


def test_a_calm_conversation_opens_nothing():
    scene = Scene()
    for _ in range(10):
        scene.customer(0.1)
        scene.agent()
    assert scene.alerts == []


def test_one_turn_of_rage_alone_is_not_enough_evidence_for_a_risk_alert():
    scene = Scene(policy(open_at=0.4))
    scene.customer(1.0, "churn_threat", "unresolved", trend="falling_fast")
    assert scene.alerts == []


def test_a_second_turn_of_rage_opens_a_risk_alert_that_names_both_turns():
    scene = Scene()
    scene.fight()
    (alert,) = scene.alerts
    assert (alert.state, alert.sequence, alert.rule) == ("opened", 1, "risk")
    assert alert.evidence == ("t2", "t3", "t4")
    assert alert.opened_at == alert.as_of == scene.now


def test_the_opening_reason_of_a_risk_alert_is_its_strongest_term():
    scene = Scene()
    scene.fight()
    (alert,) = scene.alerts
    assert alert.reason == alert.contributions[0].term
    assert abs(alert.contributions[0].value) == max(abs(term.value) for term in alert.contributions)


def test_the_contributions_sum_to_the_risk():
    scene = Scene()
    scene.fight()
    (alert,) = scene.alerts
    total = sum(term.value for term in alert.contributions)
    assert alert.risk == pytest.approx(min(max(total, 0.0), 1.0), abs=1e-9)


@pytest.mark.parametrize(
    ("cue", "severity", "action", "skill"),
    [
        ("asks_supervisor", "warning", "barge", "supervisor"),
        ("legal_or_public_threat", "warning", "whisper", "complaints"),
        ("abuse_of_agent", "critical", "barge", "supervisor"),
        ("vulnerable", "watch", "whisper", "care_team"),
    ],
)
def test_a_hard_cue_opens_at_once_with_its_own_severity_and_route(cue, severity, action, skill):
    scene = Scene()
    scene.agent()
    scene.customer(0.2, cue)
    (alert,) = scene.alerts
    assert (alert.rule, alert.reason, alert.severity) == (cue, cue, severity)
    assert (alert.routing.action, alert.routing.skill, alert.routing.handoff) == (action, skill, False)
    assert alert.evidence == ("t2",)


@pytest.mark.parametrize("cue", ["churn_threat", "repeat_contact", "time_pressure", "unresolved"])
def test_a_soft_cue_alone_opens_nothing(cue):
    scene = Scene()
    scene.customer(0.2, cue)
    assert scene.alerts == []


def test_the_gravest_of_several_hard_cues_is_the_rule():
    scene = Scene()
    scene.agent()
    scene.customer(0.2, "vulnerable", "abuse_of_agent")
    assert scene.alerts[0].rule == "abuse_of_agent"


def test_a_hard_cue_that_the_policy_switches_off_opens_nothing():
    scene = Scene(policy(hard_cues=msgspec.structs.replace(PLAIN.hard_cues, vulnerable=None)))
    scene.customer(0.2, "vulnerable")
    assert scene.alerts == []


def test_a_hard_cue_below_the_distress_it_needs_is_left_to_the_risk():
    needs = msgspec.structs.replace(PLAIN.hard_cues.vulnerable, distress_min=0.5)
    chosen = policy(hard_cues=msgspec.structs.replace(PLAIN.hard_cues, vulnerable=needs))
    in_passing, in_need = Scene(chosen), Scene(chosen)
    in_passing.customer(0.4, "vulnerable")
    in_need.customer(0.5, "vulnerable")
    assert in_passing.alerts == []
    assert in_need.alerts[0].rule == "vulnerable"


def test_a_turn_that_comes_late_is_judged_by_its_own_distress_and_not_by_that_of_a_newer_one():
    angry_then_calm, calm_then_angry = Scene(EscalationPolicy()), Scene(EscalationPolicy())
    for scene, late, newest in ((angry_then_calm, 0.9, 0.1), (calm_then_angry, 0.05, 0.5)):
        scene.agent()
        scene.customer(newest)
        scene.late_customer(late, "abuse_of_agent")
    assert [(alert.rule, alert.severity) for alert in angry_then_calm.alerts] == [("abuse_of_agent", "critical")]
    assert calm_then_angry.alerts == []


def test_a_customer_who_asks_a_bot_for_a_person_gets_a_handoff_alert():
    scene = Scene()
    scene.agent(role="bot")
    scene.customer(0.2, "asks_human")
    (alert,) = scene.alerts
    assert alert.rule == "asks_human"
    assert (alert.routing.action, alert.routing.handoff, alert.routing.skill) == (
        "transfer_to_human", True, "human_agent",
    )  # fmt: skip


def test_asking_a_person_for_a_person_opens_nothing():
    scene = Scene()
    scene.agent()
    scene.customer(0.2, "asks_human")
    assert scene.alerts == []


def test_who_asked_for_a_person_before_anyone_answered_asked_the_bot_that_then_does():
    scene = Scene()
    scene.customer(0.2, "asks_human")
    assert scene.alerts == []
    scene.agent(role="bot")
    assert scene.alerts[0].rule == "asks_human"


def test_asking_for_a_supervisor_while_one_answers_opens_nothing():
    scene = Scene()
    scene.agent(role="supervisor")
    scene.customer(0.2, "asks_supervisor")
    assert scene.alerts == []


def test_every_alert_towards_a_bot_is_a_handoff():
    scene = Scene()
    scene.agent(role="bot")
    scene.customer(0.9)
    scene.agent("unhelpful", role="bot")
    scene.customer(0.9)
    assert scene.alerts[0].rule == "risk"
    assert (scene.alerts[0].routing.action, scene.alerts[0].routing.handoff) == ("transfer_to_human", True)


def test_a_hard_cue_towards_a_bot_hands_over_to_the_skill_of_the_cue():
    scene = Scene()
    scene.agent(role="bot")
    scene.customer(0.2, "vulnerable")
    assert (scene.alerts[0].routing.action, scene.alerts[0].routing.skill) == ("transfer_to_human", "care_team")


def test_a_score_that_was_not_used_opens_nothing():
    scene = Scene()
    scene.customer(0.9, "abuse_of_agent", abstained="low_confidence", mood=None, valence=0.0)
    assert scene.alerts == []


def test_an_ended_conversation_opens_nothing_more():
    scene = Scene()
    scene.customer(0.1)
    scene.ended()
    scene.customer(0.9, "abuse_of_agent")
    assert scene.alerts == []


def test_an_unhelpful_answer_can_be_what_opens_a_risk_alert():
    scene = Scene(policy(open_at=0.67, warning_at=0.8))
    scene.agent()
    scene.customer(0.8)
    scene.agent()
    scene.customer(0.8)
    assert scene.alerts == []
    scene.agent("unhelpful")
    scene.agent("unhelpful")
    assert scene.alerts[0].rule == "risk"


def test_alert_ids_come_from_the_cause_and_the_life_alone():
    first, second, other_life = Scene(), Scene(), Scene(incarnation="life-2")
    for scene in (first, second, other_life):
        scene.fight()
    assert first.emits == second.emits
    assert other_life.alerts[0].alert_id != first.alerts[0].alert_id


def test_alerts_that_starts_open_in_the_same_episode_have_ids_of_their_own():
    scene = Scene(policy(update_gap_s=600))
    scene.fight()
    for _ in range(2):
        scene.agent(role="supervisor")
        scene.agent()
        scene.now += 200 * SECOND
        scene.window("started")
    openings = [alert for alert in scene.alerts if alert.state == "opened"]
    assert len({alert.alert_id for alert in openings}) == len(openings) == 3
    assert len({emit.id for emit in scene.emits}) == len(scene.emits)


def test_call_backs_that_ends_open_in_the_same_episode_have_ids_of_their_own():
    scene = Scene()
    scene.agent()
    for _ in range(2):  # the second time after a late turn had shown that the episode before had not ended
        scene.customer(0.9, "abuse_of_agent", ended=None)
        scene.ended()
    call_backs = {alert.alert_id for alert in scene.alerts if alert.rule == "call_back"}
    assert len(call_backs) == 2
    assert len({emit.id for emit in scene.emits}) == len(scene.emits)


def test_the_times_are_those_of_the_window_and_of_the_processing():
    scene = Scene()
    scene.fight()
    times = scene.alerts[0].times
    window = scene.windows[-1].times
    assert msgspec.structs.replace(window, published=scene.now) == times


def test_who_asked_in_one_of_several_messages_before_anyone_answered_asked_the_bot_that_then_does():
    scene = Scene()
    scene.customer(0.2, "asks_human")
    scene.customer(0.1, after_s=2)
    scene.customer(0.1, after_s=2)
    scene.agent(role="bot")
    assert [alert.rule for alert in scene.alerts] == ["asks_human"]


def test_a_bot_whose_words_were_not_scored_answers_all_the_same():
    scene = Scene()
    scene.customer(0.2, "asks_human")
    scene.customer(0.1)
    scene.agent(role="bot", abstained="language")
    assert [alert.rule for alert in scene.alerts] == ["asks_human"]


def test_who_asked_a_person_some_messages_ago_did_not_ask_the_bot_that_answers_now():
    scene = Scene()
    scene.agent()
    scene.customer(0.2, "asks_human")
    scene.customer(0.1)
    scene.agent(role="bot")
    assert scene.alerts == []
