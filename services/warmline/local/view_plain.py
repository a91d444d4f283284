"""The demo as lines: for logs, pipes and screens without colours."""

import time
from collections.abc import Callable, Sequence

import click
from msgspec import Struct

from warmline.contracts.alert import EscalationAlert
from warmline.contracts.summary import ConversationSummary
from warmline.contracts.wellbeing import WellbeingSignal
from warmline.local.view_board import Board
from warmline.local.view_marks import latency, turns
from warmline.local.view_stage import Stage

EVERY_S = 5.0  # how often it says how things stand


class PlainShow:
    """Prints a line for each alert step, wellbeing signal and ended conversation, and how things stand now and then.

    Args:
        echo: Prints a line.
        monotonic: Clock, seconds.
    """

    def __init__(
        self, echo: Callable[[str], None] = click.echo, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._echo = echo
        self._monotonic = monotonic
        self._next = 0.0
        self._phase = ""

    def begin(self, what: str) -> None:
        """Print it."""
        self._echo(f"starting {what} ...")

    def ready(self, what: str) -> None:
        """Print it."""
        self._echo(f"  {what}")

    def watch(self) -> None:
        """Nothing to prepare."""

    def heard(self, event: Struct) -> None:
        """Print what a supervisor would look up for."""
        line = line_of(event)
        if line:
            self._echo(line)

    def draw(self, board: Board, stage: Stage) -> None:
        """Print how things stand, every few seconds and where a new phase begins."""
        now = self._monotonic()
        if now < self._next and stage.phase == self._phase:
            return
        self._next, self._phase = now + EVERY_S, stage.phase
        self._echo(
            f"[{stage.phase}] {stage.published}/{stage.events} events in, {board.turns} turns out "
            f"({stage.rate:.0f}/s), "
            f"{len(board.over)}/{stage.conversations} conversations ended, {len(board.open_alerts)} alerts open; "
            f"turn to window {latency(board.window_ms)}"
        )

    def lines(self, lines: Sequence[str]) -> None:
        """Print them."""
        for line in lines:
            self._echo(line)

    def close(self) -> None:
        """Nothing to restore."""


def line_of(event: Struct) -> str:
    """Return the line of an event; empty where it is worth none."""
    if isinstance(event, EscalationAlert):
        todo = "" if event.routing is None else f" -> {event.routing.action} by {event.routing.skill}"
        return (
            f"alert {event.state:12} {event.severity:8} {event.conversation_id}  {event.reason}  "
            f"risk {event.risk:.2f}  turns {turns(event.evidence)}{todo}"
        )
    if isinstance(event, WellbeingSignal):
        because = event.because[0].factor if event.because else "rest"
        return (
            f"strain {event.kind:15} {event.agent_id}  now {event.band}, acute {event.acute}, "
            f"chronic {event.chronic}, mostly {because}"
        )
    if isinstance(event, ConversationSummary):
        csat = "-" if event.predicted_csat is None else f"{event.predicted_csat:.1f}"
        return (
            f"ended {event.conversation_id}  {event.turns} turns, moments {event.moments_met} met "
            f"{event.moments_missed} missed {event.moments_moot} moot, predicted CSAT {csat}"
        )
    return ""
