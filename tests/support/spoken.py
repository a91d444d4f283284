"""A long stream of spoken turns: the shipped samples, told again and again under new ids, overlapping in time."""

from collections.abc import Iterator

from msgspec import Struct, structs

from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.turn import Turn
from warmline.recordings.order import arrival_order
from warmline.recordings.read import read_recording
from warmline.recordings.samples import CONVERSATIONS

START_MS = 1_767_600_000_000
STEP_MS = 3_000  # from one conversation's start to the next


def spoken_stream(turns: int) -> list[Struct]:
    """Return events in the order of arrival with at least that many turns; equal arguments, equal events."""
    samples = conversations()
    told: list[Struct] = []
    counted = 0
    copy = 0
    while counted < turns:
        for number, events in enumerate(samples):
            at = START_MS + (copy * len(samples) + number) * STEP_MS
            for event in moved(events, at, copy):
                told.append(event)
                counted += isinstance(event, Turn)
            if counted >= turns:
                break
        copy += 1
    return arrival_order(told)


def conversations() -> list[list[Struct]]:
    """Return the samples' events, conversation by conversation."""
    found: dict[str, list[Struct]] = {}
    for event in read_recording(CONVERSATIONS):
        if isinstance(event, Turn | ConversationStarted | ConversationEnded):
            found.setdefault(event.conversation_id, []).append(event)
    return list(found.values())


def moved(events: list[Struct], at: int, copy: int) -> Iterator[Struct]:
    """Yield a conversation's events under a copy's name, from another start on, ms UTC."""
    first = min(event.spoken_at if isinstance(event, Turn) else event.at for event in events)  # type: ignore[attr-defined]
    for event in events:
        name = f"{event.conversation_id}-again-{copy}"  # type: ignore[attr-defined]
        if isinstance(event, Turn):
            yield structs.replace(event, conversation_id=name, spoken_at=event.spoken_at - first + at)
        else:
            yield structs.replace(event, conversation_id=name, at=event.at - first + at)  # type: ignore[attr-defined]
