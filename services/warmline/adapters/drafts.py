"""A turn as a vendor tells it, before the rules that are the same for all vendors are applied."""

from dataclasses import dataclass, field, replace
from typing import Any

from warmline.adapters.nodes import Node
from warmline.contracts.labels import Role


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One utterance or message.

    Attributes:
        node: Where it stands in the payload.
        conversation_id: The vendor's id of the conversation, or the one that was given for it.
        known_as: The vendor's own, where the two may differ: other deliveries tell of it by that.
        vendor_id: The vendor's id of the turn; None where it gives none.
        place: Its place among the payload's turns: all that tells it from others where there is no id and no time.
        text: The words.
        role: Who speaks; None where the payload does not tell.
        participant: The speaker's id in words that need no masking.
        address: The speaker's telephone number, mail address or the like: only a hash of it goes out.
        spoken_at: ms UTC as the payload has it; None where it has none.
        assumed_at: ms UTC where it was worked out with an assumption, which a redelivery may make otherwise.
        offset_ms: ms from the start of the conversation, where that is all that is known.
        language: BCP 47 tag.
        final: False for a partial result.
        channel: voice, chat, messaging, email.
        queue: The routing queue.
        confidence: The recogniser's, 0..1.
        edition: Which rendering of the same turn this is (raw or redacted, recognised or stored). Two editions of one
            vendor id are one turn.
        vendor: Scores and marks to keep; None values are left out.
    """

    node: Node
    conversation_id: str
    vendor_id: str | None
    place: int
    text: str
    role: Role | None
    known_as: str | None = None
    participant: str | None = None
    address: str | None = None
    spoken_at: int | None = None
    assumed_at: int | None = None
    offset_ms: int | None = None
    language: str | None = None
    final: bool = True
    channel: str | None = None
    queue: str | None = None
    confidence: float | None = None
    edition: str | None = None
    vendor: dict[str, Any] = field(default_factory=dict)

    def with_marks(self, more: dict[str, Any]) -> "Draft":
        """Return the same turn with further marks; those that it has already stay."""
        own = {name: value for name, value in self.vendor.items() if value is not None}
        return replace(self, vendor={**more, **own})

    def with_offset(self, offset_ms: int) -> "Draft":
        """Return the same turn at an offset."""
        return replace(self, offset_ms=offset_ms)

    def spoken_by(self, role: Role | None, participant: str | None) -> "Draft":
        """Return the same turn of a speaker."""
        return replace(self, role=role, participant=participant)
