"""Contact Lens files after the contact: of calls, with offsets, and of chats, with times."""

import re

from warmline.adapters.collector import Collector
from warmline.adapters.contact_lens_turns import FILE_NAME, contact_of, draft_of
from warmline.adapters.moments import span_ms, utc_ms
from warmline.adapters.nodes import Node
from warmline.adapters.roles import role_of
from warmline.contracts.ids import deterministic_id
from warmline.contracts.labels import Role


def adapt(node: Node, out: Collector) -> None:
    """Map a file.

    Raises:
        AdapterError: It is broken.
    """
    listed = node.at("Transcript")
    items = [item.object() for item in listed.items()]
    if not items:
        out.left_out(listed, "no transcript in it")
        return
    contact = out.conversation_id(contact_of(node, out), *_identity(items))
    if node.has("ConversationCharacteristics"):
        out.left_out(node.at("ConversationCharacteristics"), "figures of the whole contact: Warmline makes its own")
    if node.at("Categories").at("MatchedCategories").value:
        out.left_out(node.at("Categories"), "matched rules: Warmline judges by its own policy")
    roles, groups = _roles(node), _group_sentiments(node)
    _assume_start(node, items, out)
    for place, item in enumerate(items):
        if item.at("Type").word() not in (None, "MESSAGE") and not item.at("Content").text().strip():
            out.left_out(item, "an event or an attachment of the chat, no turn")
            continue
        draft = draft_of(item, contact, place, node, out, roles.get(item.at("ParticipantId").word() or ""))
        out.turn(draft.with_marks(groups.get(draft.vendor_id or "", {})))


def _identity(items: list[Node]) -> list[str]:
    """Return what a file without a contact's id is told from others by: its turns, as a digest."""
    turns = [
        f"{item.at('Id').word()} {item.at('BeginOffsetMillis').value} {item.at('Content').value}" for item in items
    ]
    return [deterministic_id(*turns)]


def _assume_start(node: Node, items: list[Node], out: Collector) -> None:
    """Take the start that offsets count from: in the file's name, else so that the contact ends on delivery."""
    named = FILE_NAME.search(out.source_name)
    start = utc_ms(_written(named["start"])) if named else None
    out.count_from(start)
    if start is None:
        whole = span_ms(node.at("ConversationCharacteristics").at("TotalConversationDurationMillis"), "ms")
        out.count_back([whole, *(span_ms(item.at("EndOffsetMillis"), "ms") for item in items)])


def _written(name: str) -> str:
    date, _, time = name.partition("T")
    return f"{date}T{re.sub('%3A|_|-', ':', time)}"


def _roles(node: Node) -> dict[str, Role]:
    roles = {}
    for participant in node.at("Participants").items():
        speaker, role = participant.at("ParticipantId").word(), role_of(participant.at("ParticipantRole").word())
        if speaker is not None and role is not None:
            roles[speaker] = role
    return roles


def _group_sentiments(node: Node) -> dict[str, dict[str, object]]:
    """Return a chat's sentiment by turn: it is told of groups of turns."""
    found: dict[str, dict[str, object]] = {}
    sentiment = node.at("ConversationCharacteristics").at("Sentiment")
    for group in sentiment.at("DetailsByTranscriptItemGroup").items():
        marks = {"sentiment": group.at("Sentiment").word(), "progressive_score": group.at("ProgressiveScore").number()}
        for item in group.at("TranscriptItems").items():
            found[item.at("Id").word() or ""] = dict(marks)
    found.pop("", None)
    return found
