"""What becomes of an alert once it is open."""

from tests.unit.escalation.scene import PLAIN, SECOND, Scene, policy
from warmline.escalation.policy import EscalationPolicy

WATCHFUL = policy(open_at=0.4, warning_at=0.6, critical_at=0.9, update_gap_s=0, cooldown_s=100)


def opened(chosen: EscalationPolicy | None = None) -> Scene:
    scene = Scene(chosen)
    scene.fight()
    assert [alert.state for alert in scene.alerts] == ["opened"]
    return scene


def states(scene: Scene) -> list[str]:
    return [alert.state for alert in scene.alerts]


def test_turns_that_change_nothing_publish_nothing():
    scene = opened()
    for _ in range(5):
        scene.customer(0.9)
    assert len(scene.alerts) <= 2  # at most one rise as evidence adds up


def test_a_rise_of_the_severity_is_published_with_its_leading_term():
    scene = Scene(WATCHFUL)
    scene.customer(0.6)
    scene.customer(0.6)
    assert scene.story[-1].startswith("opened watch")
    scene.customer(1.0, "churn_threat", trend="falling_fast")
    assert scene.alerts[-1].state == "updated"
    assert scene.alerts[-1].severity in ("warning", "critical")
    assert scene.alerts[-1].reason == scene.alerts[-1].contributions[0].term


def test_a_new_hard_cue_is_published_once():
    scene = opened()
    scene.customer(0.9, "abuse_of_agent")
    scene.customer(0.9, "abuse_of_agent")
    assert [alert.reason for alert in scene.alerts].count("abuse_of_agent") == 1
    assert scene.alerts[-1].severity == "critical"


def test_a_graver_cue_takes_over_the_route():
    scene = Scene()
    scene.agent()
    scene.customer(0.2, "vulnerable")
    scene.customer(0.2, "abuse_of_agent")
    assert [alert.routing.skill for alert in scene.alerts] == ["care_team", "supervisor"]
    assert scene.alerts[-1].rule == "vulnerable"


def test_updates_keep_their_distance_unless_it_turns_critical():
    distant = policy(open_at=0.4, warning_at=0.6, critical_at=0.95, update_gap_s=60)
    scene = Scene(distant)
    scene.customer(0.6)
    scene.customer(0.6)
    scene.customer(0.85, after_s=5)
    assert states(scene) == ["opened"]
    scene.customer(0.85, after_s=60)
    assert scene.story[-1].startswith("updated warning")
    scene.customer(1.0, "churn_threat", "abuse_of_agent", after_s=1)
    assert scene.alerts[-1].severity == "critical"


def test_a_fall_of_the_severity_is_published_only_after_it_has_held():
    scene = Scene(WATCHFUL)
    scene.customer(0.9)
    scene.customer(0.9)
    scene.customer(0.9)
    assert scene.alerts[-1].severity == "warning"
    before = len(scene.alerts)
    scene.customer(0.35)
    assert len(scene.alerts) == before
    scene.customer(0.35)
    assert scene.story[-1].startswith("updated watch")


def test_a_rise_ends_the_row_of_turns_that_speak_for_a_lower_severity():
    scene = Scene(WATCHFUL)
    for distress in (0.9, 0.9, 0.9, 0.35):
        scene.customer(distress)
    assert scene.alerts[-1].severity == "warning"
    scene.customer(1.0, "churn_threat")
    assert scene.alerts[-1].severity == "critical"
    told = len(scene.alerts)
    scene.customer(0.35)
    assert len(scene.alerts) == told
    scene.customer(0.35)
    assert [alert.state for alert in scene.alerts[told:]] == ["updated"]


def test_a_rise_after_somebody_took_the_alert_up_wants_to_be_acted_on_anew():
    scene = opened()
    scene.feedback("acknowledged")
    scene.customer(0.9, "abuse_of_agent", after_s=900)
    assert scene.alerts[-1].state == "updated"
    assert scene.alerts[-1].routing.act_by == scene.now + 60 * SECOND


def test_a_rise_that_nobody_has_taken_up_keeps_the_earlier_time_to_act():
    scene = opened(policy(open_at=0.5, warning_at=0.5, critical_at=1.0))
    act_by = scene.alerts[-1].routing.act_by
    scene.customer(0.9, "legal_or_public_threat", after_s=170)
    assert scene.alerts[-1].reason == "legal_or_public_threat"
    assert scene.alerts[-1].routing.act_by == act_by


def test_a_hard_cue_keeps_its_severity_while_the_alert_lives():
    scene = Scene(WATCHFUL)
    scene.agent()
    scene.customer(0.9, "abuse_of_agent")
    for _ in range(8):
        scene.customer(0.55)
    assert {alert.severity for alert in scene.alerts} == {"critical"}


def test_two_calm_customer_turns_close_it_as_recovered():
    scene = opened()
    scene.agent("empathetic", moments_met=2)
    scene.customer(0.0, valence=0.5, trend="rising_fast")
    assert "closed" not in states(scene)
    scene.agent()
    scene.customer(0.0, valence=0.6, trend="rising_fast")
    assert (scene.alerts[-1].state, scene.alerts[-1].reason) == ("closed", "recovered")
    assert scene.alerts[-1].routing is None


def test_a_calm_turn_between_angry_ones_does_not_count_towards_recovery():
    scene = opened()
    for _ in range(4):
        scene.customer(0.0, valence=0.8, trend="rising_fast", moments_met=2)
        scene.customer(0.9, trend="steady", moments_met=0)
    assert "recovered" not in [alert.reason for alert in scene.alerts]


def test_a_closed_alert_names_the_highest_severity_it_had():
    scene = Scene(WATCHFUL)
    scene.fight()
    scene.customer(0.9)
    highest = max(["watch", "warning", "critical"].index(alert.severity) for alert in scene.alerts)
    for _ in range(6):
        scene.customer(0.0, valence=0.8, trend="rising_fast")
    assert scene.alerts[-1].state == "closed"
    assert ["watch", "warning", "critical"].index(scene.alerts[-1].severity) == highest


def test_the_end_of_the_conversation_closes_it():
    scene = opened()
    scene.ended()
    assert scene.story[-1].endswith("ended")


def test_an_end_by_handover_or_transfer_closes_it_as_handed_over():
    for reason in ("handed_over", "transferred"):
        scene = opened()
        scene.ended(reason)
        assert (scene.alerts[-1].state, scene.alerts[-1].reason) == ("closed", "handed_over")


def test_a_person_who_answers_after_the_bot_closes_the_handoff():
    scene = Scene()
    scene.agent(role="bot")
    scene.customer(0.2, "asks_human")
    scene.agent(role="agent")
    assert (scene.alerts[-1].state, scene.alerts[-1].reason) == ("closed", "handed_over")


def test_a_supervisor_who_answers_closes_it_as_handed_over():
    scene = opened()
    scene.agent(role="supervisor")
    assert (scene.alerts[-1].state, scene.alerts[-1].reason) == ("closed", "handed_over")


def test_another_agent_does_not_close_it():
    scene = opened()
    scene.agent()
    assert "closed" not in states(scene)


def test_after_closing_a_risk_alert_waits_for_the_cooldown():
    scene = opened(policy(cooldown_s=300))
    scene.agent(role="supervisor")
    scene.agent()
    for _ in range(5):
        scene.customer(0.9)
    assert states(scene)[-1] == "closed"
    scene.customer(0.9, after_s=300)
    assert (scene.alerts[-1].state, scene.alerts[-1].sequence) == ("opened", 1)


def test_another_or_a_graver_hard_cue_breaks_the_cooldown_and_the_same_one_does_not():
    scene = Scene(policy(cooldown_s=1000))
    scene.agent()
    scene.customer(0.2, "asks_supervisor")
    scene.agent(role="supervisor")
    scene.agent()
    scene.customer(0.2, "asks_supervisor")
    assert states(scene) == ["opened", "closed"]
    scene.customer(0.2, "vulnerable")
    assert states(scene) == ["opened", "closed", "opened"]


def test_a_false_alarm_is_not_forgotten_once_another_alert_has_come_and_gone():
    scene = Scene()
    scene.agent()
    scene.customer(0.2, "vulnerable")
    scene.feedback("false_alarm")
    scene.customer(0.2, "asks_supervisor")
    scene.agent(role="supervisor")
    scene.agent()
    told = len(scene.alerts)
    scene.customer(0.2, "vulnerable", after_s=60)
    assert len(scene.alerts) == told
    scene.customer(0.2, "vulnerable", after_s=1800)
    assert [(alert.rule, alert.state) for alert in scene.alerts[told:]] == [("vulnerable", "opened")]


def test_an_earlier_cooldown_that_is_over_holds_nothing_back_any_more():
    scene = Scene()
    scene.agent()
    for cue in ("vulnerable", "asks_supervisor"):
        scene.customer(0.2, cue, after_s=200)
        scene.agent(role="supervisor")
        scene.agent()
    scene.customer(0.2, "vulnerable")
    assert scene.alerts[-1].state == "opened"


def test_silence_expires_it_after_the_lateness():
    scene = opened()
    due = scene.domain.due(scene.state)
    assert due == scene.now + (PLAIN.expire_after_s + PLAIN.lateness_s) * SECOND
    assert scene.fire(due - 1) == "ignored"
    assert scene.fire(due) == "applied"
    closed = scene.alerts[-1]
    assert (closed.state, closed.reason) == ("closed", "expired")
    assert closed.as_of == closed.times.spoken == due - PLAIN.lateness_s * SECOND
    assert scene.domain.due(scene.state) is None


def test_firing_twice_is_harmless():
    scene = opened()
    scene.fire(scene.domain.due(scene.state))
    assert scene.fire(2**50) == "ignored"
    assert states(scene) == ["opened", "closed"]


def test_a_window_after_the_silence_gives_the_same_end_whether_the_due_time_fired_before_it_or_not():
    fired, not_fired = opened(), opened()
    fired.fire(2**50)
    for scene in (fired, not_fired):
        scene.customer(0.1, after_s=4000)
    one, two = (
        [(alert.alert_id, alert.sequence, alert.state, alert.reason, alert.as_of) for alert in scene.alerts]
        for scene in (fired, not_fired)
    )
    assert one == two


def test_a_window_at_the_very_expiry_gives_the_same_end_whether_the_due_time_fired_before_it_or_not():
    stories = []
    for fired in (True, False):
        scene = opened(policy(lateness_s=0))
        if fired:
            assert scene.fire(scene.now + PLAIN.expire_after_s * SECOND) == "applied"
        scene.agent(after_s=PLAIN.expire_after_s)
        stories.append(scene.story)
    assert stories[0] == stories[1]
    assert stories[0][1].endswith("expired")


def test_another_life_gives_the_same_end_of_an_expired_alert_whether_the_due_time_fired_before_it_or_not():
    def ending(*, fired: bool, by: str | None) -> list[tuple[str, str, int, str]]:
        scene = opened()
        if by:
            scene.customer(0.9, "abuse_of_agent")
            scene.ended()
            scene.feedback(by)
        if fired:
            scene.fire(2**50)
        scene.start_life("life-2")
        scene.customer(0.1, after_s=100_000)
        return [(emit.id, emit.event.reason, emit.event.as_of, emit.event.policy) for emit in scene.emits]

    for by, reason in ((None, "expired"), ("acknowledged", "handed_over")):
        assert ending(fired=True, by=by) == ending(fired=False, by=by)
        assert ending(fired=False, by=by)[-1][1] == reason


def test_a_contact_that_ends_with_a_critical_alert_unresolved_asks_for_a_call_back():
    scene = opened()
    scene.customer(0.9, "abuse_of_agent")
    scene.ended("customer_left")
    ended, call_back = scene.alerts[-2:]
    assert (ended.state, ended.reason) == ("closed", "ended")
    assert (call_back.state, call_back.rule, call_back.severity) == ("opened", "call_back", "critical")
    assert call_back.routing.action == "call_back"
    assert call_back.alert_id != ended.alert_id


def test_a_critical_alert_handed_over_asks_for_no_call_back():
    scene = opened()
    scene.customer(0.9, "abuse_of_agent")
    scene.ended("handed_over")
    assert states(scene)[-1] == "closed"


def test_a_critical_alert_that_ended_in_calm_asks_for_no_call_back():
    scene = Scene(policy(recover_turns=9))
    scene.agent()
    scene.customer(0.2, "abuse_of_agent")
    for _ in range(5):
        scene.customer(0.0, valence=0.5)
    scene.ended()
    assert states(scene) == ["opened", "closed"]


def test_a_call_back_expires_by_when_it_was_due_and_counts_as_handed_over_where_somebody_took_it():
    for feedback, reason in ((None, "expired"), ("acknowledged", "handed_over")):
        scene = opened()
        scene.customer(0.9, "abuse_of_agent")
        scene.ended()
        act_by = scene.alerts[-1].routing.act_by
        if feedback:
            scene.feedback(feedback)
        scene.fire(2**50)
        assert (scene.alerts[-1].reason, scene.alerts[-1].as_of) == (reason, act_by)


def test_a_conversation_taken_up_again_ends_the_call_back():
    scene = opened()
    scene.customer(0.9, "abuse_of_agent")
    scene.ended()
    scene.resumed()
    scene.customer(0.1)
    assert (scene.alerts[-1].rule, scene.alerts[-1].reason) == ("call_back", "ended")


def test_a_late_turn_that_shows_the_contact_had_not_ended_ends_the_call_back():
    scene = opened()
    scene.customer(0.9, "abuse_of_agent")
    scene.ended("timeout")
    call_back = scene.alerts[-1]
    scene.agent(ended=None)
    closed = [alert for alert in scene.alerts if alert.alert_id == call_back.alert_id][1:]
    assert [(alert.rule, alert.state, alert.reason) for alert in closed] == [("call_back", "closed", "ended")]


def test_a_contact_that_turns_out_to_go_on_is_watched_again_at_once():
    scene = opened()
    scene.customer(0.9, "abuse_of_agent")
    scene.ended("timeout")
    scene.customer(0.9, ended=None)
    assert [(alert.state, alert.rule) for alert in scene.alerts[-2:]] == [("closed", "call_back"), ("opened", "risk")]
    assert len({alert.alert_id for alert in scene.alerts}) == 3


def test_a_false_alarm_before_a_bad_end_still_holds_back_once_the_contact_goes_on():
    scene = Scene()
    scene.agent()
    scene.customer(0.9, "vulnerable")
    scene.feedback("false_alarm")
    scene.customer(0.9, "abuse_of_agent")
    scene.ended("timeout")
    assert scene.alerts[-1].rule == "call_back"
    scene.customer(0.9, ended=None)
    assert (scene.alerts[-1].rule, scene.alerts[-1].state) == ("call_back", "closed")


def test_a_call_back_that_is_called_a_false_alarm_holds_new_risk_alerts_back():
    scene = opened()
    scene.customer(0.9, "abuse_of_agent")
    scene.ended("timeout")
    scene.feedback("false_alarm")
    scene.customer(0.9, ended=None)
    assert (scene.alerts[-1].rule, scene.alerts[-1].reason) == ("call_back", "false_alarm")


def test_a_late_word_on_an_alert_that_ended_badly_holds_its_cue_back():
    scene = Scene()
    scene.agent()
    scene.customer(0.9, "abuse_of_agent")
    scene.ended("timeout")
    alert, call_back = scene.alerts[0].alert_id, scene.alerts[-1].alert_id
    scene.feedback("false_alarm", "f1", alert)
    scene.customer(0.9, "abuse_of_agent", ended=None)
    assert (scene.alerts[-1].alert_id, scene.alerts[-1].state) == (call_back, "closed")


def test_an_episode_that_a_late_turn_took_back_keeps_the_alert_open():
    scene = Scene()
    scene.customer(0.1)
    scene.ended("timeout")
    scene.resumed()
    scene.fight()
    scene.agent(episode=1)
    assert states(scene) == ["opened"]


def test_a_new_episode_starts_without_the_evidence_of_the_old_one():
    scene = Scene()
    scene.customer(0.9)
    scene.ended()
    scene.resumed()
    scene.customer(0.9)
    assert scene.alerts == []
