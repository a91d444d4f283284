"""Payloads of Contact Lens of Amazon Connect, by its documented fields."""

from tests.unit.adapters.written.line import START_MS, Formats, Line, Payload, lines

LENS = {"customer": "CUSTOMER", "agent": "AGENT", "bot": "CUSTOM_BOT", "system": "SYSTEM", "supervisor": "SUPERVISOR"}


def lens_voice(said: list[Line]) -> list[Payload]:
    """A contact event with the start, and the stream's segments, in either order."""
    event = {
        "source": "aws.connect",
        "detail-type": "Amazon Connect Contact Event",
        "time": "2025-10-09T08:53:21Z",
        "detail": {
            "eventType": "INITIATED",
            "contactId": "c-1",
            "initiationTimestamp": "2025-10-09T08:53:20.000Z",
            "channel": "VOICE",
        },
    }
    stream = {"Version": "1.0.0", "Channel": "VOICE", "ContactId": "c-1", "EventType": "SEGMENTS", "Segments": []}
    for line in said:
        who = {"Id": line.id, "ParticipantId": LENS[line.who], "BeginOffsetMillis": line.at}
        if line.odd % 2:
            who["ParticipantRole"] = LENS[line.who]
        if not line.final:
            stream["Segments"].append({"Utterance": {**who, "TranscriptId": "t", "PartialContent": line.text}})
            continue
        more = {"Sentiment": ["POSITIVE", "MIXED", "WORD"][line.odd % 3], "EndOffsetMillis": line.at + 5}
        stream["Segments"].append({"Transcript": {**who, "Content": line.text, **(more if line.odd else {})}})
    stream["Segments"] += [{"Categories": {"MatchedDetails": {}}}, {"Tomorrow": {"Id": "x", "Content": "no turn"}}]
    return [stream, event] if len(said) % 2 else [event, stream]


def lens_chat(said: list[Line]) -> Payload:
    segments: list[Payload] = [{"Event": {"Id": "e", "EventType": "a/b", "Time": {"AbsoluteTime": START_MS}}}]
    for line in said:
        item = {"Id": line.id, "ParticipantId": f"u-{line.who}", "ParticipantRole": LENS[line.who]}
        item |= {"Content": line.text, "Time": {"AbsoluteTime": line.written()}}
        segments += [{"Transcript": item}, {"Attachments": {"Id": line.id, "Attachments": []}}][: 1 + line.odd % 2]
    head = {"Version": "2.0.0", "Channel": "CHAT", "StreamingEventType": "SEGMENTS"}
    return {**head, "ContactId": "c-2", "OutputType": "Raw", "Segments": segments}


def lens_chat_file(said: list[Line]) -> Payload:
    items: list[Payload] = [{"Type": "EVENT", "AbsoluteTime": "2025-10-09T08:53:20Z", "ContentType": "chat.ended"}]
    for line in said:
        role = {"ParticipantRole": LENS[line.who]} if line.odd else {}
        message = {"Id": line.id, "Type": "MESSAGE", "ParticipantId": line.who, "AbsoluteTime": line.written()}
        items.append({**message, **role, "Content": line.text})
        items.append({"Id": line.id, "Type": "ATTACHMENT", "ParticipantId": line.who, "Attachments": []})
    people = [{"ParticipantId": who, "ParticipantRole": role} for who, role in LENS.items()]
    head = {"Version": "CHAT-2022-11-30", "Channel": "CHAT", "JobStatus": "COMPLETED", "Participants": people}
    return {**head, "CustomerMetadata": {"ContactId": "c-3"}, "Transcript": items}


def lens_pages(said: list[Line]) -> Payload:
    """What the segment list of the API answers: no kind of event, no contact on the page itself."""
    segments = [{**each, "Categories": None} for each in lens_chat(said)["Segments"] if "Transcript" in each]
    return {"Channel": "CHAT", "Status": "COMPLETED", "ContactId": "c-4", "Segments": segments or [{"Event": {}}]}


FORMATS: Formats = {
    "lens, call": ("contact-lens", lens_voice, lines(*LENS)),
    "lens, chat": ("contact-lens", lens_chat, lines(*LENS, partials=False)),
    "lens, chat file": ("contact-lens", lens_chat_file, lines(*LENS, partials=False)),
    "lens, pages": ("contact-lens", lens_pages, lines(*LENS, partials=False)),
}
