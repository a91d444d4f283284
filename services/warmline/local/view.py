"""The demo's terminal view: conversations, alerts and agents, drawn from the board."""

from typing import Literal, TypedDict

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from warmline.contracts.wellbeing import WellbeingSignal
from warmline.local.view_board import Board, Talk
from warmline.local.view_marks import gauge, latency, mood_bar, mood_colour, sparkline, turns
from warmline.local.view_stage import Stage


class OneLine(TypedDict):
    """Options of a text that is cut rather than wrapped."""

    no_wrap: bool
    overflow: Literal["ellipsis"]


SEVERITY = {"watch": "yellow", "warning": "dark_orange", "critical": "bold red"}
BAND = {"calm": "green", "elevated": "yellow", "high": "dark_orange", "severe": "bold red"}
FRAME = 15  # lines that the head, the titles and the gaps take, and one for the cursor
ONE_LINE: OneLine = {"no_wrap": True, "overflow": "ellipsis"}
LEAST = 3  # rows a table shows, however small the screen
ALERTS, AGENTS = 6, 5  # rows at most: what is open or strained fits on a screen


def render(board: Board, stage: Stage, height: int) -> RenderableType:
    """Return everything, cut to a number of lines."""
    alerts = min(ALERTS, max(LEAST, height // 5))
    agents = min(AGENTS, max(LEAST, height // 6))
    return Group(
        _head(board, stage),
        _talks(board, max(LEAST, height - FRAME - alerts - agents)),
        _alerts(board, alerts),
        _agents(board, agents),
    )


def _head(board: Board, stage: Stage) -> RenderableType:
    line = Table.grid(expand=True, padding=(0, 2))
    line.add_column(no_wrap=True)
    line.add_column(ratio=1)
    line.add_column(justify="right", no_wrap=True)
    line.add_row(
        Text(f"{stage.phase} · {stage.speed:.0f} times real speed", style="bold"),
        ProgressBar(total=max(1, stage.events), completed=stage.published),
        Text(f"{len(board.over)}/{stage.conversations} conversations ended"),
    )
    figures = Text(
        f"{board.turns} turns · {stage.rate:.0f}/s · turn to window {latency(board.window_ms)} · "
        f"turn to alert {latency(board.alert_ms)}",
        **ONE_LINE,
    )
    limits = f". Not for: {stage.limits}" if stage.limits else ""
    broker = Text(f"broker: {stage.broker}{limits}", style="dim", **ONE_LINE)
    console = Text(f"console: {stage.console}", overflow="fold")  # never cut: a key without its end opens nothing
    return Group(line, figures, broker, console)


def _talks(board: Board, most: int) -> Table:
    table = _table("conversations, in need first", len(board.talks), most)
    _columns(table, conversation=11, alert=8, mood=11, course=6, moments=14, turns=5, answered_by=8, trend=6)
    for talk in sorted(board.talks.values(), key=_calm)[:most]:
        window, alert = talk.window, talk.open_alert
        table.add_row(
            window.conversation_id,
            "" if alert is None else Text(alert.severity, style=SEVERITY[alert.severity]),
            Text(mood_bar(window.mood), style=mood_colour(window.mood)),
            Text(sparkline(talk.moods), style=mood_colour(window.mood)),
            _moments(talk),
            str(window.turns),
            window.agent_id or "-",
            window.trend.replace("_", " "),
            style="dim" if window.ended else "",
        )
    return table


def _calm(talk: Talk) -> tuple[bool, bool, bool, float, int]:
    """Return what sorts the conversations in need first, and those that are over last."""
    window = talk.window
    return (
        window.ended is not None,
        talk.open_alert is None,
        not window.moments_pending,
        window.mood or 0.0,
        -window.as_of,
    )


def _moments(talk: Talk) -> Text:
    window = talk.window
    text = Text(f"{window.moments_met} met {window.moments_missed} missed")
    if window.moments_pending:
        text.append(f" {window.moments_pending} open", style="bold red")
    return text


def _alerts(board: Board, most: int) -> Table:
    table = _table("alerts, newest first", len(board.alerts), most)
    _columns(table, severity=8, conversation=11, why=10, what_to_do=10, turns=6, state=7, risk=4)
    newest = sorted(board.alerts.values(), key=lambda alert: (alert.state == "closed", -alert.as_of))
    for alert in newest[:most]:
        table.add_row(
            Text(alert.severity, style=SEVERITY[alert.severity]),
            alert.conversation_id,
            alert.reason,
            "" if alert.routing is None else f"{alert.routing.action} by {alert.routing.skill}",
            turns(alert.evidence),
            alert.state,
            f"{alert.risk:.2f}",
            style="dim" if alert.state == "closed" else "",
        )
    return table


def _agents(board: Board, most: int) -> Table:
    table = _table("strain of agents, for the agent first", len(board.agents), most)
    _columns(table, agent=12, band=8, acute=14, chronic=3, newest_signal=8, mostly_by=8)
    for agent, signal in sorted(board.agents.items(), key=lambda item: (_ease(item[1]), item[0]))[:most]:
        if signal is None:
            table.add_row(agent, Text("calm", style="dim"), "", "", "none yet", "")
            continue
        table.add_row(
            agent,
            Text(signal.band, style=BAND[signal.band]),
            Text(f"{gauge(signal.acute)} {signal.acute:3}", style=BAND[signal.band]),
            f"{signal.chronic}",
            signal.kind.replace("_", " "),
            ", ".join(each.factor for each in signal.because[:2]),
        )
    return table


def _ease(signal: WellbeingSignal | None) -> int:
    return 0 if signal is None else -signal.acute


def _table(title: str, rows: int, most: int) -> Table:
    more = f" ({most} of {rows})" if rows > most else ""
    return Table(title=f"\n{title}{more}", title_justify="left", title_style="bold", box=None, expand=True)


def _columns(table: Table, **widths: int) -> None:
    """Add columns, named as the arguments, that keep at least these widths."""
    for name, width in widths.items():
        table.add_column(
            name.replace("_", " "), header_style="dim underline", no_wrap=True, overflow="ellipsis", min_width=width
        )
