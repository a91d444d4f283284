"""`conversation.turn`: one utterance or message by one participant, as it arrives."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from warmline.contracts.labels import Role

Id = Annotated[str, Meta(min_length=1, max_length=256)]
"""An opaque identifier; pseudonymous where it stands for a person."""

LATEST_MS = 253_402_300_799_999
"""The latest time that an event can carry, ms UTC: the end of the year 9999."""

UtcMs = Annotated[int, Meta(ge=0, le=LATEST_MS)]
"""Milliseconds since 1970-01-01 UTC."""

MAX_TEXT_CHARS = 65_536
"""Longest accepted text of a turn: a very long e-mail fits; more is a fault of the sender."""

TurnText = Annotated[str, Meta(max_length=MAX_TEXT_CHARS)]
"""What was said or written; may be empty (a silent or redacted turn)."""


class Turn(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One utterance or message. Fields that are not named here are tolerated and ignored.

    Attributes:
        conversation_id: The conversation; also the Kafka key, so that its turns stay in order.
        turn_id: Unique within the conversation. The same id again is the same turn and changes nothing, but for the
            final result after partial ones.
        role: Who speaks.
        participant_id: The speaker; for an agent the id under which wellbeing is accounted. Pseudonymous.
        text: The words. They are scored and then dropped: no event made from the turn, no log, no metric carries them.
            A turn that scoring refuses stays raw on scoring.dlq for 14 days; the gateway shows words only where the
            policy says gateway.quote_words.
        spoken_at: When the turn began, ms UTC.
        language: BCP 47 tag if the sender knows it; else it is detected.
        final: False for a partial recogniser result, which the services ignore by default.
        channel: For example voice, chat, messaging, email, social.
        queue: The routing queue; chooses the policy's overrides.
        customer_id: The customer across conversations, for repeat contact. Pseudonymous.
        asr_confidence: The recogniser's confidence, 0..1; None where the text was typed.
        vendor: Scores and marks the sending platform attached; kept beside ours, never mixed in.
    """

    conversation_id: Id
    turn_id: Id
    role: Role
    participant_id: Id
    text: TurnText
    spoken_at: UtcMs
    language: Annotated[str, Meta(max_length=64)] | None = None
    final: bool = True
    channel: Annotated[str, Meta(max_length=64)] | None = None
    queue: Annotated[str, Meta(max_length=256)] | None = None
    customer_id: Id | None = None
    asr_confidence: Annotated[float, Meta(ge=0.0, le=1.0)] | None = None
    vendor: dict[str, Any] | None = None
