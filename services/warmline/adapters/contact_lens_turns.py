"""A turn of Contact Lens, which is much the same in streams, lists and files."""

import re

from warmline.adapters.collector import Collector
from warmline.adapters.drafts import Draft
from warmline.adapters.moments import span_ms, utc_ms
from warmline.adapters.nodes import Node
from warmline.adapters.roles import role_of
from warmline.contracts.labels import Role

FILE_NAME = re.compile(r"(?P<contact>[^/]{1,128}?)_analysis_(redacted_)?(?P<start>\d{4}-\d\d-\d\dT[\d:_.%A-F-]+Z?)")
"""The object's key ends so; some tools write other characters for the colons."""

CHANNELS = {"VOICE": "voice", "CHAT": "chat", "EMAIL": "email", "TASK": "task", "TELEPHONY": "voice"}


def contact_channel(node: Node) -> str | None:
    """Return the channel by its name in the contract."""
    word = node.word()
    return CHANNELS.get(word.upper(), word.lower()) if word else None


def contact_of(top: Node, out: Collector) -> Node:
    """Return where a payload names its contact: in the fields of files or of streams, else in the file's own name."""
    for given in (top.at("CustomerMetadata").at("ContactId"), top.at("ContactId")):
        if given.word() is not None:
            return given
    named = FILE_NAME.search(out.source_name)
    return Node(named["contact"] if named else None, top.at("ContactId").path)


def draft_of(item: Node, contact: str, place: int, top: Node, out: Collector, role: Role | None = None) -> Draft:
    """Return what a Transcript, an Utterance or an item of a file says.

    Args:
        item: The turn.
        contact: Its conversation.
        place: Its place in the payload.
        top: The payload, for what holds for all its turns.
        out: For what other deliveries told.
        role: Who speaks, where the turn itself does not tell.
    """
    partial = item.at("PartialContent")
    speaker = item.at("ParticipantId").word()
    role = role_of(item.at("ParticipantRole").word()) or role or role_of(speaker)
    spoken_at = utc_ms(item.at("Time").at("AbsoluteTime").value)
    if spoken_at is None:
        spoken_at = utc_ms(item.at("AbsoluteTime").value)
    own = contact_of(top, out).word() or contact
    language = top.at("LanguageCode").word() or top.at("StreamingSettings").at("LanguageCode").word()
    return Draft(
        node=item,
        conversation_id=contact,
        known_as=own,
        vendor_id=item.at("Id").word(),
        place=place,
        text=item.at("Content").text() or partial.text(),
        role=role,
        participant=_participant(own, speaker, role, out),
        spoken_at=spoken_at,
        offset_ms=span_ms(item.at("BeginOffsetMillis"), "ms"),
        language=language,
        final=not item.has("PartialContent"),
        channel=contact_channel(top.at("Channel")) or ("chat" if spoken_at is not None else "voice"),
        queue=out.known.queues.get(own),
        edition=top.at("OutputType").word() or top.at("ContentMetadata").at("Output").word(),
        vendor={
            "sentiment": item.at("Sentiment").word(),
            "redaction": item.at("Redaction").value,
            "output": top.at("OutputType").word() or top.at("ContentMetadata").at("Output").word(),
            "end_offset_ms": span_ms(item.at("EndOffsetMillis"), "ms"),
            "issues": item.at("IssuesDetected").value,
            "outcomes": item.at("OutcomesDetected").value,
            "action_items": item.at("ActionItemsDetected").value,
        },
    )


def _participant(contact: str, speaker: str | None, role: Role | None, out: Collector) -> str | None:
    """Return the speaker. A call's turns name every agent AGENT, which must not become one person's account."""
    if role == "agent" and contact in out.known.agents:
        return out.known.agents[contact]
    return None if speaker is None or speaker == (role or "").upper() else speaker
