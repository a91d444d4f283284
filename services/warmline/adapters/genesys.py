"""Genesys Cloud: notifications and event-bus events; messages and transcript files are in modules of their own."""

from warmline.adapters import genesys_audiohook, genesys_files, genesys_messages
from warmline.adapters.adapted import AdapterError
from warmline.adapters.collector import Collector, Known
from warmline.adapters.drafts import Draft
from warmline.adapters.envelopes import Delivery
from warmline.adapters.moments import added, moment_ms, span_ms
from warmline.adapters.nodes import Node
from warmline.contracts.labels import Role

CHANNELS = {"CHAT": "chat", "VOICE": "voice", "CALL": "voice", "CALLBACK": "voice", "MESSAGE": "messaging"}
"""Media types, where they mean a channel of the contract."""


def learn(_delivery: Delivery, _known: Known) -> None:
    """Genesys' payloads tell all about themselves."""


def adapt(delivery: Delivery, out: Collector) -> None:
    """Map one payload.

    Raises:
        AdapterError: It is broken, or none of Genesys Cloud.
    """
    node = delivery.node
    if node.has("detail-type"):
        _notification(node.at("detail").object(), node.at("detail-type").word() or "", out)
    elif node.has("topicName"):
        _notification(node, node.at("topicName").word() or "", out)
    elif node.has("sessionStartTimeMs", "transcriptionStartTimeMs") or node.at("transcript").has("alternatives"):
        _transcription(node, out)
    elif genesys_audiohook.is_message(node):
        genesys_audiohook.adapt(node, out)
    elif genesys_messages.is_message(node):
        genesys_messages.adapt(node, out)
    elif node.has("transcripts", "phrases"):
        genesys_files.adapt(node, out)
    else:
        fields = "detail-type, topicName, transcripts, class, channel, textBody and entities"
        raise AdapterError(f"no payload of Genesys Cloud: it has none of {fields}", node.path)


def _notification(node: Node, topic: str, out: Collector) -> None:
    body = node.at("eventBody")
    if topic.endswith(".transcription"):
        _transcription(body.object(), out)
    elif topic.endswith(".customer.start"):
        contact = out.conversation_id(body.object().at("conversationId"))
        out.started(contact, _event_time(body), _channel(body))
    elif topic.endswith(".customer.end"):
        out.ended(out.conversation_id(body.object().at("conversationId")), _event_time(body))
    elif genesys_messages.is_message(body):
        genesys_messages.adapt(body, out)
    else:
        out.left_out(node.at("topicName"), "a topic without words of a conversation")


def _event_time(body: Node) -> int | None:
    """Return when it happened: a number on the lifecycle topics, ISO 8601 on others."""
    return moment_ms(body.at("eventTime"))


def _channel(body: Node) -> str | None:
    word = body.at("mediaType").word()
    return CHANNELS.get(word.upper(), word.lower()) if word else None


def _transcription(body: Node, out: Collector) -> None:
    contact = out.conversation_id(body.at("conversationId"))
    single = body.at("transcript")  # some clients hand on each result by itself
    listed = [item.object() for item in body.at("transcripts").items()] if single.value is None else [single.object()]
    for place, item in enumerate(listed):
        out.turn(_draft(item, place, contact, body, out))
    if not listed:
        out.left_out(body.at("status"), "the state of one leg: a heartbeat, or its end, which a transfer survives")


def _draft(item: Node, place: int, contact: str, body: Node, out: Collector) -> Draft:
    spoken = _best(item)
    leg = body.at("communicationId").word()
    channel = (item.at("channel").word() or "").upper()
    role: Role | None = {"EXTERNAL": "customer", "INTERNAL": out.settings.genesys.internal}.get(channel)
    offset = span_ms(spoken.at("offsetMs"), "ms")
    utterance = item.at("utteranceId").word()
    start = moment_ms(body.at("sessionStartTimeMs", "transcriptionStartTimeMs"))
    return Draft(
        node=item,
        conversation_id=contact,
        vendor_id=utterance,
        place=place,
        text=_words(spoken).text(),
        role=role,
        participant=f"{leg}:{channel.lower()}" if leg and role else None,
        spoken_at=added(start, offset),
        assumed_at=moment_ms(body.at("eventTime")),
        offset_ms=offset,
        language=item.at("dialect").word(),
        final=item.at("isFinal").truth() is not False,
        channel="voice",
        confidence=spoken.at("confidence").number(),
        vendor={
            "engine": item.at("engineId").word(),
            "engine_provider": item.at("engineProvider").word(),
            "communication_id": leg,
            "duration_ms": span_ms(spoken.at("durationMs"), "ms"),
        },
    )


def _best(item: Node) -> Node:
    """Return the first alternative that says something; they come best first."""
    alternatives = [alternative.object() for alternative in item.at("alternatives").items()]
    spoken = [alternative for alternative in alternatives if _words(alternative).text().strip()]
    return spoken[0] if spoken else item.at("alternatives")


def _words(spoken: Node) -> Node:
    """Return the words with digits and case where they are written so, else as recognised."""
    decorated = spoken.at("decoratedTranscript")
    return decorated if decorated.value not in (None, "") else spoken.at("transcript")
