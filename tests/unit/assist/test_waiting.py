"""A dismissal that is read before its move, as in a replay of all topics, waits for it and for its own time."""

import msgspec
from hypothesis import given, settings, strategies as st

from tests.support.assisted import assisted, windows_of
from tests.support.early_words import outcomes, with_words, words_first
from tests.support.scripted import Script
from tests.unit.assist.scene import SECOND, Scene
from warmline.assist.domain import AssistDomain
from warmline.assist.state import AssistState
from warmline.contracts.assist import AssistFeedback
from warmline.contracts.waiting import MOST_WAITING
from warmline.contracts.window import ConversationWindow
from warmline.policy.load import load_policy

POLICY = load_policy(None)


def angry() -> Scene:
    scene = Scene()
    scene.customer(0.8, "anger")
    return scene


def dismissal(at: int, feedback_id: str = "f1", move_id: str | None = None) -> AssistFeedback:
    return AssistFeedback(
        feedback_id=feedback_id,
        move_id=move_id or angry().steps[0].move_id,
        conversation_id="c1",
        verdict="dismissed",
        by="a",
        at=at,
    )


def test_it_is_heard_where_the_conversation_has_reached_its_time_and_the_move_is_not_given_again():
    scene = Scene()
    given_at = angry().now
    assert scene.tell(dismissal(given_at + 5 * SECOND)) == "applied"
    scene.customer(0.8, "anger")
    assert scene.story == ["suggest let_the_anger_land"]
    scene.customer(0.8, "anger", after_s=10)
    assert scene.story[1] == "withdraw let_the_anger_land: dismissed"
    assert scene.steps[1].as_of == given_at + 5 * SECOND
    assert scene.state.dismissed == ["let_the_anger_land"]
    assert "suggest let_the_anger_land" not in scene.story[2:]


def test_where_no_window_follows_it_is_heard_when_the_time_of_others_has_passed_it():
    scene = Scene()
    scene.tell(dismissal(angry().now + 5 * SECOND))
    scene.customer(0.8, "anger")
    scene.pass_time(5 + 60)
    assert scene.story == ["suggest let_the_anger_land"]
    scene.pass_time(1)
    assert scene.story[1:] == ["withdraw let_the_anger_land: dismissed"]


def test_sent_again_while_it_waits_or_after_it_was_heard_it_is_a_duplicate():
    scene = Scene()
    early = dismissal(angry().now + SECOND)
    scene.tell(early)
    assert scene.tell(early) == "duplicate"
    scene.customer(0.8, "anger")
    scene.pass_time(100)
    assert scene.state.waiting == []
    assert scene.tell(early) == "duplicate"


def test_a_dismissal_read_after_the_move_comes_after_those_that_wait_and_were_said_before_it():
    scene = Scene()
    given_at = angry().now
    scene.tell(dismissal(given_at + SECOND, "f1"))
    scene.customer(0.8, "anger")
    scene.tell(dismissal(given_at + 2 * SECOND, "f2"))
    assert scene.state.feedbacks == ["f1", "f2"]
    assert scene.story == ["suggest let_the_anger_land", "withdraw let_the_anger_land: dismissed"]


def test_only_so_many_wait():
    scene = Scene()
    kept = [scene.tell(dismissal(10**12 + n, f"f{n}", "nobody-knows")) for n in range(MOST_WAITING + 1)]
    assert kept == ["applied"] * MOST_WAITING + ["ignored"]


def test_about_what_never_comes_it_gives_its_place_up_an_hour_later():
    scene = Scene()
    scene.customer()
    scene.tell(dismissal(scene.now, move_id="nobody-knows"))
    scene.customer(after_s=3599)
    assert len(scene.state.waiting) == 1
    scene.customer(after_s=1)
    assert scene.state.waiting == []


def test_a_state_of_before_dismissals_could_wait_is_read():
    state = angry().state
    fields = msgspec.msgpack.decode(msgspec.msgpack.encode(state))
    fields = fields[: AssistState.__struct_fields__.index("waiting")]
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(fields), type=AssistState) == state


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_a_replay_that_reads_all_dismissals_first_publishes_for_each_conversation_what_the_live_stream_did(seed):
    domain = AssistDomain(POLICY.assist, POLICY.version)
    log = log_of(seed, domain)
    assert outcomes(words_first(log), domain) == outcomes(log, domain)


def test_the_streams_of_the_replay_test_hold_dismissals_that_change_what_is_published():
    domain = AssistDomain(POLICY.assist, POLICY.version)
    changed = 0
    for seed in range(10):
        log = log_of(seed, domain)
        windows = [event for event in log if isinstance(event, ConversationWindow)]
        changed += outcomes(log, domain) != outcomes(windows, domain)
    assert changed >= 5


def log_of(seed, domain):
    windows = windows_of(assisted(Script(conversations=2, seed=seed, turns=(6, 30))), POLICY)
    return with_words(windows, domain, seed, 0.12, say)


def say(move, feedback_id, at, _rng):
    return AssistFeedback(
        feedback_id=feedback_id, move_id=move.move_id, conversation_id=move.conversation_id, verdict="dismissed",
        by="agent-1", at=at,
    )  # fmt: skip
