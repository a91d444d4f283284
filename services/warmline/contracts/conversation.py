"""`conversation.started` and `conversation.ended`: the edges of a conversation, beside its turns on the same topic."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from warmline.contracts.turn import Id, UtcMs

EndReason = Literal["completed", "customer_left", "agent_left", "transferred", "handed_over", "abandoned", "timeout"]
"""Why a conversation ended. `timeout` is what Warmline itself says of one that went quiet."""


class ConversationStarted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A conversation began. Optional: the first turn of an unknown conversation begins it just as well.

    Attributes:
        conversation_id: The conversation; also the Kafka key.
        at: When it began, ms UTC.
        channel: For example voice, chat, messaging, email, social.
        queue: The routing queue; chooses the policy's overrides.
        customer_id: The customer across conversations. Pseudonymous.
    """

    conversation_id: Id
    at: UtcMs
    channel: Annotated[str, Meta(max_length=64)] | None = None
    queue: Annotated[str, Meta(max_length=256)] | None = None
    customer_id: Id | None = None


class ConversationEnded(Struct, frozen=True, kw_only=True):
    """A conversation ended. Optional: one that goes quiet ends by the policy's time-out.

    Attributes:
        conversation_id: The conversation; also the Kafka key.
        at: When it ended, ms UTC.
        reason: Why.
    """

    conversation_id: Id
    at: UtcMs
    reason: EndReason = "completed"
