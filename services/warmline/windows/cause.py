"""What brings a window about: a turn, a start, an end, or a due time."""

from msgspec import UNSET, Struct, UnsetType

from warmline.contracts.score import ScoredTurn
from warmline.contracts.times import Times
from warmline.contracts.window import Heard, Standing
from warmline.store.keyed import Stamps
from warmline.windows.intake import Taken, cause_of


class Cause(Struct, frozen=True):
    """A cause as its outcomes carry it.

    Attributes:
        id: Names it within the conversation; goes into the ids of its outcomes.
        shown: As windows show it.
        at: Its event time, ms UTC.
        heard: The turn, where it is one.
        model: That scored it, where it is a turn.
        times: Its five time stamps.
    """

    id: str
    shown: str
    at: int
    heard: Heard | None
    model: str | None
    times: Times


def cause_of_event(event: Taken, stamps: Stamps, stood: Standing | UnsetType = UNSET) -> Cause:
    """Return an event as a cause.

    Args:
        event: The turn, start or end.
        stamps: Processing times.
        stood: How the conversation stood when it happened; UNSET where it stands so now.
    """
    now = stamps.now_ms
    if isinstance(event, ScoredTurn):
        came = event.times
        if came:
            received, scored = came.received, came.scored
        else:
            received, scored = stamps.received_ms, None
        at = event.spoken_at
        times = Times(spoken=at, received=received, scored=scored, windowed=now, published=now)
        return Cause(event.turn_id, event.turn_id, at, _heard(event, stood), event.model, times)
    shown = "ended" if hasattr(event, "reason") else "started"
    times = Times(spoken=event.at, received=stamps.received_ms, windowed=now, published=now)
    return Cause(cause_of(event), shown, event.at, None, None, times)


def cause_of_due(kind: str, at: int, stamps: Stamps) -> Cause:
    """Return a due time as a cause."""
    name = f"due:{kind}:{at}"
    now = stamps.now_ms
    return Cause(name, name, at, None, None, Times(spoken=at, windowed=now, published=now))


def _heard(turn: ScoredTurn, stood: Standing | UnsetType) -> Heard:
    if turn.role == "customer":
        return Heard(
            turn_id=turn.turn_id,
            role=turn.role,
            participant_id=turn.participant_id,
            spoken_at=turn.spoken_at,
            valence=turn.valence,
            distress=turn.distress,
            emotions=turn.emotions or (),
            cues=turn.cues or (),
            abstained=turn.abstained,
            self_harm=turn.self_harm,
            stood=stood,
        )
    return Heard(
        turn_id=turn.turn_id,
        role=turn.role,
        participant_id=turn.participant_id,
        spoken_at=turn.spoken_at,
        valence=turn.valence,
        distress=0.0,
        behaviours=turn.behaviours or (),
        empathy=turn.empathy or None,
        abstained=turn.abstained,
    )
