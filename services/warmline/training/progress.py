"""What a long run says while it runs."""

import time

import click


class Progress:
    """Prints each step with the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def __call__(self, line: str) -> None:
        """Print one line to stderr."""
        click.echo(f"{time.monotonic() - self._start:7.1f} s  {line}", err=True)
