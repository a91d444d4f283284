"""`escalation.feedback`: what people made of an alert."""

from typing import Literal

from msgspec import Struct

from warmline.contracts.turn import Id, UtcMs

Verdict = Literal["acknowledged", "confirmed", "false_alarm"]
"""acknowledged: somebody looks after it; confirmed: it was right; false_alarm: it was not, and closes."""


class AlertFeedback(Struct, frozen=True, kw_only=True):
    """One person's word on one alert.

    Attributes:
        feedback_id: Unique; the same id again changes nothing.
        alert_id: The alert.
        conversation_id: The alert's conversation; also the Kafka key.
        verdict: acknowledged, confirmed or false_alarm.
        by: Who says so, pseudonymous.
        at: When, ms UTC.
    """

    feedback_id: Id
    alert_id: Id
    conversation_id: Id
    verdict: Verdict
    by: Id
    at: UtcMs
