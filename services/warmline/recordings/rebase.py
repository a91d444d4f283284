"""Date a recording so that its replay looks live: no event from the future, the last one now."""

import math
from collections.abc import Sequence

from msgspec import structs

from warmline.contracts.dates import time_of
from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn
from warmline.recordings.recorded import Recorded


def rebase(events: Sequence[Recorded], speed: float, begin_ms: int) -> list[Recorded]:
    """Shift all events by one amount, so that distances between them stay, and none is ever sent before its time.

    An event is sent `1 / speed` of its distance from the first one after `begin_ms`. At speed 1 each is dated with
    the wall clock at which it is sent. Faster, event time runs ahead of the clock, so it begins in the past and
    arrives at the clock with the last event; slower, it begins at the clock and falls behind.

    Args:
        events: In the order in which `pace.paced` will hand them out.
        speed: How many times faster than recorded; 0 is at once.
        begin_ms: Wall clock at which the first event is sent, ms UTC.
    """
    if not events:
        return []
    first = reached = time_of(events[0])
    pace = max(1.0, speed)  # slower than recorded nothing gets ahead, and a speed next to 0 would overflow
    ahead = 0  # how far event time gets ahead of the clock, at most
    for event in events:
        reached = max(reached, time_of(event))  # one dated back goes out with its predecessor
        sent_after = math.floor((reached - first) / pace) if speed else 0
        ahead = max(ahead, time_of(event) - first - sent_after)
    return [shifted(event, begin_ms - first - ahead) for event in events]


def shifted(event: Recorded, shift_ms: int) -> Recorded:
    """Return the event that many ms later; not before 1970, which no contract can say."""
    at = max(0, time_of(event) + shift_ms)
    if isinstance(event, Turn | ScoredTurn):
        return structs.replace(event, spoken_at=at)
    return structs.replace(event, at=at)
