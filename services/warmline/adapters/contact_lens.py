"""Amazon Connect Contact Lens: real-time streams of calls and chats, the segment lists of the API, contact events.

Files after the contact are in `contact_lens_files`. What tells the shapes apart is their fields, never `Version`:
Amazon adds versions, and its own examples name things in two ways.
"""

from warmline.adapters import contact_lens_files
from warmline.adapters.adapted import AdapterError
from warmline.adapters.collector import Collector, Known
from warmline.adapters.contact_lens_turns import contact_channel, draft_of
from warmline.adapters.envelopes import Delivery
from warmline.adapters.moments import moment_ms, span_ms, utc_ms
from warmline.adapters.nodes import Node

REASONS = {
    "Categories": "matched rules: Warmline judges by its own policy",
    "Issues": "marks of issues: Warmline has no field for them",
    "Event": "an event of the chat, no turn",
    "Attachments": "attachments have no text",
    "PostContactSummary": "a summary: Warmline makes its own",
}
"""Segments that are no turns."""


def learn(delivery: Delivery, known: Known) -> None:
    """Take from a contact event or record when the contact began and who and which queue took it; else who speaks."""
    detail = delivery.node.at("detail") if delivery.node.has("detail") else delivery.node
    contact = _contact_of(detail)
    if contact is None:
        return
    if detail.has("Segments"):
        known.spoken.add(contact)
    started = ("initiationTimestamp", "InitiationTimestamp", "connectedToSystemTimestamp", "ConnectedToSystemTimestamp")
    start = utc_ms(detail.at(*started).value)
    if start is not None:
        known.starts[contact] = start
    agent = _last_part(detail.at("agentInfo", "AgentInfo").at("agentArn", "AgentArn"))
    queue = _last_part(detail.at("queueInfo", "QueueInfo").at("queueArn", "QueueArn"))
    if agent is not None:
        known.agents[contact] = agent
    if queue is not None:
        known.queues[contact] = queue


def adapt(delivery: Delivery, out: Collector) -> None:
    """Map one payload.

    Raises:
        AdapterError: It is broken, or none of Contact Lens.
    """
    node = delivery.node
    if node.has("detail-type"):
        _bus_event(node, out)
    elif node.has("Segments", "EventType", "StreamingEventType"):
        _stream(node, out)
    elif node.has("Transcript", "JobStatus"):
        contact_lens_files.adapt(node, out)
    elif node.has("AWSContactTraceRecordFormatVersion"):
        out.left_out(node, "a contact record: it tells when a contact began, but no turn")
    else:
        fields = "Segments, EventType, StreamingEventType, Transcript, JobStatus and detail-type"
        raise AdapterError(f"no payload of Contact Lens: it has none of {fields}", node.path)


def _stream(node: Node, out: Collector) -> None:
    event = node.at("EventType", "StreamingEventType").word()
    if event in (None, "SEGMENTS"):
        _segments(node, out)
        return
    contact = out.conversation_id(node.at("ContactId"))
    channel = contact_channel(node.at("Channel"))
    if event == "STARTED":
        out.started(contact, out.known.starts.get(node.at("ContactId").word() or contact), channel)
    elif event == "COMPLETED":
        out.ended(contact, None)
    elif event == "FAILED":
        out.left_out(node.at("EventType", "StreamingEventType"), "the analysis failed; the contact may go on")
    else:
        out.left_out(node.at("EventType", "StreamingEventType"), "an event kind that is not known: no turn")


def _segments(node: Node, out: Collector) -> None:
    listed = node.at("Segments")
    if listed.value is None:
        raise AdapterError("an array is expected here, not nothing", listed.path)
    segments = [segment.object() for segment in listed.items()]
    if not segments:
        out.left_out(listed, "no segments in it")
        return
    streamed = node.at("EventType", "StreamingEventType").word() is not None
    contact = out.conversation_id(node.at("ContactId"), *([] if streamed else _ids(segments) or ["none"]))
    out.count_back(span_ms(said.at("Transcript", "Utterance").at("EndOffsetMillis"), "ms") for said in segments)
    for place, segment in enumerate(segments):
        for name in segment.keys():  # noqa: SIM118 # a node is no dict
            inside = segment.own(name)
            if name not in ("Transcript", "Utterance"):
                out.left_out(inside, REASONS.get(name, "a kind of segment that is not known: no turn"))
                continue
            out.turn(draft_of(inside.object(), contact, place, node, out))


def _ids(segments: list[Node]) -> list[str]:
    """Return the first turn's id, which is what a page of the API has in place of a contact."""
    ids = [segment.at("Transcript", "Utterance").at("Id").word() for segment in segments]
    return [identifier for identifier in ids if identifier is not None][:1]


def _bus_event(node: Node, out: Collector) -> None:
    detail, kind = node.at("detail").object(), node.at("detail-type")
    if not (kind.word() or "").endswith("Contact Event"):
        out.left_out(kind, "a notice on the event bus without turns")
        return
    contact = out.conversation_id(detail.at("contactId", "ContactId"))
    event = detail.at("eventType").word()
    if event == "INITIATED":
        at = moment_ms(detail.at("initiationTimestamp", "connectedToSystemTimestamp"))
        out.started(
            contact, at if at is not None else moment_ms(node.at("time")), contact_channel(detail.at("channel"))
        )
    elif event == "DISCONNECTED" and _is_dated_by_arrival(detail, out):
        out.left_out(detail.at("eventType"), "the end of a call comes with COMPLETED: its turns were dated by arrival")
    elif event == "DISCONNECTED":
        at = moment_ms(detail.at("disconnectTimestamp"))
        out.ended(contact, at if at is not None else moment_ms(node.at("time")))
    else:
        out.left_out(detail.at("eventType"), "a step of the contact that is neither its start nor its end")


def _is_dated_by_arrival(detail: Node, out: Collector) -> bool:
    """Tell whether a call's turns come without its contact event, and so later, by their times, than they were said.

    The call's last words would come after its end, and begin another episode of it.
    """
    return contact_channel(detail.at("channel")) == "voice" and _contact_of(detail) not in out.known.spoken


def _contact_of(detail: Node) -> str | None:
    return detail.at("contactId", "ContactId").word()


def _last_part(arn: Node) -> str | None:
    word = arn.word()
    return word.rpartition("/")[2] or None if word and "/" in word else None
