"""The order in which the events of a recording would have arrived."""

from collections.abc import Iterable
from typing import TypeVar

from msgspec import Struct

from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.dates import time_of
from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn

E = TypeVar("E", bound=Struct)


def arrival_order(events: Iterable[E]) -> list[E]:
    """Merge conversations by event time, and keep each conversation's own order as it stands in the recording.

    Within a conversation an event does not arrive before the one it follows in the recording, whatever their times
    say: it is placed by the newest time its conversation has reached. Everything else is placed by its own time, and
    equal times keep the order of the recording.
    """
    reached: dict[str, int] = {}
    placed: list[tuple[int, int, E]] = []
    for position, event in enumerate(events):
        at = time_of(event)
        if isinstance(event, Turn | ScoredTurn | ConversationStarted | ConversationEnded):
            at = reached[event.conversation_id] = max(at, reached.get(event.conversation_id, at))
        placed.append((at, position, event))
    placed.sort(key=lambda place: place[:2])
    return [event for _, _, event in placed]
