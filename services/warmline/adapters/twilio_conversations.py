"""Twilio Conversations: webhooks (form fields) and messages of the REST interface."""

from warmline.adapters.collector import Collector, Known
from warmline.adapters.drafts import Draft
from warmline.adapters.moments import utc_ms
from warmline.adapters.nodes import Node
from warmline.adapters.roles import role_of
from warmline.contracts.labels import Role

CLOSED = frozenset({"closed", "inactive"})
LEFT_OUT = {
    "onMessageAdd": "asks before a message is stored; the stored one becomes the turn",
    "onMessageUpdated": "a change of a message that is a turn already: turns do not change",
    "onMessageRemoved": "a removal of a message that is a turn already: turns do not change",
    "onParticipantAdded": "a participant joined, no turn",
    "onParticipantRemoved": "a participant left, no turn",
}
ADDRESSES = ("+", "whatsapp:", "messenger:", "sms:", "rcs:", "gbm:", "instagram:", "viber:", "line:", "tel:")
"""An author that begins so writes from outside, over a messaging channel."""


def learn(node: Node, known: Known) -> None:
    """Take a participant's role: an identity signs in with the SDK, a binding is an address outside."""
    for person in [node, *_listed(node, "participants")]:
        identity = person.at("Identity", "identity").word()
        binding = person.at("MessagingBinding.Address").word()
        binding = binding or person.at("messaging_binding").at("address").word()
        role: Role | None = "customer" if binding else None
        sid = person.at("ParticipantSid", "sid").word()
        for name in (sid, binding or identity):
            if role is not None and name is not None and (name != sid or (sid or "").startswith("MB")):
                known.speakers[name] = role


def _listed(node: Node, name: str) -> list[Node]:
    return list(node.at(name).items()) if isinstance(node.at(name).value, list) else []


def adapt_webhook(node: Node, out: Collector) -> None:
    """Map a webhook.

    Raises:
        AdapterError: It is broken.
    """
    event = node.at("EventType").word()
    if event == "onMessageAdded":
        _message(node, 0, node, out)
    elif event == "onConversationAdded":
        at = utc_ms(node.at("DateCreated").value)
        out.started(out.conversation_id(node.at("ConversationSid")), at, "messaging")
    elif event == "onConversationStateUpdated" and (node.at("StateTo").word() or "").lower() in CLOSED:
        at = utc_ms(node.at("DateUpdated").value)
        out.ended(out.conversation_id(node.at("ConversationSid")), at)
    else:
        out.left_out(node.at("EventType"), LEFT_OUT.get(event or "", "an event without a message"))


def adapt_messages(node: Node, out: Collector) -> None:
    """Map a page of messages.

    Raises:
        AdapterError: It is broken.
    """
    for place, item in enumerate(node.at("messages").items()):
        _message(item.object(), place, node, out)


def adapt_resource(node: Node, out: Collector) -> None:
    """Map one message of the REST interface; a participant or a conversation is no turn.

    Raises:
        AdapterError: It is broken.
    """
    if node.has("body", "index", "media"):
        _message(node, 0, node, out)
    else:
        out.left_out(node, "a resource that is no message")


def _message(item: Node, place: int, top: Node, out: Collector) -> None:
    text = item.at("Body", "body").text()
    if not text.strip() and item.at("Media", "media").value:
        out.left_out(item.at("Media", "media"), "media without text: no turn")
        return
    sid, index = item.at("MessageSid", "sid").word(), item.at("Index", "index").word()
    conversation = item.at("ConversationSid", "conversation_sid")
    if conversation.word() is None:
        conversation = top.at("ConversationSid", "conversation_sid")
    author, participant = item.at("Author", "author").word(), item.at("ParticipantSid", "participant_sid").word()
    role = _role(item, author, participant, out)
    out.turn(
        Draft(
            node=item.at("Body", "body"),
            conversation_id=out.conversation_id(conversation, *([sid] if sid else [])),
            vendor_id=sid or (f"index-{index}" if index else None),
            place=place,
            text=text,
            role=role,
            # A participant's id is of one conversation; staff have one account, by their identity.
            participant=participant if role == "customer" or author is None else None,
            address=author,
            spoken_at=utc_ms(item.at("DateCreated", "date_created").value),
            channel="messaging",
            vendor={"source": item.at("Source").word(), "index": item.at("Index", "index").whole()},
        )
    )


def _role(item: Node, author: str | None, participant: str | None, out: Collector) -> Role | None:
    """Return who wrote it: by the settings, by what joined, by the address, else an identity's role."""
    settings, known = out.settings.twilio, out.known.speakers
    for name in (participant, author):
        if name in settings.authors:
            return settings.authors[name]
        if name in known:
            return known[name]
    if author is not None and author.lower() == "system":
        return "system"
    if author is not None and author.lower().startswith(ADDRESSES):
        return "customer"
    role = _role_in(author)
    if role is not None:
        out.assume(item.at("Author", "author"), f"no role tells who the author is: taken as {role}, by its name")
    elif author or item.at("ClientIdentity").word():
        role = settings.identity
        out.assume(item.at("Author", "author"), f"no role tells who the author is: taken as {role}, by the settings")
    return role


def _role_in(author: str | None) -> Role | None:
    """Return the role that an identity such as `bot-7` names; an address has such words in its domain."""
    role = None if author is None or "@" in author or "." in author else role_of(author)
    return role if role in ("bot", "agent", "customer") else None
