"""When an alert expires: by silence, the same way whatever comes first."""

from tests.unit.escalation.scene import PLAIN, SECOND, Scene, opened, policy, states
from warmline.contracts.feedback import AlertFeedback


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


def test_an_alert_that_somebody_acknowledged_expires_all_the_same():
    scene = opened()
    scene.feedback("acknowledged")
    scene.fire(2**50)
    assert (scene.alerts[-1].state, scene.alerts[-1].reason) == ("closed", "expired")


def test_a_word_whose_timer_is_told_within_the_lateness_of_an_expiry_brings_that_no_sooner():
    told_early = opened()
    said_at = told_early.now + (PLAIN.expire_after_s - 10) * SECOND
    scene = Scene()
    scene.tell(
        AlertFeedback(
            feedback_id="f1", alert_id=told_early.alerts[0].alert_id, conversation_id="c1", verdict="acknowledged",
            by="s1", at=said_at,
        )
    )  # fmt: skip
    scene.fight()
    expires_at = scene.now + PLAIN.expire_after_s * SECOND
    due = said_at + 1 + PLAIN.lateness_s * SECOND
    assert expires_at < due < expires_at + PLAIN.lateness_s * SECOND
    assert scene.fire(due) == "applied"
    assert states(scene) == ["opened", "acknowledged"], "a turn that was spoken in time may still come"
    scene.customer(0.9, after_s=PLAIN.expire_after_s - 5)
    assert "closed" not in states(scene)
