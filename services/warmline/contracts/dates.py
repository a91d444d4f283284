"""When an event that comes from outside was, by its own word."""

from msgspec import Struct

from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn


def time_of(event: Struct) -> int:
    """Return an event's time, ms UTC."""
    if isinstance(event, Turn | ScoredTurn):
        return event.spoken_at
    at: int = event.at  # type: ignore[attr-defined] # all the others are dated so
    return at
