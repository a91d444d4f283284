"""Duplicates, lives, feedback, and what the store sees."""

import msgspec

from tests.unit.escalation.scene import PLAIN, SECOND, Scene, opened
from warmline.contracts.feedback import AlertFeedback
from warmline.contracts.turn import Turn
from warmline.escalation.state import RECENT_ALERTS, RECENT_FEEDBACKS


def test_a_window_again_is_a_duplicate_and_changes_nothing():
    scene = opened()
    before = msgspec.msgpack.encode(scene.state)
    for window in scene.windows:
        assert scene.tell(window) == "duplicate"
    assert msgspec.msgpack.encode(scene.state) == before
    assert len(scene.alerts) == 1


def test_a_new_life_ends_the_alert_of_the_old_one_and_starts_afresh():
    scene = opened()
    scene.start_life("life-2")
    scene.customer(0.9)
    assert [alert.reason for alert in scene.alerts][1:] == ["ended"]
    assert scene.state.distress_bits == 1


def test_a_replay_of_an_old_life_is_a_duplicate():
    scene = opened()
    old = list(scene.windows)
    scene.start_life("life-2")
    scene.customer(0.1)
    assert {scene.tell(window) for window in old} == {"duplicate"}


def test_a_life_of_the_same_name_begins_anew_where_the_old_one_has_been_forgotten_upstream():
    scene = Scene()
    scene.agent()
    for _ in range(5):
        scene.customer(0.1)
    scene.customer(0.9, "abuse_of_agent")
    first = list(scene.windows)
    scene.now += 90_000 * SECOND
    scene.start_life("life-1")
    assert scene.agent() == "applied"
    assert scene.alerts[-1].reason == "expired"
    for _ in range(5):
        scene.customer(0.1)
    assert scene.customer(0.9, "abuse_of_agent") == "applied"
    openings = [alert for alert in scene.alerts if alert.state == "opened"]
    assert [alert.rule for alert in openings] == ["abuse_of_agent"] * 2
    assert openings[0].alert_id != openings[1].alert_id, "the same turn id, of another life"
    assert {scene.tell(window) for window in (*first, *scene.windows)} == {"duplicate"}


def test_what_comes_again_from_the_life_before_of_the_same_name_is_a_duplicate_though_its_revision_is_new():
    scene = opened()
    old = list(scene.windows)
    scene.now += 90_000 * SECOND
    scene.start_life("life-1")
    scene.agent()
    before = msgspec.msgpack.encode(scene.state)
    assert {scene.tell(window) for window in old} == {"duplicate"}
    assert msgspec.msgpack.encode(scene.state) == before


def test_a_life_whose_newest_revisions_were_lost_upstream_goes_on():
    scene = opened()
    old = list(scene.windows)
    scene.fields["revision"] -= 2
    assert scene.customer(0.9, "abuse_of_agent") == "applied"
    assert [alert.state for alert in scene.alerts] == ["opened", "updated"]
    assert len({alert.alert_id for alert in scene.alerts}) == 1
    assert {scene.tell(window) for window in (*old, scene.windows[-1])} == {"duplicate"}


def test_acknowledging_is_a_step_that_names_who():
    scene = opened()
    assert scene.feedback("acknowledged", by="super-7") == "applied"
    step = scene.alerts[-1]
    assert (step.state, step.reason, step.acknowledged_by) == ("acknowledged", "acknowledged", "super-7")
    assert step.routing is not None


def test_confirming_acknowledges_only_what_nobody_had_acknowledged():
    scene = opened()
    scene.feedback("confirmed", "f1")
    scene.feedback("confirmed", "f2")
    scene.feedback("acknowledged", "f3")
    assert [alert.state for alert in scene.alerts] == ["opened", "acknowledged"]


def test_the_same_feedback_again_is_a_duplicate():
    scene = opened()
    scene.feedback("acknowledged")
    assert scene.feedback("acknowledged") == "duplicate"
    assert len(scene.alerts) == 2


def test_feedback_on_an_unknown_alert_changes_nothing_that_is_known():
    scene = opened()
    scene.feedback("false_alarm", alert_id="nobody-knows")
    assert scene.alerts[-1].state == "opened"
    assert scene.state.cooldown_until == 0


def test_a_false_alarm_closes_and_cools_down_longer():
    scene = opened()
    scene.feedback("false_alarm")
    assert (scene.alerts[-1].state, scene.alerts[-1].reason) == ("closed", "false_alarm")
    scene.customer(0.9, after_s=600)
    assert len(scene.alerts) == 2
    scene.customer(0.9, after_s=1300)
    assert scene.alerts[-1].state == "opened"


def test_a_false_alarm_on_an_alert_that_had_closed_still_cools_down_longer():
    scene = opened()
    scene.agent(role="supervisor")
    assert scene.feedback("false_alarm") == "applied"
    scene.agent()
    scene.customer(0.9, after_s=600)
    assert len(scene.alerts) == 2


def test_feedback_moves_no_watermark():
    scene = opened()
    scene.feedback("acknowledged")
    assert scene.domain.event_time_of(scene.windows[-1]) == scene.windows[-1].as_of
    late = AlertFeedback(
        feedback_id="f", alert_id="a", conversation_id="c1", verdict="acknowledged", by="s", at=2**45
    )  # fmt: skip
    assert scene.domain.event_time_of(late) == 0


def test_other_events_concern_no_key():
    turn = Turn(conversation_id="c1", turn_id="t", role="agent", participant_id="a", text="", spoken_at=0)
    assert Scene().domain.key_of(turn) is None


def test_every_event_id_is_named_by_alert_and_sequence():
    scene = opened()
    scene.feedback("acknowledged")
    scene.ended()
    assert len({emit.id for emit in scene.emits}) == 3
    assert [alert.sequence for alert in scene.alerts] == [1, 2, 3]


def test_the_state_is_bounded_however_long_the_conversation():
    scene = Scene()
    for number in range(300):
        scene.agent("unhelpful", after_s=1)
        scene.customer(0.9, "abuse_of_agent", "churn_threat", after_s=200)
        if scene.state.alert:
            scene.feedback("false_alarm", f"f{number}")
        for _ in range(3):
            scene.customer(0.9, after_s=700)
    size = len(msgspec.msgpack.encode(scene.state))
    assert len(scene.state.feedbacks) <= RECENT_FEEDBACKS
    assert len(scene.state.closed) <= RECENT_ALERTS
    assert size < 4096


def test_a_state_outlives_its_open_alert_in_the_store_call_backs_as_well():
    risk, call_back = opened(), opened()
    call_back.customer(0.9, "abuse_of_agent")
    call_back.ended()
    assert call_back.alerts[-1].rule == "call_back"
    for scene in (risk, call_back):
        left_s = (scene.domain.due(scene.state) - scene.now) / SECOND
        assert scene.domain.ttl_s(scene.state) >= left_s + PLAIN.keep_s


def test_a_word_from_the_life_before_that_is_sent_again_is_a_duplicate():
    scene = opened()
    first = scene.alerts[0].alert_id
    scene.feedback("confirmed", "f1", first)
    scene.start_life("life-2")
    scene.customer(0.1)
    assert scene.feedback("confirmed", "f1", first) == "duplicate"
