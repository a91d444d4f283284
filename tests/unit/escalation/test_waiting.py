"""Feedback that is read before its alert, as in a replay of all topics, waits for it and for its own time."""

import msgspec
from hypothesis import given, settings, strategies as st

from tests.support.assisted import assisted, windows_of
from tests.support.early_words import NEVER, outcomes, with_words, words_first
from tests.support.scripted import Script
from tests.unit.escalation.scene import PLAIN, SECOND, Scene, opened, policy, states
from warmline.contracts.feedback import AlertFeedback
from warmline.contracts.waiting import MOST_WAITING
from warmline.contracts.window import ConversationWindow
from warmline.escalation.domain import EscalationDomain
from warmline.escalation.learnt import FeedbackTaken
from warmline.escalation.state import EscalationState
from warmline.policy.load import load_policy
from warmline.store.keyed import Stamps

POLICY = load_policy(None)


def word(verdict: str, at: int, feedback_id: str = "f1", alert_id: str | None = None) -> AlertFeedback:
    return AlertFeedback(
        feedback_id=feedback_id,
        alert_id=alert_id or opened().alerts[0].alert_id,
        conversation_id="c1",
        verdict=verdict,
        by="s1",
        at=at,
    )


def test_it_is_heard_where_the_conversation_has_reached_its_time_and_not_with_the_alert():
    scene = Scene()
    opens_at = opened().now
    assert scene.tell(word("acknowledged", opens_at + 15 * SECOND)) == "applied"
    scene.fight()
    assert states(scene) == ["opened"]
    scene.customer(0.9, after_s=10)
    assert "acknowledged" not in states(scene)
    scene.customer(0.9, after_s=10)
    step = next(alert for alert in scene.alerts if alert.state == "acknowledged")
    assert (step.acknowledged_by, step.as_of, step.times.spoken) == (
        "s1",
        opens_at + 15 * SECOND,
        opens_at + 15 * SECOND,
    )
    assert scene.state.waiting == []


def test_where_no_window_follows_it_is_heard_when_the_time_of_others_has_passed_it():
    scene = Scene()
    said_at = opened().now + 15 * SECOND
    scene.tell(word("false_alarm", said_at))
    scene.fight()
    due = said_at + 1 + PLAIN.lateness_s * SECOND
    assert scene.domain.due(scene.state) == due
    assert scene.fire(due - 1) == "ignored"
    assert scene.fire(due) == "applied"
    assert scene.story[-1].endswith("false_alarm")
    assert scene.domain.due(scene.state) is None


def test_it_is_counted_once_it_is_heard_by_what_opened_the_alert():
    scene = Scene()
    said_at = opened().now + SECOND
    step = scene.domain.apply(None, word("confirmed", said_at), Stamps(7, 8))
    scene.state = step.state
    assert (step.emits, step.learnt) == ([], [])
    scene.fight()
    step = scene.domain.fire(scene.state, NEVER, Stamps(None, 8))
    assert step.learnt == [FeedbackTaken("risk", "confirmed")]
    assert step.emits[0].event.times.received == 7


def test_an_alert_that_expires_first_does_so_and_the_word_is_only_remembered():
    scene = Scene()
    late = opened().now + (PLAIN.expire_after_s + 60) * SECOND
    scene.tell(word("false_alarm", late))
    scene.fight()
    scene.fire(NEVER)
    assert scene.alerts[-1].reason == "expired"
    assert scene.state.held_until == {"risk": scene.state.as_of + PLAIN.false_alarm_cooldown_s * SECOND}


def test_sent_again_while_it_waits_or_after_it_was_heard_it_is_a_duplicate():
    scene = Scene()
    early = word("acknowledged", opened().now + SECOND)
    scene.tell(early)
    assert scene.tell(early) == "duplicate"
    scene.fight()
    scene.fire(NEVER // 2)
    assert scene.tell(early) == "duplicate"


def test_a_word_read_after_the_alert_comes_after_those_that_wait_and_were_said_before_it():
    scene = Scene()
    opens_at = opened().now
    scene.tell(word("acknowledged", opens_at + SECOND, "f1"))
    scene.fight()
    assert scene.tell(word("false_alarm", opens_at + 2 * SECOND, "f2")) == "applied"
    assert states(scene) == ["opened", "acknowledged", "closed"]


def test_words_of_one_time_are_heard_as_they_were_read():
    scene = Scene()
    said_at = opened().now + SECOND
    scene.tell(msgspec.structs.replace(word("acknowledged", said_at, "zz"), by="s1"))
    scene.tell(msgspec.structs.replace(word("confirmed", said_at, "aa"), by="s2"))
    scene.fight()
    scene.fire(NEVER)
    assert next(alert for alert in scene.alerts if alert.state == "acknowledged").acknowledged_by == "s1"


def test_only_so_many_wait_and_they_outlive_another_life_of_the_conversation():
    scene = Scene()
    scene.customer()
    told = [word("confirmed", scene.now + n, f"f{n}", "nobody-knows") for n in range(MOST_WAITING + 1)]
    kept = [scene.tell(each) for each in told]
    assert kept == ["applied"] * MOST_WAITING + ["ignored"]
    assert scene.domain.due(scene.state) is None
    scene.start_life("life-2")
    scene.customer(after_s=1000)
    assert len(scene.state.waiting) == MOST_WAITING


def test_about_what_never_comes_it_gives_its_place_up_an_hour_later():
    scene = Scene()
    scene.customer()
    for number in range(MOST_WAITING):
        scene.tell(word("confirmed", scene.now, f"f{number}", "nobody-knows"))
    scene.customer(after_s=3599)
    assert len(scene.state.waiting) == MOST_WAITING
    scene.customer(after_s=1)
    assert scene.state.waiting == []
    assert scene.tell(word("confirmed", scene.now, "f99", "nobody-knows")) == "applied"


def test_a_word_on_an_alert_that_opens_within_the_hour_is_still_heard():
    def fifty_minutes_on() -> Scene:
        scene = Scene()
        scene.customer()
        scene.customer(after_s=3000)
        return scene

    scene, live = fifty_minutes_on(), fifty_minutes_on()
    live.fight()
    scene.tell(word("acknowledged", live.now + SECOND, alert_id=live.alerts[0].alert_id))
    scene.fight()
    scene.customer(0.9)
    assert states(scene)[:2] == ["opened", "acknowledged"]


def test_a_state_of_before_words_could_wait_is_read():
    scene = opened()
    fields = msgspec.msgpack.decode(msgspec.msgpack.encode(scene.state))
    del fields[EscalationState.__struct_fields__.index("waiting") + 1 :]
    assert fields.pop() == []
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(fields), type=EscalationState) == scene.state


LIVELY = policy(open_at=0.35, close_at=0.25, warning_at=0.5, critical_at=0.7, evidence_turns=1, cooldown_s=30)


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_a_replay_that_reads_all_words_first_publishes_for_each_conversation_what_the_live_stream_did(seed):
    domain = EscalationDomain(lambda _queue: LIVELY, "test")
    windows = windows_of(assisted(Script(conversations=2, seed=seed, turns=(6, 30))), POLICY)
    log = with_words(windows, domain, seed, 0.15, say)
    assert outcomes(words_first(log), domain) == outcomes(log, domain)


def say(alert, feedback_id, at, rng):
    return AlertFeedback(
        feedback_id=feedback_id, alert_id=alert.alert_id, conversation_id=alert.conversation_id, by="s1", at=at,
        verdict=rng.choice(["acknowledged", "confirmed", "false_alarm"]),
    )  # fmt: skip


def test_the_streams_of_the_replay_test_hold_words_that_change_what_is_published():
    domain = EscalationDomain(lambda _queue: LIVELY, "test")
    changed = 0
    for seed in range(10):
        windows = windows_of(assisted(Script(conversations=2, seed=seed, turns=(6, 30))), POLICY)
        log = with_words(windows, domain, seed, 0.15, say)
        changed += outcomes(log, domain) != outcomes(
            [event for event in log if isinstance(event, ConversationWindow)], domain
        )
    assert changed >= 5


@given(
    said_after_ms=st.integers(1, 2 * PLAIN.lateness_s * SECOND) | st.sampled_from([29_999, 30_000, 30_001]),
    window_after_ms=st.none() | st.integers(1, 2 * PLAIN.lateness_s * SECOND),
    verdict=st.sampled_from(["acknowledged", "confirmed", "false_alarm"]),
    call_back=st.booleans(),
)
def test_said_between_an_expiry_and_its_timer_it_finds_the_alert_open_as_in_the_live_stream(
    said_after_ms, window_after_ms, verdict, call_back
):
    """Live, whichever comes first happens first: the person speaks, another window comes, the timer is told."""

    def story(*, replayed: bool) -> list[tuple[str, str | None, int]]:
        scene = ending() if call_back else opened()
        alert = scene.alerts[-1]
        expires_at = alert.routing.act_by if call_back else scene.now + PLAIN.expire_after_s * SECOND
        said = word(verdict, expires_at + said_after_ms, alert_id=alert.alert_id)
        happens = [(expires_at + PLAIN.lateness_s * SECOND, "timer"), (said.at, "word")]
        if window_after_ms is not None:
            happens.append((expires_at + window_after_ms, "window"))
        if replayed:
            scene = Scene()
            scene.tell(said)
            ending(scene) if call_back else scene.fight()
        for at, what in sorted(happens):
            scene.now = at
            if what == "timer":
                scene.fire(at)
            elif what == "window":
                scene.customer(0.9, after_s=0, **{"ended": "completed"} if call_back else {})
            elif not replayed:
                scene.tell(said)
        scene.fire(NEVER)
        return [(each.state, each.reason, each.as_of) for each in scene.alerts]

    assert story(replayed=True) == story(replayed=False)


def ending(scene: Scene | None = None) -> Scene:
    """Let a contact end badly, so that it asks for a call back."""
    scene = scene or Scene()
    scene.fight()
    scene.customer(0.9, "abuse_of_agent")
    scene.ended()
    return scene
