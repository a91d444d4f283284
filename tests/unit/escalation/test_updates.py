"""When an open alert says that its severity has changed, and what speaks for that."""

from tests.unit.escalation.scene import Scene, opened, policy, states

LASTING = policy(open_at=0.4, warning_at=0.6, critical_at=0.95, update_gap_s=0, recover_turns=9)


def test_a_rise_to_critical_by_the_risk_alone_does_not_wait_for_the_least_time_between_updates():
    scene = Scene(policy(open_at=0.4, warning_at=0.6, critical_at=0.9, update_gap_s=60))
    scene.customer(0.6)
    scene.customer(0.6)
    assert scene.story[-1].startswith("opened watch")
    scene.customer(1.0, "churn_threat", trend="falling_fast", after_s=1)
    assert (scene.alerts[-1].state, scene.alerts[-1].severity) == ("updated", "critical")


def test_a_new_hard_cue_ends_the_row_of_turns_that_speak_for_a_lower_severity():
    scene = Scene(LASTING)
    for distress in (0.9, 0.9, 0.9, 0.1):
        scene.customer(distress)
    scene.customer(0.1, "vulnerable")
    assert scene.story[-1] == "updated warning vulnerable"
    told = len(scene.alerts)
    scene.customer(0.1)
    assert len(scene.alerts) == told, "one turn is no row"
    scene.customer(0.1)
    assert scene.story[told:] == [f"updated watch {scene.alerts[-1].contributions[0].term}"]


def test_a_severity_falls_only_where_the_risk_is_under_its_threshold_by_the_margin():
    scene = Scene(LASTING)
    for distress in (0.9, 0.9, 0.9, *[0.65] * 6):
        scene.customer(distress)
    assert 500 < sum(scene.state.terms) < 600
    assert scene.alerts[-1].severity == "warning"
    for _ in range(2):
        scene.customer(0.55)
    assert sum(scene.state.terms) < 500
    assert scene.alerts[-1].severity == "watch"


def test_turns_whose_score_is_not_used_speak_neither_for_a_lower_severity_nor_for_recovery():
    scene = Scene(LASTING)
    for distress in (0.9, 0.9, 0.9, 0.35):
        scene.customer(distress)
    for _ in range(3):
        scene.customer(0.35, abstained="language")
    assert scene.alerts[-1].severity == "warning"
    scene.customer(0.35)
    assert scene.alerts[-1].severity == "watch"

    scene = opened()
    calm = {"valence": 0.8, "trend": "rising_fast", "moments_met": 2}
    scene.customer(0.0, **calm)
    for _ in range(3):
        scene.customer(0.0, abstained="language", **calm)
    assert "closed" not in states(scene)
    scene.customer(0.0, **calm)
    assert scene.alerts[-1].reason == "recovered"
