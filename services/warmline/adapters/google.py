"""Google: Agent Assist events and answers; Insights conversations are in a module of their own."""

import re

from warmline.adapters import google_insights
from warmline.adapters.adapted import AdapterError
from warmline.adapters.collector import Collector, Known
from warmline.adapters.drafts import Draft
from warmline.adapters.envelopes import Delivery
from warmline.adapters.moments import utc_ms
from warmline.adapters.nodes import Node
from warmline.adapters.roles import role_of
from warmline.contracts.ids import deterministic_id

NAME = re.compile(
    r"(?P<project>projects/[^/]+/)(?:locations/[^/]+/)?conversations/(?P<conversation>[^/]+)(?:/messages/(?P<message>.+))?"
)
"""A resource name; the location is there or not for one and the same conversation."""

LEFT_OUT = {
    "HUMAN_INTERVENTION_NEEDED": "a call for a person, no turn",
    "UNRECOVERABLE_ERROR": "an error of the conversation, no turn",
}


def learn(_delivery: Delivery, _known: Known) -> None:
    """Google's payloads tell all about themselves."""


def adapt(delivery: Delivery, out: Collector) -> None:
    """Map one payload.

    Raises:
        AdapterError: It is broken, or none of Google's.
    """
    node = delivery.node
    if node.has(
        "newMessagePayload", "new_message_payload", "newRecognitionResultPayload", "new_recognition_result_payload"
    ) or (isinstance(node.at("type").value, str) and node.has("conversation")):
        _event(delivery, out)
    elif isinstance(node.at("message").value, dict):
        _answer(node, out)
    elif isinstance(node.at("messages").value, list):
        for place, item in enumerate(node.at("messages").items()):
            _message(item.object(), place, Node(None, f"{node.path}.conversation"), out)
    elif google_insights.is_conversation(node):
        google_insights.adapt(node, out)
    elif node.has("lifecycleState", "lifecycle_state", "conversationProfile", "conversation_profile"):
        out.left_out(node, "a conversation without its words: no turn")
    elif node.has("participantRole", "participant_role", "content"):
        _message(node, 0, Node(None, f"{node.path}.name"), out)
    elif node.has("suggestionResults", "suggestion_results", "humanAgentSuggestionResults", "conversation"):
        out.left_out(node, "suggestions for the agent, no turn")
    else:
        fields = "conversation, message, messages, entries, transcript, analysisResult"
        raise AdapterError(f"no payload of Google's: it has none of {fields}", node.path)


def conversation_of(name: str | None) -> str | None:
    """Return a conversation's key from the name of it or of a message: without the location, which comes and goes."""
    found = NAME.fullmatch(name) if name and len(name) < 1_024 else None
    return f"{found['project']}conversations/{found['conversation']}" if found else name


def _event(delivery: Delivery, out: Collector) -> None:
    node = delivery.node
    kind = node.at("type").word() or ""
    recognised = node.at("newRecognitionResultPayload", "new_recognition_result_payload")
    message = node.at("newMessagePayload", "new_message_payload")
    if message.value is not None:
        _message(message.object(), 0, node.at("conversation"), out)
    elif recognised.value is not None:
        _recognised(delivery, recognised.object(), out)
    elif kind == "CONVERSATION_STARTED":
        out.started(_conversation(node.at("conversation"), out), None)
    elif kind == "CONVERSATION_FINISHED":
        out.ended(_conversation(node.at("conversation"), out), None)
    elif kind in ("NEW_MESSAGE", "NEW_RECOGNITION_RESULT"):
        raise AdapterError(
            "an object is expected here, not nothing", message.path if kind == "NEW_MESSAGE" else recognised.path
        )
    else:
        out.left_out(node.at("type"), LEFT_OUT.get(kind, "an event that is not known: no turn"))


def _conversation(node: Node, out: Collector, *otherwise: object) -> str:
    return out.conversation_id(Node(conversation_of(node.word()), node.path), *otherwise)


def _answer(node: Node, out: Collector) -> None:
    message = node.at("message")
    _message(message, 0, Node(None, message.at("name").path), out)
    for name in node.keys():  # noqa: SIM118 # a node is no dict
        if name != "message":
            out.left_out(
                node.own(name), "goes with the message: suggestions, or a reply that is sent as its own message"
            )


def _message(item: Node, place: int, conversation: Node, out: Collector) -> None:
    name = item.at("name").word()
    found = NAME.fullmatch(name) if name and len(name) < 1_024 else None
    if conversation.word() is None:
        conversation = item.at("name") if found else Node(None, item.at("name").path)
    spoken_at = utc_ms(item.at("sendTime", "send_time").value)
    if spoken_at is None:
        spoken_at = utc_ms(item.at("createTime", "create_time").value)
    sentiment = item.at("sentimentAnalysis", "sentiment_analysis").at("queryTextSentiment", "query_text_sentiment")
    participant = item.at("participant").word()
    annotation = item.at("messageAnnotation", "message_annotation")
    out.turn(
        Draft(
            node=item,
            conversation_id=_conversation(
                conversation, out, name or deterministic_id(str(spoken_at), item.at("content").text())
            ),
            vendor_id=(found["message"] or name if found else name),
            place=place,
            text=item.at("content").text(),
            role=role_of(item.at("participantRole", "participant_role").word()),
            participant=participant.rpartition("/")[2] if participant else None,
            spoken_at=spoken_at,
            language=item.at("languageCode", "language_code").word(),
            edition="message",
            vendor={
                **google_insights.scored(sentiment),
                "contains_entities": annotation.at("containEntities", "contain_entities").truth(),
            },
        )
    )


def _recognised(delivery: Delivery, item: Node, out: Collector) -> None:
    """Map a recognition result: who spoke is in the attributes of the Pub/Sub message, not in the event."""
    if (item.at("messageType", "message_type").word() or "TRANSCRIPT") != "TRANSCRIPT":
        out.left_out(item, "a mark of the recogniser, no words")
        return
    told = delivery.attributes
    end = item.at("speechEndOffset", "speech_end_offset")
    confidence = item.at("confidence").number()
    message_id = told.get("message_id", "")
    out.turn(
        Draft(
            node=item,
            conversation_id=_conversation(delivery.node.at("conversation"), out),
            vendor_id=message_id.rpartition("/")[2] or None,
            place=0,
            text=item.at("transcript").text(),
            role=role_of(told.get("participant_role")),
            participant=told.get("participant_id", "").rpartition("/")[2] or None,
            assumed_at=out.received_ms,
            language=item.at("languageCode", "language_code").word(),
            final=item.at("isFinal", "is_final").truth() is True,
            channel="voice",
            confidence=confidence or None,
            edition="recognised",
            vendor={"speech_end_offset": end.word()},
        )
    )
