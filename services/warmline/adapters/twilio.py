"""Twilio: which of its products a payload comes from, and what callbacks tell about later ones."""

from collections.abc import Callable

from warmline.adapters import twilio_conversations, twilio_intelligence, twilio_transcription
from warmline.adapters.adapted import AdapterError
from warmline.adapters.collector import Collector, Known
from warmline.adapters.envelopes import Delivery
from warmline.adapters.moments import mail_ms, utc_ms
from warmline.adapters.nodes import Node

Mapper = Callable[[Node, Collector], None]

CALL_ENDS = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""States of a call after which nothing more is said on it."""


def learn(delivery: Delivery, known: Known) -> None:
    """Take the labels of the tracks, the roles of participants and the starts of transcripts."""
    twilio_transcription.learn(delivery.node, known)
    twilio_conversations.learn(delivery.node, known)
    twilio_intelligence.learn(delivery.node, known)


def adapt(delivery: Delivery, out: Collector) -> None:
    """Map one payload.

    Raises:
        AdapterError: It is broken, or none of Twilio's.
    """
    node = delivery.node
    mapper = next((found for fields, found in MAPPERS if node.has(*fields)), None)
    if mapper is None:
        raise AdapterError(
            f"no payload of Twilio: it has none of {', '.join(fields[0] for fields, _ in MAPPERS)}", node.path
        )
    mapper(node, out)


def _call_status(node: Node, out: Collector) -> None:
    state = (node.at("CallStatus").word() or "").lower()
    if state in CALL_ENDS:
        written = node.at("Timestamp").value
        at = mail_ms(written)
        out.ended(out.conversation_id(node.at("CallSid")), utc_ms(written) if at is None else at)
    else:
        out.left_out(node.at("CallStatus"), "a state of the call that is not its end")


MAPPERS: tuple[tuple[tuple[str, ...], Mapper], ...] = (
    (("TranscriptionEvent",), twilio_transcription.adapt),
    (("EventType",), twilio_conversations.adapt_webhook),
    (("sentences",), twilio_intelligence.adapt_sentences),
    (("sentence_index",), twilio_intelligence.adapt_sentence),
    (("messages",), twilio_conversations.adapt_messages),
    (("conversation_sid", "participant_sid", "author", "chat_service_sid"), twilio_conversations.adapt_resource),
    (("operatorResults", "operator_results", "operator_type"), twilio_intelligence.leave_out),
    (("transcript_sid", "event_type", "media_start_time", "service_sid"), twilio_intelligence.leave_out),
    (("transcripts", "conversations", "participants", "meta"), twilio_intelligence.leave_out),
    (("CallStatus",), _call_status),
)
"""Fields that tell a product, in the order in which they are looked for."""
