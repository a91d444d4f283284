"""From an event to what is remembered of it: its cause, its voice, its record."""

from msgspec import UNSET, Struct

from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.labels import CUES
from warmline.contracts.score import ScoredTurn
from warmline.windows.record import END, START, TURN, UNKNOWN, Record, Voice

CUE_BITS = {cue: 1 << place for place, cue in enumerate(CUES)}
SIGNS = {"negative": -1, "neutral": 0, "positive": 1}
EMPATHIES = {"empathetic": 1, "neutral": 0, "unhelpful": -1}
GLAD = frozenset({"gratitude", "relief", "joy"})
"""Emotions after which an earlier `unresolved` no longer stands."""

Taken = ScoredTurn | ConversationStarted | ConversationEnded
TAKEN = (ScoredTurn, ConversationStarted, ConversationEnded)
"""The events that windows takes in; as a tuple, because `isinstance` with a union is slow."""


def cause_of(event: Struct) -> str:
    """Return the turn id, or the kind and time of a start or end: at one time there is one of each.

    Raises:
        TypeError: The event is none that windows takes in.
    """
    if isinstance(event, ScoredTurn):
        return event.turn_id
    if isinstance(event, ConversationStarted):
        return f"started:{event.at}"
    if isinstance(event, ConversationEnded):
        return f"ended:{event.at}"
    raise TypeError(f"{type(event).__name__} changes no window")


def time_of(event: Taken) -> int:
    """Return the event time, ms UTC."""
    return event.spoken_at if isinstance(event, ScoredTurn) else event.at


def record_of(event: Taken, voices: list[Voice]) -> Record:
    """Return the record of an event; a voice not heard before is added to the voices."""
    if isinstance(event, ScoredTurn):
        voice = Voice(event.role, event.participant_id, event.channel, event.queue, event.customer_id, event.model)
        place = _place(voice, voices)
        unused = event.abstained is not None
        if event.role == "customer":
            return _customer_record(event, place, unused=unused)
        empathy = event.empathy
        heard = 0 if empathy is UNSET or not empathy else EMPATHIES[empathy]
        canned = bool(event.behaviours) and "canned" in event.behaviours  # type: ignore[operator] # UNSET is false
        return Record(
            event.spoken_at,
            TURN,
            place,
            0,
            0,
            0,
            heard,
            0,
            False,  # noqa: FBT003 # positional: hot
            unused,
            canned,
            *_sincerity(event),
        )
    if isinstance(event, ConversationStarted):
        voice = Voice("system", "", event.channel, event.queue, event.customer_id)
        return Record(event.at, START, _place(voice, voices))
    voice = Voice("system", "", None, None, None, "", event.reason)
    return Record(event.at, END, _place(voice, voices))


def _customer_record(turn: ScoredTurn, place: int, *, unused: bool) -> Record:
    cues = 0
    for cue in turn.cues or ():
        cues |= CUE_BITS[cue]
    sign = SIGNS[turn.sentiment]
    return Record(
        turn.spoken_at,
        TURN,
        place,
        round(turn.valence * 1000),
        round(turn.distress * 1000),
        sign,
        0,
        cues,
        sign > 0 or not GLAD.isdisjoint(turn.emotions or ()),
        unused,
    )


def _sincerity(turn: ScoredTurn) -> tuple[int, int]:
    """Return reuse and specificity in thousandths, UNKNOWN where there is none."""
    told = turn.sincerity
    if told is UNSET or not told:
        return UNKNOWN, UNKNOWN
    reuse = UNKNOWN if told.reuse is None else round(told.reuse * 1000)
    return reuse, UNKNOWN if told.specificity is None else round(told.specificity * 1000)


def _place(voice: Voice, voices: list[Voice]) -> int:
    try:
        return voices.index(voice)
    except ValueError:
        voices.append(voice)
        return len(voices) - 1
