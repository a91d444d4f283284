"""Waits for a condition that can only be asked for."""

from collections.abc import Callable
from threading import Event
from time import monotonic

INTERVAL = 0.1
"""Seconds between two questions."""


class NotInTimeError(TimeoutError):
    """What was waited for did not come about."""


def wait_until(condition: Callable[[], bool], *, timeout: float, what: str) -> None:
    """Ask until the answer is yes.

    Args:
        condition: Asks the thing itself.
        timeout: Seconds after which to give up.
        what: What is awaited, for the error.

    Raises:
        NotInTimeError: It was not so within the time.
    """
    deadline = monotonic() + timeout
    pause = Event()
    while not condition():
        if monotonic() > deadline:
            raise NotInTimeError(f"{what}: not ready after {timeout:.0f} s")
        pause.wait(INTERVAL)
