"""What a comparison of two policies says."""

import msgspec

from tests.unit.escalation.scene import Scene, policy
from warmline.backtest.compare import alerts_of, compare
from warmline.backtest.table import table_of
from warmline.contracts.events import CONVERSATION_WINDOW
from warmline.contracts.topics import CONVERSATION_WINDOWS
from warmline.store.keyed import Emit


def run(chosen, tell):
    """Tell a conversation under a policy, and return windows and alerts in the order published."""
    scene = Scene(chosen)
    published: list[Emit] = []
    tell(scene)
    alerts = list(scene.emits)
    for window in scene.windows:
        published.append(Emit(CONVERSATION_WINDOWS, "c1", CONVERSATION_WINDOW, window.cause, window.as_of, window))
        published += [emit for emit in alerts if emit.event.as_of == window.as_of]
    return alerts_of(published)


def worsening(scene: Scene) -> None:
    scene.agent()
    for distress in (0.5, 0.6, 0.7, 0.8, 0.9, 0.95):
        scene.customer(distress)


def test_the_same_policy_twice_gives_no_change():
    before, after = run(policy(), worsening), run(policy(), worsening)
    assert compare(before, after) == []
    assert table_of([]) == ["both policies give the same alerts"]


def test_a_lower_threshold_moves_an_alert_earlier_in_time_and_turns():
    (change,) = compare(run(policy(open_at=0.6), worsening), run(policy(open_at=0.4), worsening))
    assert change.kind == "moves"
    assert change.moved_ms < 0
    assert change.moved_turns == change.moved_ms // 10_000
    assert "earlier" in table_of([change])[2]


def test_an_alert_that_only_the_other_policy_opens_appears_and_the_reverse_vanishes():
    never = policy(open_at=0.99, warning_at=0.99, critical_at=0.99)
    (appears,) = compare(run(never, worsening), run(policy(), worsening))
    (vanishes,) = compare(run(policy(), worsening), run(never, worsening))
    assert (appears.kind, appears.severity_before, appears.moved_ms) == ("appears", None, None)
    assert (vanishes.kind, vanishes.severity_after, vanishes.moved_ms) == ("vanishes", None, None)


def test_another_severity_of_the_same_alert_is_a_change():
    def cue(scene: Scene) -> None:
        scene.agent()
        scene.customer(0.3, "vulnerable")

    plain = policy()
    graver = msgspec.structs.replace(plain.hard_cues.vulnerable, severity="critical")
    cues = msgspec.structs.replace(plain.hard_cues, vulnerable=graver)
    (change,) = compare(run(plain, cue), run(policy(hard_cues=cues), cue))
    assert (change.kind, change.severity_before, change.severity_after) == ("changes", "watch", "critical")
    assert "watch to critical" in "\n".join(table_of([change]))
    assert msgspec.json.decode(msgspec.json.encode([change]))[0]["kind"] == "changes"
