"""`survey.response`: what a customer answered when asked."""

from typing import Annotated

from msgspec import Meta, Struct

from warmline.contracts.turn import Id, UtcMs


class SurveyResponse(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A customer's answers about one conversation. Free text is not part of the contract.

    Attributes:
        conversation_id: The conversation; also the Kafka key.
        at: When it was answered, ms UTC.
        csat: Satisfaction, 1..5.
        nps: Likelihood to recommend, 0..10.
        resolved: Whether the issue was solved in this contact.
    """

    conversation_id: Id
    at: UtcMs
    csat: Annotated[int, Meta(ge=1, le=5)] | None = None
    nps: Annotated[int, Meta(ge=0, le=10)] | None = None
    resolved: bool | None = None
