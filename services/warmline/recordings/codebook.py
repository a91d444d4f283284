"""Labelled conversations in the codebook's format: one conversation with its turns on each line.

The labels are not part of the events; `gold` reads them. The recordings have no date: all of them begin at BASE_MS,
and `spread` lays them out over time.
"""

from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.faults import in_words
from warmline.contracts.ids import deterministic_id
from warmline.contracts.labels import Role
from warmline.contracts.turn import Turn
from warmline.recordings.recorded import Recorded, UnreadableError

BASE_MS = 1_767_603_600_000
"""2026-01-05T09:00:00Z, a Monday morning: when every conversation begins."""

END_AFTER_MS = 2_000
"""A conversation ends this long after its last turn began."""

AGENTS_A_DOMAIN = 3
"""The agents of a domain share its conversations, so that each has several."""

LONGEST_S = 10 * 366 * 86_400
"""No conversation goes on for ten years: such a time is in another unit."""

E = TypeVar("E", bound=Struct)


class _Said(Struct):
    i: Annotated[int, Meta(ge=0)]
    role: Role
    t: Annotated[float, Meta(ge=0, le=LONGEST_S)]
    text: str


class _Conversation(Struct):
    id: Annotated[str, Meta(min_length=1, max_length=200)]
    domain: Annotated[str, Meta(min_length=1, max_length=200)]
    turns: Annotated[list[_Said], Meta(min_length=1)]
    channel: str | None = None
    language: str | None = None


def matches(line: dict[str, Any]) -> bool:
    """Tell whether a decoded line is a conversation in the codebook's format."""
    return "turns" in line and "id" in line


def turn_id_of(index: int) -> str:
    """Return the turn id of the turn with the codebook's index."""
    return f"{index:03d}"


def events_of(line: dict[str, Any]) -> list[Recorded]:
    """Return the start, the turns and the end of one conversation.

    Raises:
        UnreadableError: Its turns go back in time or share an index, or it holds what an event may not.
        msgspec.ValidationError: A field is missing or wrong.
    """
    talk = msgspec.convert(line, _Conversation)
    times = [BASE_MS + round(said.t * 1000) for said in talk.turns]
    if times != sorted(times):
        raise UnreadableError(f"{talk.id}: t decreases")
    if len({said.i for said in talk.turns}) < len(talk.turns):
        raise UnreadableError(f"{talk.id}: two turns have the same i")
    customer = f"customer-{talk.id}"
    place = {"channel": talk.channel, "queue": talk.domain, "customer_id": customer}
    started = _checked(talk.id, {"conversation_id": talk.id, "at": BASE_MS, **place}, ConversationStarted)
    turns = [_turn(talk, said, at, customer) for said, at in zip(talk.turns, times, strict=True)]
    ended = {"conversation_id": talk.id, "at": times[-1] + END_AFTER_MS}
    return [started, *turns, _checked(talk.id, ended, ConversationEnded)]


def _turn(talk: _Conversation, said: _Said, at: int, customer: str) -> Turn:
    fields = {
        "conversation_id": talk.id,
        "turn_id": turn_id_of(said.i),
        "role": said.role,
        "participant_id": _participant(talk, said.role),
        "text": said.text,
        "spoken_at": at,
        "language": talk.language,
        "channel": talk.channel,
        "queue": talk.domain,
        "customer_id": customer,
    }
    return _checked(f"{talk.id}: turn {said.i}", fields, Turn)


def _checked(place: str, fields: dict[str, Any], struct: type[E]) -> E:
    """Return an event as the contract has it; what it refuses is told by its place in the line, not by the event's."""
    try:
        return msgspec.convert(fields, struct)
    except msgspec.ValidationError as error:
        raise UnreadableError(f"{place}: {in_words(error)}") from error


def _participant(talk: _Conversation, role: Role) -> str:
    if role == "customer":
        return f"customer-{talk.id}"
    if role == "agent":
        number = int(deterministic_id(talk.id)[:8], 16) % AGENTS_A_DOMAIN
        return f"agent-{talk.domain}-{number + 1}"
    return f"{role}-{talk.domain}"
