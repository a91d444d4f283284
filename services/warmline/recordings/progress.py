"""How a replay is getting on, on standard error: one line that renews itself, or one now and then in a log."""

import sys
from collections.abc import Callable

import click

from warmline.recordings.publish import InputPublisher

EVERY_S = 1.0
EVERY_S_IN_A_LOG = 10.0


class Progress:
    """Says how much has been sent, acknowledged and lost, and how fast.

    Args:
        publisher: Whose counts are shown.
        total: How many events there are.
        clock: Monotonic seconds.
    """

    def __init__(self, publisher: InputPublisher, total: int, clock: Callable[[], float]) -> None:
        self._publisher = publisher
        self._total = total
        self._clock = clock
        self._live = sys.stderr.isatty()
        self._begun = self._shown = clock()

    def tick(self) -> None:
        """Show the line if it is time to."""
        now = self._clock()
        if now - self._shown >= (EVERY_S if self._live else EVERY_S_IN_A_LOG):
            self._shown = now
            click.echo(("\r\033[K" if self._live else "") + self.line(), err=True, nl=not self._live)

    def end(self, how: str) -> None:
        """Show the last line, and how it ended."""
        click.echo(("\r\033[K" if self._live else "") + f"{how}: {self.line()}", err=True)

    def line(self) -> str:
        """Return the line."""
        done = self._publisher
        rate = done.sent / max(self._clock() - self._begun, 0.001)
        failed = f", {done.failed} failed" if done.failed else ""
        return f"{done.sent} of {self._total} sent, {done.acknowledged} acknowledged{failed}, {rate:,.0f}/s"
