"""How long a closed alert, and a false one, hold new ones back."""

from tests.unit.escalation.scene import Scene, opened, policy, states


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
