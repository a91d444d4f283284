"""What the demo says when it is done: numbers from the events alone, and how they compare with the samples' labels."""

from collections import Counter
from collections.abc import Mapping

from msgspec import Struct

from warmline.backtest.quality import Gold, lines_of, quality
from warmline.contracts.alert import EscalationAlert
from warmline.local.view_board import Board
from warmline.local.view_marks import percentile

CALL_BACK = "call_back"  # the rule of an alert that stays open after its conversation: somebody has to call
SEVERITIES = ("watch", "warning", "critical")


class Numbers(Struct, frozen=True, kw_only=True):
    """The run in numbers.

    Attributes:
        conversations: Conversations that ended.
        episodes: What they ended; more than conversations where one was taken up again after a long silence.
        turns: Turns that came out as windows.
        windows: Windows, those of starts, ends and due times included.
        met: Moments that ended met.
        missed: Moments that ended missed.
        moot: Moments that ended moot.
        alerts: Alerts by the highest severity they had.
        closed: Alerts by the reason for which they closed, or that they are open.
        signals: Wellbeing signals by kind.
        window_ms: p50 and p99 from a turn to its window, ms; None where there was none.
        alert_ms: p50 and p99 from a turn to the alert step that it brought about, ms.
    """

    conversations: int
    episodes: int
    turns: int
    windows: int
    met: int
    missed: int
    moot: int
    alerts: dict[str, int]
    closed: dict[str, int]
    signals: dict[str, int]
    window_ms: tuple[int | None, int | None]
    alert_ms: tuple[int | None, int | None]


def numbers_of(board: Board) -> Numbers:
    """Return the run in numbers."""
    summaries = board.summaries
    worst: dict[str, int] = {}
    for step in board.alert_steps:
        worst[step.alert_id] = max(worst.get(step.alert_id, 0), SEVERITIES.index(step.severity))
    return Numbers(
        conversations=len(board.over),
        episodes=len(summaries),
        turns=board.turns,
        windows=board.windows,
        met=sum(summary.moments_met for summary in summaries),
        missed=sum(summary.moments_missed for summary in summaries),
        moot=sum(summary.moments_moot for summary in summaries),
        alerts=dict(Counter(SEVERITIES[rank] for rank in sorted(worst.values()))),
        closed=dict(Counter(map(_end_of, board.alerts.values()))),
        signals=dict(Counter(signal.kind for signal in board.signals.values())),
        window_ms=(percentile(board.window_ms, 0.5), percentile(board.window_ms, 0.99)),
        alert_ms=(percentile(board.alert_ms, 0.5), percentile(board.alert_ms, 0.99)),
    )


def lines_of_run(board: Board, gold: Mapping[str, Gold]) -> list[str]:
    """Return the numbers as lines to read.

    Args:
        board: The run.
        gold: The samples' labels by conversation; empty where there are none.
    """
    run = numbers_of(board)
    lines = [
        f"{run.turns} turns in {run.conversations} conversations ({run.episodes} episodes), {run.windows} windows",
        f"moments: {run.met} met, {run.missed} missed, {run.moot} moot",
        f"alerts: {_counts(run.alerts)}; ended: {_counts(run.closed)}",
        f"wellbeing signals: {_counts(run.signals)}",
        f"turn to window: {_latency(run.window_ms)}",
        f"turn to alert: {_latency(run.alert_ms)}",
        "  (from the broker taking the turn to the record of the outcome; scoring, windows and escalation in between)",
    ]
    if gold:
        steps = sorted(board.alert_steps, key=lambda step: (step.as_of, step.alert_id, step.sequence))
        lines.append("against the samples' own labels, which the model has learnt from (unseen talk: see the README):")
        lines += [f"  {line}" for line in lines_of(quality(steps, gold))]
    return lines


def left_out(lost: Mapping[str, int]) -> list[str]:
    """Return what to say of events that a service did not count.

    Args:
        lost: How many, by service.
    """
    return [
        f"{name} left out {count} events that came too late: at this speed the policy's lateness is short; "
        "take a lower --speed"
        for name, count in lost.items()
    ]


def _end_of(alert: EscalationAlert) -> str:
    if alert.state == "closed":
        return alert.reason
    return "open, to call back" if alert.rule == CALL_BACK else "open"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items()) or "none"


def _latency(pair: tuple[int | None, int | None]) -> str:
    return "none" if pair[0] is None else f"p50 {pair[0]} ms, p99 {pair[1]} ms"
