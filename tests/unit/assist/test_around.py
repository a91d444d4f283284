"""What stands around assist: dismissals in a recording, figures in the metrics and in the backtest's summary."""

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from tests.unit.assist.scene import Scene
from warmline.backtest.summary import Summary
from warmline.contracts.assist import AssistFeedback
from warmline.contracts.topics import AGENT_ASSIST, AGENT_ASSIST_FEEDBACK
from warmline.policy.load import load_policy
from warmline.recordings.canonical import event_of
from warmline.recordings.publish import address
from warmline.store.keyed import Emit
from warmline.store.outbox import Outcome
from warmline.telemetry.metrics import Metrics
from warmline.telemetry.outcomes import OutcomeCounter

DISMISSAL = {"feedback_id": "f", "move_id": "m", "conversation_id": "c", "verdict": "dismissed", "by": "a", "at": 5}


@pytest.mark.parametrize("line", [DISMISSAL, {"type": "assist.feedback", "data": DISMISSAL}])
def test_a_recording_may_hold_dismissals_which_a_replay_sends_to_their_topic(line):
    event = event_of(line)
    assert event == msgspec.convert(DISMISSAL, AssistFeedback)
    assert address(event)[:2] == (AGENT_ASSIST_FEEDBACK, "assist.feedback")
    assert address(event).key == "c"


def emits_of(scene: Scene) -> list[Emit]:
    return [Emit(AGENT_ASSIST, "c1", "agent.assist", str(n), step.as_of, step) for n, step in enumerate(scene.steps)]


def a_scene() -> Scene:
    scene = Scene()
    scene.customer(0.8, "anger")
    scene.agent()
    scene.customer(0.8, "anger")
    scene.agent("empathetic", "validates")
    return scene


def test_steps_are_counted_by_move_and_by_what_they_are():
    registry = CollectorRegistry()
    count = OutcomeCounter("assist", Metrics(registry), lambda: 0)
    count(
        [
            Outcome(emit.topic, emit.key, emit.type, emit.id, emit.time_ms, None, msgspec.json.encode(emit.event))
            for emit in emits_of(a_scene())
        ]
    )

    def value(move: str, step: str) -> float | None:
        return registry.get_sample_value("warmline_assist_moves_total", {"move": move, "step": step})

    assert [value("let_the_anger_land", step) for step in ("given", "renewed", "met")] == [1, 1, 1]
    assert value("took_their_side_seriously", "given") == 1
    assert value("let_the_anger_land", "dismissed") is None


def test_the_backtest_sums_the_moves_up():
    scene, summary = a_scene(), Summary(load_policy(None))
    for window in scene.told:
        summary.see(Emit("conversation.windows", "c1", "conversation.window", "w", window.as_of, window))
    for emit in emits_of(scene):
        summary.see(emit)
    assert "moves for agents: 1 praise, 1 suggest; 200 per 100 conversations" in summary.lines(4, 0, {}, {})
