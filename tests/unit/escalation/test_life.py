"""What becomes of an alert once it is open."""

from tests.unit.escalation.scene import SECOND, Scene, opened, policy, states

WATCHFUL = policy(open_at=0.4, warning_at=0.6, critical_at=0.9, update_gap_s=0, cooldown_s=100)


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


def test_an_alert_by_a_hard_cue_stays_open_until_the_time_to_act_that_it_gave_however_calm_the_customer():
    scene = Scene()
    scene.agent()
    scene.customer(0.2, "vulnerable")
    act_by = scene.alerts[-1].routing.act_by
    while scene.now + 10 * SECOND < act_by:
        scene.customer(0.0, valence=0.5)
    assert states(scene) == ["opened"]
    scene.customer(0.0, valence=0.5)
    assert (scene.alerts[-1].reason, scene.alerts[-1].as_of) == ("recovered", act_by)


def test_a_risk_alert_to_which_a_hard_cue_came_waits_for_its_time_to_act_as_well():
    scene = opened()
    scene.customer(0.2, "legal_or_public_threat", after_s=1)
    act_by = scene.alerts[-1].routing.act_by
    for _ in range(4):
        scene.customer(0.0, valence=0.8, trend="rising_fast", after_s=1)
    assert scene.now < act_by
    assert "closed" not in states(scene)


def test_a_fall_of_the_severity_gives_another_time_to_act_and_the_alert_waits_for_that():
    scene = Scene(policy(open_at=0.4, warning_at=0.6, critical_at=0.9, update_gap_s=0))
    scene.agent()
    for _ in range(3):
        scene.customer(1.0, "vulnerable", "churn_threat", trend="falling_fast")
    assert scene.alerts[-1].severity == "critical"
    first = scene.alerts[-1].routing.act_by
    while scene.alerts[-1].severity != "watch":
        scene.customer(0.0, valence=0.8, trend="rising_fast")
    second = scene.alerts[-1].routing.act_by
    assert second == scene.now + 300 * SECOND
    while scene.now + 10 * SECOND < second:
        scene.customer(0.0, valence=0.8, trend="rising_fast")
    assert scene.now > first
    assert "closed" not in states(scene)
    scene.customer(0.0, valence=0.8, trend="rising_fast")
    assert scene.alerts[-1].reason == "recovered"


def test_once_the_time_to_act_is_over_a_calm_alert_closes_by_whatever_comes_next():
    scene = Scene()
    scene.agent()
    scene.customer(0.2, "legal_or_public_threat")
    for _ in range(5):
        scene.customer(0.0, valence=0.5)
    scene.agent(after_s=200)
    assert scene.alerts[-1].reason == "recovered"


def test_who_asked_a_bot_for_a_person_waits_until_one_answers_however_calmly():
    scene = Scene()
    scene.agent(role="bot")
    scene.customer(0.2, "asks_human")
    for _ in range(30):
        scene.agent(role="bot")
        scene.customer(0.0, valence=0.3)
    assert states(scene) == ["opened"]
    scene.customer(0.2, "asks_human")
    assert states(scene) == ["opened"]
    scene.agent()
    assert [(alert.state, alert.reason) for alert in scene.alerts[1:]] == [("closed", "handed_over")]


def test_a_bot_that_never_gives_a_person_keeps_the_request_open_until_the_contact_ends_or_the_alert_expires():
    for ends, reason in ((True, "ended"), (False, "expired")):
        scene = Scene()
        scene.agent(role="bot")
        scene.customer(0.2, "asks_human")
        for _ in range(5):
            scene.customer(0.0, valence=0.3)
        scene.ended() if ends else scene.fire(2**50)
        assert [(alert.state, alert.reason) for alert in scene.alerts[1:]] == [("closed", reason)]


def test_a_new_hard_cue_in_the_turn_that_would_close_an_alert_is_told_and_keeps_it_open():
    scene = Scene(policy(cue_memory_turns=1))
    scene.agent()
    scene.customer(0.2, "asks_supervisor")
    scene.customer(0.1, after_s=60)
    scene.customer(0.1, "vulnerable", after_s=70)  # the second calm turn, and the time to act is over
    assert scene.story[1:] == ["updated warning vulnerable"]
    for _ in range(11):
        scene.customer(0.1)
    assert len(scene.alerts) == 2, "there is as much time to act on it as on the first"
    scene.customer(0.1)
    assert scene.alerts[-1].reason == "recovered"


def test_who_says_a_threat_again_calmly_has_not_recovered():
    scene = Scene(policy(close_at=0.49))
    scene.agent()
    for _ in range(40):
        scene.customer(0.0, "legal_or_public_threat", valence=0.2)
    assert states(scene) == ["opened"]


def test_a_fall_of_the_severity_waits_for_the_least_time_between_updates():
    scene = Scene(policy(open_at=0.4, warning_at=0.6, critical_at=0.9, update_gap_s=60, recover_turns=9))
    for _ in range(3):
        scene.customer(0.9)
    scene.customer(0.9, after_s=60)
    assert scene.alerts[-1].severity == "warning"
    told_at, told = scene.now, len(scene.alerts)
    for _ in range(5):
        scene.customer(0.35)
    assert len(scene.alerts) == told
    scene.customer(0.35)
    assert [(alert.state, alert.severity) for alert in scene.alerts[told:]] == [("updated", "watch")]
    assert scene.now == told_at + 60 * SECOND


def test_a_turn_that_speaks_for_the_old_severity_while_the_fall_waits_breaks_it_off():
    scene = Scene(policy(open_at=0.4, warning_at=0.6, critical_at=0.95, update_gap_s=60, recover_turns=9))
    for _ in range(3):
        scene.customer(0.9)
    scene.customer(0.9, after_s=60)
    told = len(scene.alerts)
    for distress in (0.35, 0.35, 0.9):
        scene.customer(distress)
    scene.customer(0.35, after_s=60)
    assert len(scene.alerts) == told, "one turn is no row"
    scene.customer(0.35)
    assert scene.alerts[-1].severity == "watch"


def test_an_episode_whose_end_was_never_seen_takes_its_alert_with_it():
    scene = opened()
    scene.resumed()
    scene.customer(0.6)
    assert [(alert.state, alert.reason, alert.episode) for alert in scene.alerts[1:]] == [("closed", "ended", 1)]
