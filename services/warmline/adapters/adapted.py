"""What an adapter gives back: canonical events, what it could not map, and how a broken payload is refused."""

from dataclasses import dataclass
from typing import TypeAlias

from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.turn import Turn

Event: TypeAlias = Turn | ConversationStarted | ConversationEnded
"""What vendors' payloads become."""


class AdapterError(ValueError):
    """A payload is broken, or is none of the vendor's.

    The message never quotes the payload, which holds a customer's words.

    Attributes:
        message: What is wrong.
        path: Where, for example `$.Segments[2].Transcript.Content`; of JSON lines `line 3: $.text`.
    """

    def __init__(self, message: str, path: str) -> None:
        super().__init__(f"{path}: {message}")
        self.message = message
        self.path = path


class TooMuchError(AdapterError):
    """A body holds more than is taken at once: nothing of it is taken."""


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A piece of a payload that became no event, or only with an assumption.

    Attributes:
        path: Where it stands in the payload.
        reason: Why, and what was assumed. Never the payload's own words.
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Adapted:
    """The outcome of a payload.

    Attributes:
        events: Canonical events in the payload's order.
        unmapped: What became no event or only with an assumption: a person should be able to read it. Where there is
            more than is told one by one, the last says how much.
        broken: Deliveries that are broken, each with its path, as many as are told. They are in `unmapped`, too.
        deliveries: How many there were.
        broken_deliveries: How many of them are broken.
    """

    events: tuple[Event, ...]
    unmapped: tuple[Unmapped, ...]
    broken: tuple[AdapterError, ...] = ()
    deliveries: int = 1
    broken_deliveries: int = 0
