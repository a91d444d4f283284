"""Shows the demo on a terminal: a spinner while things start, then the view, redrawn in place."""

import time
from collections.abc import Sequence

from msgspec import Struct
from rich.console import Console
from rich.live import Live
from rich.status import Status

from warmline.local.view import render
from warmline.local.view_board import Board
from warmline.local.view_stage import Stage

EVERY_S = 0.25  # drawing takes CPU from the services


class LiveShow:
    """Draws on a terminal's alternate screen, so that what was there before comes back at the end.

    Args:
        console: The terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._live: Live | None = None
        self._next = 0.0

    def begin(self, what: str) -> None:
        """Spin."""
        if self._status is None:
            self._status = self._console.status("")
            self._status.start()
        self._status.update(f"starting {what}")

    def ready(self, what: str) -> None:
        """Print it above the spinner."""
        self._console.print(f"[green]✓[/] {what}", highlight=False)

    def watch(self) -> None:
        """Change from the spinner to the view."""
        self._end_status()
        self._live = Live(console=self._console, screen=True, auto_refresh=False)
        self._live.start()

    def heard(self, event: Struct) -> None:
        """Nothing: the board tells."""

    def draw(self, board: Board, stage: Stage) -> None:
        """Redraw, a few times a second."""
        now = time.monotonic()
        if self._live is not None and now >= self._next:
            self._next = now + EVERY_S
            self._live.update(render(board, stage, self._console.height), refresh=True)

    def lines(self, lines: Sequence[str]) -> None:
        """Go back to the ordinary screen and print."""
        self.close()
        for line in lines:
            self._console.print(line, markup=False, highlight=False)

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._end_status()
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _end_status(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None
