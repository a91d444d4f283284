"""Twilio Conversational Intelligence: sentences are turns; transcripts and operator results tell about them."""

import re
from dataclasses import dataclass
from typing import Self

from warmline.adapters.collector import Collector, Known
from warmline.adapters.drafts import Draft
from warmline.adapters.moments import span_ms, utc_ms
from warmline.adapters.nodes import Node
from warmline.adapters.roles import role_of
from warmline.contracts.labels import Role

_TRANSCRIPT = re.compile(r"/Transcripts/(GT\w{1,64})")


def learn(node: Node, known: Known) -> None:
    """Take a transcript's start and who is on which of its channels."""
    sid = node.at("sid").word()
    if sid is None or not node.has("media_start_time", "service_sid"):
        return
    start = utc_ms(node.at("media_start_time").value)
    if start is not None:
        known.starts[sid] = start
    people = node.at("channel").at("participants")
    for person in people.items() if isinstance(people.value, list) else ():
        channel, role = person.at("channel_participant").word(), role_of(person.at("role").word())
        if channel is not None and role is not None:
            known.labels.setdefault(sid, {})[channel] = role


@dataclass(frozen=True)
class _Transcript:
    """The transcript that sentences are of.

    Attributes:
        contact: The conversation that it is.
        sid: What other deliveries tell of it by.
    """

    contact: str
    sid: str

    @classmethod
    def of(cls, node: Node, item: Node, out: Collector) -> Self:
        """Return the transcript, which sentences name only in the address of their page or their own."""
        given = item.at("transcript_sid") if item.has("transcript_sid") else node.at("transcript_sid")
        for address in (node.at("meta").at("url"), node.at("meta").at("first_page_url"), item.at("url")):
            found = _TRANSCRIPT.search(address.word() or "")
            if found:
                given = Node(found[1], address.path)
                break
        contact = out.conversation_id(given, item.at("sid").value, item.at("transcript").value)
        return cls(contact, given.word() or contact)


def leave_out(node: Node, out: Collector) -> None:
    """Report a resource or a notice without sentences."""
    out.left_out(node, "results or a notice about a transcript, without its sentences: no turn")


def adapt_sentence(node: Node, out: Collector) -> None:
    """Map one sentence.

    Raises:
        AdapterError: It is broken.
    """
    _sentence(node, 0, _Transcript.of(node, node, out), out)


def adapt_sentences(node: Node, out: Collector) -> None:
    """Map a page of sentences.

    Raises:
        AdapterError: It is broken.
    """
    items = [item.object() for item in node.at("sentences").items()]
    if not items:
        out.left_out(node.at("sentences"), "no sentences in it")
        return
    transcript = _Transcript.of(node, items[0], out)
    out.count_back(span_ms(item.at("end_time", "start_time")) for item in items)
    for place, item in enumerate(items):
        _sentence(item, place, transcript, out)


def _sentence(item: Node, place: int, transcript: _Transcript, out: Collector) -> None:
    channel = item.at("media_channel").word() or ""
    out.turn(
        Draft(
            node=item,
            conversation_id=transcript.contact,
            known_as=transcript.sid,
            vendor_id=item.at("sid").word(),
            place=item.at("sentence_index").whole() or place,
            text=item.at("transcript").text(),
            role=_role(item, transcript, channel, out),
            participant=f"{transcript.contact}:{channel}" if channel else None,
            offset_ms=span_ms(item.at("start_time")),
            channel="voice",
            confidence=item.at("confidence").number(),
            vendor={"media_channel": channel or None, "end_offset_ms": span_ms(item.at("end_time"))},
        )
    )


def _role(item: Node, transcript: _Transcript, channel: str, out: Collector) -> Role | None:
    told = out.known.labels.get(transcript.sid, {}).get(channel)
    if told is not None:
        return told
    role = out.settings.twilio.media_channels.get(channel)
    if role is not None:
        out.assume(item.at("media_channel"), "no transcript tells who is on which channel: taken by the settings")
    return role
