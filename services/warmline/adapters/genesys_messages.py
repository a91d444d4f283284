"""Genesys Cloud messages: web messaging, open messaging and the messages API."""

from collections.abc import Iterator

from warmline.adapters.collector import Collector
from warmline.adapters.drafts import Draft
from warmline.adapters.moments import moment_ms
from warmline.adapters.nodes import Node
from warmline.adapters.roles import role_of
from warmline.contracts.ids import deterministic_id
from warmline.contracts.labels import Role

HEALTH_CHECK = "ping"
"""What a guest's health check says; it comes back as if the customer had written it, in a `response`."""


def is_message(node: Node) -> bool:
    """Tell whether a payload is a message or a list of them."""
    enveloped = node.has("class") and node.has("body", "code")
    directed = node.has("direction", "originatingEntity") and node.has("text", "content", "events", "type")
    normalized = isinstance(node.at("channel").value, dict) or directed
    return enveloped or normalized or node.has("textBody", "normalizedMessage", "entities")


def adapt(node: Node, out: Collector) -> None:
    """Map a message, an envelope around one, or a list.

    Raises:
        AdapterError: It is broken.
    """
    if node.has("entities"):
        for place, item in enumerate(node.at("entities").items()):
            _one(item.object(), place, node, out)
    elif node.has("class"):
        _enveloped(node, out)
    else:
        _one(node, 0, node, out)


def _enveloped(node: Node, out: Collector) -> None:
    body = node.at("body")
    if isinstance(body.value, str) or node.at("class").word() == "string":
        out.left_out(body, "an error of the session, no turn")
    elif node.at("class").word() not in ("StructuredMessage", None):
        out.left_out(node.at("class"), "a state of the session, no turn")
    elif node.at("type").word() == "response" and body.object().at("text").text().strip() == HEALTH_CHECK:
        out.left_out(body, "a health check, no turn")
    elif body.has("messages", "entities"):
        for place, item in enumerate(body.at("messages", "entities").items()):
            _one(item.object(), place, node, out)
    else:
        _one(body.object(), 0, node, out)


def _one(item: Node, place: int, top: Node, out: Collector) -> None:
    message = item.at("normalizedMessage") if isinstance(item.at("normalizedMessage").value, dict) else item
    kind = (message.at("type").word() or "Text").lower()
    text = message.at("text", "textBody").text() or item.at("textBody").text() or "\n".join(_said(message))
    if kind in ("event", "receipt") and not text.strip():
        out.left_out(message.at("type"), "an event or a receipt, no turn")
        return
    direction = (message.at("direction").word() or item.at("direction").word() or "").lower()
    identifier = (
        item.at("id", "messageId").word() or message.at("id").word() or message.at("channel").at("messageId").word()
    )
    customer = _customer(message, item, direction)
    role = _role(message, direction)
    spoken_at = moment_ms(message.at("channel").at("time"))
    if spoken_at is None:
        spoken_at = moment_ms(item.at("timestamp", "time"))
    conversation = item.at("conversationId") if item.at("conversationId").word() else top.at("conversationId")
    contact = _conversation(conversation, customer, identifier or deterministic_id(str(spoken_at), text), out)
    out.turn(
        Draft(
            node=item,
            conversation_id=contact,
            vendor_id=identifier,
            place=place,
            text=text,
            role=role,
            address=customer if role == "customer" else None,
            spoken_at=spoken_at,
            channel="messaging",
            vendor={
                "direction": direction or None,
                "originating_entity": message.at("originatingEntity").word(),
                "platform": message.at("channel").at("platform", "type").word(),
            },
        )
    )


def _conversation(node: Node, customer: str | None, otherwise: str, out: Collector) -> str:
    """Return the conversation: named, else the customer's, else that of the connection which all of these came over."""
    if node.word() is not None or customer is not None:
        return out.conversation_id(node, f"customer {customer and customer.lower()}")
    if out.known.session is None:
        out.known.session = out.conversation_id(node, otherwise)
    return out.known.session


def _role(message: Node, direction: str) -> Role | None:
    """Return who wrote it: directions are seen from Genesys, and only what goes out may be a bot's."""
    if direction == "inbound":
        return "customer"
    entity = role_of(message.at("originatingEntity").word())
    if direction == "outbound":
        return "bot" if entity == "bot" else "agent"
    return entity


def _customer(message: Node, item: Node, direction: str) -> str | None:
    side = {"inbound": ("from", "fromAddress"), "outbound": ("to", "toAddress")}.get(direction)
    if side is None:
        return None
    return message.at("channel").at(side[0]).at("id").word() or item.at(side[1]).word()


def _said(message: Node) -> Iterator[str]:
    """Yield what rich content says, where the message itself has no text."""
    for content in message.at("content").items():
        for name in ("buttonResponse", "notificationTemplate", "notification", "card", "text", "generic", "story"):
            inside = content.at(name)
            yield from (
                inside.at(field).text() for field in ("title", "description", "text", "body") if _is_text(inside, field)
            )
        for card in content.at("carousel").at("cards").items():
            yield from (card.at(field).text() for field in ("title", "description") if _is_text(card, field))


def _is_text(node: Node, field: str) -> bool:
    return isinstance(node.at(field).value, str) and bool(node.at(field).text().strip())
