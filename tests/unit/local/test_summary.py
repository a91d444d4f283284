"""The numbers at the end of the demo."""

from tests.unit.local.events import NOW, alert, board_of, signal, summary, window
from warmline.backtest.quality import Gold
from warmline.local.summary import left_out, lines_of_run, numbers_of


def whole_run():
    return board_of(
        window("c-1", ended="completed"),
        window("c-2", ended="completed"),
        summary("c-1", moments_met=2, moments_missed=1, moments_moot=0),
        summary("c-2", moments_met=1, moments_missed=0, moments_moot=3),
        alert("c-1", 1, severity="watch", as_of=NOW),
        alert("c-1", 2, severity="critical", state="updated", as_of=NOW + 1),
        alert("c-1", 3, severity="critical", state="closed", reason="recovered", as_of=NOW + 2),
        alert("c-2", 1, severity="critical", rule="call_back", as_of=NOW),
        signal("agent-1", 1, kind="raised"),
        signal("agent-1", 2, kind="break_suggested"),
    )


def test_numbers_count_conversations_moments_alerts_and_signals():
    run = numbers_of(whole_run())
    assert (run.conversations, run.episodes, run.turns) == (2, 2, 2)
    assert (run.met, run.missed, run.moot) == (3, 1, 3)
    assert run.alerts == {"critical": 2}, "an alert counts as what it was at its worst"
    assert run.closed == {"recovered": 1, "open, to call back": 1}
    assert run.signals == {"raised": 1, "break_suggested": 1}
    assert run.window_ms == (50, 50)


def test_lines_judge_the_alerts_by_the_labels():
    gold = {
        "c-1": Gold(escalated=True, escalate_from=1, spoken_at=(NOW, NOW + 60_000)),
        "c-2": Gold(escalated=False, escalate_from=None, spoken_at=(NOW,)),
    }
    text = "\n".join(lines_of_run(whole_run(), gold))
    assert "precision 0.500  recall 1.000" in text
    assert "median lead +1.0 turns, +60.0 s" in text


def test_a_run_in_which_nothing_happened_says_none():
    text = "\n".join(lines_of_run(board_of(), {}))
    assert "alerts: none" in text
    assert "turn to alert: none" in text
    assert "labels" not in text


def test_events_that_came_too_late_are_owned_up_to_with_what_to_do():
    assert left_out({}) == []
    (line,) = left_out({"wellbeing": 3})
    assert "wellbeing left out 3 events" in line
    assert "--speed" in line
