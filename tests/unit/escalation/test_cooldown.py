"""How long a closed alert, and a false one, hold new ones back."""

import msgspec

from tests.unit.escalation.scene import Scene, domain_of, opened, policy, states
from warmline.escalation.state import EscalationState


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
    for after_s in (100, 200):  # with the answers in between, the second alert closes as the cooldown ends, and later
        scene = Scene()
        scene.agent()
        for cue in ("vulnerable", "asks_supervisor"):
            scene.customer(0.2, cue, after_s=after_s)
            scene.agent(role="supervisor")
            scene.agent()
        scene.customer(0.2, "vulnerable")
        assert scene.alerts[-1].state == "opened"


def closed_by_a_supervisor(scene: Scene, cue: str, after_s: int = 10) -> str:
    """Let a cue open an alert and a supervisor close it; return its id."""
    scene.customer(0.2, cue, after_s=after_s)
    scene.agent(role="supervisor")
    scene.agent()
    return scene.alerts[-1].alert_id


def test_a_false_alarm_holds_back_what_it_was_about_and_not_what_closed_last():
    scene = Scene()
    scene.agent()
    false = closed_by_a_supervisor(scene, "legal_or_public_threat")
    closed_by_a_supervisor(scene, "vulnerable", after_s=200)
    scene.feedback("false_alarm", "f1", false)
    scene.stored()
    told = len(scene.alerts)
    scene.customer(0.2, "legal_or_public_threat", after_s=300)
    assert len(scene.alerts) == told
    scene.customer(0.2, "vulnerable")
    assert [(alert.rule, alert.state) for alert in scene.alerts[told:]] == [("vulnerable", "opened")]


def test_another_alert_that_closes_after_a_false_one_waits_for_its_own_cooldown_alone():
    scene = Scene()
    scene.agent()
    scene.customer(0.2, "vulnerable")
    scene.feedback("false_alarm")
    closed_by_a_supervisor(scene, "asks_supervisor")
    told = len(scene.alerts)
    scene.customer(0.2, "asks_supervisor", after_s=60)
    assert len(scene.alerts) == told
    scene.customer(0.2, "asks_supervisor", after_s=600)
    assert [(alert.rule, alert.state) for alert in scene.alerts[told:]] == [("asks_supervisor", "opened")]


def test_cues_that_a_cooldown_and_a_false_alarm_hold_back_one_by_one_open_nothing_together():
    scene = Scene()
    scene.agent()
    scene.customer(0.2, "vulnerable")
    scene.feedback("false_alarm")
    closed_by_a_supervisor(scene, "asks_supervisor")
    told = len(scene.alerts)
    scene.customer(0.2, "asks_supervisor", "vulnerable")
    assert len(scene.alerts) == told
    scene.customer(0.2, "asks_supervisor", "vulnerable", "legal_or_public_threat")
    assert scene.alerts[-1].state == "opened"


def test_a_second_false_alarm_does_not_prolong_the_first():
    scene = Scene()
    scene.agent()
    scene.customer(0.2, "vulnerable")
    scene.feedback("false_alarm", "f1")
    scene.customer(0.2, "legal_or_public_threat", after_s=1000)
    scene.feedback("false_alarm", "f2")
    scene.customer(0.2, "vulnerable", after_s=900)
    assert (scene.alerts[-1].rule, scene.alerts[-1].state) == ("vulnerable", "opened")


def test_a_false_alarm_holds_risk_alerts_back_whatever_cue_it_was_about():
    scene = Scene()
    scene.agent()
    scene.customer(0.2, "vulnerable")
    scene.feedback("false_alarm")
    told = len(scene.alerts)
    for _ in range(5):
        scene.customer(0.9, after_s=200)
    assert len(scene.alerts) == told


def test_of_an_alert_closed_by_the_version_before_a_false_alarm_holds_back_the_cue_that_opened_it():
    scene = Scene()
    scene.agent()
    false = closed_by_a_supervisor(scene, "legal_or_public_threat")
    fields = msgspec.msgpack.decode(msgspec.msgpack.encode(scene.state))
    del fields[EscalationState.__struct_fields__.index("closed_cues") :]
    scene.state = msgspec.msgpack.decode(msgspec.msgpack.encode(fields), type=EscalationState)
    scene.feedback("false_alarm", "f1", false)
    told = len(scene.alerts)
    scene.customer(0.2, "legal_or_public_threat", after_s=300)
    assert len(scene.alerts) == told
    scene.customer(0.2, "vulnerable")
    assert scene.alerts[-1].state == "opened"


def test_a_false_alarm_on_an_alert_of_the_life_before_still_knows_its_cues():
    scene = Scene()
    scene.agent()
    false = closed_by_a_supervisor(scene, "legal_or_public_threat")
    scene.start_life("life-2")
    scene.agent(after_s=1000)
    scene.feedback("false_alarm", "f1", false)
    told = len(scene.alerts)
    scene.customer(0.2, "legal_or_public_threat")
    assert len(scene.alerts) == told


def test_a_cooldown_that_still_runs_holds_the_gravest_cue_back_that_it_is_about():
    scene = Scene()
    scene.agent()
    for cue in ("abuse_of_agent", "vulnerable"):
        closed_by_a_supervisor(scene, cue)
    told = len(scene.alerts)
    scene.customer(0.2, "abuse_of_agent")
    assert len(scene.alerts) == told


def test_a_policy_that_shortens_the_cooldowns_ends_none_that_runs():
    shorter = domain_of(policy(cooldown_s=1, false_alarm_cooldown_s=1))

    scene = Scene(policy(cooldown_s=1000))
    scene.agent()
    closed_by_a_supervisor(scene, "asks_supervisor")
    scene.domain = shorter
    closed_by_a_supervisor(scene, "vulnerable")
    told = len(scene.alerts)
    scene.customer(0.2, "asks_supervisor", after_s=500)
    assert len(scene.alerts) == told
    scene.customer(0.2, "asks_supervisor", after_s=500)
    assert scene.alerts[-1].state == "opened"

    scene = Scene(policy(false_alarm_cooldown_s=1000))
    for domain, feedback_id in ((scene.domain, "f1"), (shorter, "f2")):
        scene.domain = domain
        scene.customer(0.2, "vulnerable" if feedback_id == "f1" else "abuse_of_agent")
        scene.feedback("false_alarm", feedback_id)
    told = len(scene.alerts)
    for _ in range(4):
        scene.customer(0.9, after_s=200)
    assert len(scene.alerts) == told
    for _ in range(2):
        scene.customer(0.9, after_s=200)
    assert (scene.alerts[-1].rule, scene.alerts[-1].state) == ("risk", "opened")
