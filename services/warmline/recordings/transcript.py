"""What the three transcript formats share: a call as one text between two times."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.ids import deterministic_id
from warmline.contracts.turn import Turn
from warmline.recordings.recorded import Recorded, UnreadableError

FIELDS = frozenset({"ClientId", "ConversationId", "StartTime", "EndTime", "Content"})
GREETING = re.compile(r"(?i:this is|my name is|I['\u2019]m) ([A-Z][a-z]+)")
MARKED = re.compile(r"\*\*(Agent|Customer):\*\*\s*")


@dataclass(frozen=True)
class Said:
    """One speaker's words, and the name beside them if the transcript gives it."""

    role: Literal["agent", "customer"]
    text: str
    name: str | None = None


class Call(Struct, rename="pascal"):
    """A transcribed call as it stands in a file."""

    client_id: str
    conversation_id: str
    start_time: datetime
    end_time: datetime
    content: str


def is_call(item: dict[str, Any]) -> bool:
    """Tell whether a decoded object is a call of this shape."""
    return item.keys() >= FIELDS and isinstance(item["Content"], str)


def call_of(item: dict[str, Any]) -> Call:
    """Return the call of a decoded object.

    Raises:
        msgspec.ValidationError: A field is missing or wrong.
    """
    times = {name: str(item[name]).replace(" ", "T") for name in ("StartTime", "EndTime")}
    return msgspec.convert({**item, **times}, Call)


def marked_turns(content: str) -> list[Said]:
    """Return the turns of a text in which each begins with `**Agent:**` or `**Customer:**`; the title is dropped."""
    _, *pieces = MARKED.split(content)
    roles: dict[str, Literal["agent", "customer"]] = {"Agent": "agent", "Customer": "customer"}
    return [Said(roles[label], text.strip()) for label, text in zip(pieces[::2], pieces[1::2], strict=True)]


def call_events(call: Call, said: Sequence[Said], queue: str) -> list[Recorded]:
    """Return a call's start, turns and end.

    The transcripts date only the call, without a zone: it is read as UTC, and each turn is placed by its share of the
    text. Agents and customers get pseudonyms that are the same in every call.

    Raises:
        UnreadableError: One side does not speak, or the call ends before it starts.
    """
    start, end = _ms(call.start_time), _ms(call.end_time)
    if {turn.role for turn in said} != {"agent", "customer"}:
        raise UnreadableError(f"{call.conversation_id}: an agent and a customer are expected to speak")
    if end < start:
        raise UnreadableError(f"{call.conversation_id}: ends before it starts")
    customer = f"customer-{call.client_id.strip('[]')}"
    participants = {"agent": _agent(said), "customer": customer}
    total = sum(len(turn.text) + 1 for turn in said)
    events: list[Recorded] = [
        ConversationStarted(
            conversation_id=call.conversation_id, at=start, channel="voice", queue=queue, customer_id=customer
        )
    ]
    before = 0
    for number, turn in enumerate(said):
        events.append(
            Turn(
                conversation_id=call.conversation_id,
                turn_id=f"{number:03d}",
                role=turn.role,
                participant_id=participants[turn.role],
                text=turn.text,
                spoken_at=start + (end - start) * before // total,
                language="en",
                channel="voice",
                queue=queue,
                customer_id=customer,
            )
        )
        before += len(turn.text) + 1
    return [*events, ConversationEnded(conversation_id=call.conversation_id, at=end)]


def _agent(said: Sequence[Said]) -> str:
    """Return the agent's pseudonym, from the name beside the words or in the greeting."""
    for turn in said:
        if turn.role == "agent":
            greeting = GREETING.search(turn.text)
            name = turn.name or (greeting and greeting[1])
            if name:
                return f"agent-{deterministic_id('agent', name.lower())[:8]}"
    return "agent-unknown"


def _ms(time: datetime) -> int:
    return round((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1000)
