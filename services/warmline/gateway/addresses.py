"""From an accepted event to the Kafka record that carries it."""

import msgspec
from msgspec import Struct

from warmline.bus.envelope import Headers, headers_of
from warmline.contracts import events, topics
from warmline.contracts.assist import AssistFeedback
from warmline.contracts.conversation import ConversationStarted
from warmline.contracts.feedback import AlertFeedback
from warmline.contracts.ids import deterministic_id, edge_id
from warmline.contracts.turn import Turn
from warmline.gateway.items import InputEvent

SOURCE = "warmline/gateway"

_ENCODER = msgspec.json.Encoder()


class Outgoing(Struct, frozen=True):
    """One record to produce.

    Attributes:
        topic: Its topic, without the deployment's prefix.
        key: Record key.
        value: Record value.
        headers: CloudEvents headers.
    """

    topic: str
    key: bytes
    value: bytes
    headers: Headers


def record_of(event: InputEvent) -> Outgoing:
    """Return the record of a turn, start or end. The same event has the same id, however often it is posted."""
    key = event.conversation_id
    if isinstance(event, Turn):
        name, at = events.CONVERSATION_TURN, event.spoken_at
        event_id = deterministic_id(name, key, event.turn_id)
    else:
        started = isinstance(event, ConversationStarted)
        name, at = events.CONVERSATION_STARTED if started else events.CONVERSATION_ENDED, event.at
        event_id = edge_id(name, key, at)
    return Outgoing(
        topics.CONVERSATION_EVENTS,
        key.encode(),
        _ENCODER.encode(event),
        headers_of(name, event_id, at, SOURCE, key),
    )


def feedback_record(feedback: AlertFeedback | AssistFeedback) -> Outgoing:
    """Return the record of a feedback on an alert or on a move of agent assist."""
    on_alert = isinstance(feedback, AlertFeedback)
    name = events.ESCALATION_FEEDBACK if on_alert else events.AGENT_ASSIST_FEEDBACK
    key = feedback.conversation_id
    return Outgoing(
        topics.ESCALATION_FEEDBACK if on_alert else topics.AGENT_ASSIST_FEEDBACK,
        key.encode(),
        _ENCODER.encode(feedback),
        headers_of(name, deterministic_id(name, feedback.feedback_id), feedback.at, SOURCE, key),
    )
