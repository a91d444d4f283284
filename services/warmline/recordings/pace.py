"""Hand events out when they are due: the recording's own rhythm, faster or slower."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from msgspec import Struct

from warmline.contracts.dates import time_of

E = TypeVar("E", bound=Struct)

LONGEST_WAIT_S = 0.1
"""Longest single wait, so that whoever waits can look at its deliveries and its progress."""


def paced(events: Iterable[E], speed: float, clock: Callable[[], float], wait: Callable[[float], None]) -> Iterator[E]:
    """Yield each event when its distance from the first one, divided by the speed, has passed.

    One that is due already, or dated before its predecessor, is yielded at once; a delay is made up for.

    Args:
        events: In the order of arrival.
        speed: How many times faster than recorded; 0 is without waiting.
        clock: Monotonic seconds.
        wait: Passes up to so many seconds; it may come back early.
    """
    begun: float | None = None
    first = 0
    for event in events:
        if begun is None:
            begun, first = clock(), time_of(event)
        due = begun + (time_of(event) - first) / 1000 / speed if speed else begun
        while (left := due - clock()) > 0:
            wait(min(left, LONGEST_WAIT_S))
        yield event
