"""Calls to a travel agency: one object a file, with the agent, the team and a time stamp on every message."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from warmline.adapters.pseudonyms import Pseudonyms
from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.turn import Turn
from warmline.recordings.recorded import Recorded, UnreadableError

ROLES = {"MessageFromBotOrAgent": "agent", "MessageFromUser": "customer"}
"""Event types that carry words; others are passed over."""


class _Message(Struct, rename="pascal"):
    id: str
    event_type: str
    event_time: datetime
    value: str = ""


class _Conversation(Struct, rename="pascal"):
    conversation_id: str
    start_time: datetime
    end_time: datetime
    messages: Annotated[list[_Message], Meta(min_length=1)]


class _Call(Struct, rename="pascal"):
    agent_id: str
    team: str
    conversation: _Conversation
    caller_id: str = msgspec.field(name="CallerID")


@dataclass(frozen=True)
class Travel:
    """The format.

    Attributes:
        pseudonyms: What stands for the callers' numbers.
    """

    pseudonyms: Pseudonyms

    def matches(self, item: dict[str, Any]) -> bool:
        """Tell whether a decoded object is such a call."""
        return "AgentId" in item and "Conversation" in item

    def events_of(self, item: dict[str, Any]) -> list[Recorded]:
        """Return the call's start, turns and end.

        The caller's number becomes a pseudonym. The team is the queue: a turn has no other place for it, and an agent
        belongs to one.

        Raises:
            UnreadableError: A time stamp has no zone.
            msgspec.ValidationError: A field is missing or wrong.
        """
        call = msgspec.convert(item, _Call)
        talk = call.conversation
        customer = f"customer-{self.pseudonyms.id_of('caller', call.caller_id)[:12]}"
        queue = f"travel-{call.team.lower()}"
        started = ConversationStarted(
            conversation_id=talk.conversation_id,
            at=_ms(talk.start_time),
            channel="voice",
            queue=queue,
            customer_id=customer,
        )
        turns = [
            Turn(
                conversation_id=talk.conversation_id,
                turn_id=message.id,
                role="agent" if ROLES[message.event_type] == "agent" else "customer",
                participant_id=f"agent-{call.agent_id}" if ROLES[message.event_type] == "agent" else customer,
                text=message.value,
                spoken_at=_ms(message.event_time),
                language="en",
                channel="voice",
                queue=queue,
                customer_id=customer,
            )
            for message in talk.messages
            if message.event_type in ROLES
        ]
        ended = max([_ms(talk.end_time), *(turn.spoken_at for turn in turns)])
        return [started, *turns, ConversationEnded(conversation_id=talk.conversation_id, at=ended)]


def _ms(time: datetime) -> int:
    if time.tzinfo is None:
        raise UnreadableError(f"time stamp {time} without a zone")
    return round(time.timestamp() * 1000)
