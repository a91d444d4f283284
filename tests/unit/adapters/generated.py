"""Payloads made up per format: what people say is drawn first, the payload is written around it.

Each writer follows the vendor's documented fields and returns the payload; what has to come out of it is known from
what was drawn, and never from the adapter.
"""

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

Payload = dict[str, Any]
START_MS = 1_760_000_000_000
DAY_MS = 86_400_000
ZONES = (None, "Z", "+00:00", "+02:00", "-05:30", "+0530", "-03")


@dataclass(frozen=True)
class Line:
    """Something somebody says.

    Attributes:
        who: customer, agent, bot, supervisor or system.
        text: The words; blank is no turn.
        at: ms after the start.
        id: The vendor's id; several lines may have the same.
        final: Whether it is more than a partial result.
        zone: How its time is written.
        digits: Digits of its fraction of a second.
        odd: A number for further choices of a writer.
    """

    who: str
    text: str
    at: int
    id: str
    final: bool
    zone: str | None
    digits: int
    odd: int

    @property
    def counts(self) -> bool:
        """Whether it has to become a turn."""
        return self.final and bool(self.text.strip())

    @property
    def ms(self) -> int:
        """When it was said, ms UTC."""
        return START_MS + self.at

    def written(self, *, zoned: bool = False) -> str:
        """Return its time in ISO 8601, in its zone and with its digits."""
        name = "Z" if self.zone is None and zoned else self.zone
        sign, digits = (name or "Z")[0], (name or "")[1:].replace(":", "").ljust(4, "0")
        span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:])) if sign in "+-" else timedelta()
        there = datetime.fromtimestamp(self.ms // 1000, UTC).astimezone(timezone(-span if sign == "-" else span))
        ms = f"{self.ms % 1000:03d}"
        part = (ms + "987654")[: self.digits] if self.digits >= 3 else ms if ms.rstrip("0") else ""
        return f"{there:%Y-%m-%dT%H:%M:%S}{'.' + part if part else ''}{name or ''}"


words = st.one_of(
    st.sampled_from(
        [
            "Hello.",
            "Grüße & 100 % = «über» +1",
            "[PII]",
            "{{NAME}}",
            "日本語です",
            "🙂🙂",
            "null",
            "0",
            "a=b&c=d",
            '"quoted"',
        ]
    ),
    st.text(min_size=1, max_size=40),
    st.sampled_from(["", " ", "\n\t", "\u00a0", "\u3000"]),
)


def lines(*who: str, partials: bool = True, unique: bool = False) -> st.SearchStrategy[list[Line]]:
    """Return what may be said by some roles, ids repeated unless told."""
    line = st.builds(
        Line,
        who=st.sampled_from(who),
        text=words,
        at=st.integers(0, DAY_MS),
        id=st.uuids().map(str) if unique else st.sampled_from(["1", "a", "same", "x-9", "7f" * 16]),
        final=st.sampled_from([True, True, False]) if partials else st.just(value=True),
        zone=st.sampled_from(ZONES),
        digits=st.sampled_from([0, 3, 6, 9]),
        odd=st.integers(0, 5),
    )
    return st.lists(line, max_size=6)


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


def genesys_call(said: list[Line]) -> Payload:
    results = []
    for line in said:
        recognised = {"confidence": 0.5, "offsetMs": line.at, "durationMs": 9, "transcript": line.text}
        if line.odd % 2:
            recognised |= {"decoratedTranscript": line.text, "transcript": "as recognised"}
        if not line.text.strip():
            recognised |= {"decoratedTranscript": line.text, "transcript": line.text}
        channel = {"customer": "EXTERNAL", "agent": "INTERNAL"}[line.who]
        result = {"utteranceId": line.id, "channel": channel.lower() if line.odd == 3 else channel}
        result |= {"isFinal": line.final, "alternatives": [recognised, {"transcript": "second best", "offsetMs": 1}]}
        if not line.text.strip():
            result["alternatives"] = [recognised]
        results.append(result)
    body: Payload = {"conversationId": "g-1", "communicationId": "leg", "eventTime": "2025-10-10T08:53:20.000Z"}
    body |= {"sessionStartTimeMs": START_MS, "transcriptionStartTimeMs": START_MS - 7, "status": {"status": "ONGOING"}}
    if results:
        body["transcripts"] = results
    topic = "v2.conversations.g-1.transcription"
    if len(said) % 2:
        name = "v2.conversations.{id}.transcription"
        return {"detail-type": name, "source": "aws.partner/x", "detail": {"topicName": topic, "eventBody": body}}
    return {"topicName": topic, "version": "2", "eventBody": body}


def genesys_messages(said: list[Line]) -> list[Payload]:
    found: list[Payload] = []
    for line in said:
        body: Payload = {"id": line.id, "type": "Text", "text": line.text, "channel": {"time": line.written()}}
        if line.who == "customer":
            body |= {"direction": "Inbound"} | ({"originatingEntity": ""} if line.odd % 2 else {})
        else:
            body |= {"direction": "Outbound", "originatingEntity": {"agent": "Human", "bot": "Bot"}[line.who]}
        if line.odd == 2:
            body |= {"content": [{"contentType": "Attachment", "attachment": {"url": "https://x.example"}}]}
        found.append({"type": "message", "class": "StructuredMessage", "code": 200, "body": body})
        presence = {"type": "Event", "direction": "Outbound", "events": [{"eventType": "Typing"}]}
        if line.odd == 3:
            found.append({"type": "message", "class": "StructuredMessage", "code": 200, "body": presence})
    return [*found, {"type": "response", "class": "string", "code": 4006, "body": "session not found"}]


def genesys_file(said: list[Line]) -> Payload:
    phrases = []
    for number, line in enumerate(said):
        phrase: Payload = {"phraseIndex": number, "text": line.text, "participantPurpose": "external"}
        if line.who == "agent":
            phrase["participantPurpose"] = "internal"
        times = [{"startTimeMs": line.ms}, {"startTimeMs": line.at}, {"offset": {"milliseconds": line.at}}]
        times += [{"offsetMs": line.at}, {"startTimeMs": str(line.ms)}, {"offset": line.at}]
        phrase |= times[line.odd]
        phrase |= {"decoratedText": line.text} if line.odd % 2 else {}
        phrases.append(phrase)
    half = len(phrases) // 2
    parts = [{"transcriptId": f"t{n}", "phrases": part} for n, part in enumerate((phrases[:half], phrases[half:]))]
    return {"conversationId": "g-3", "mediaType": "call", "conversationStartTime": START_MS, "transcripts": parts}


def twilio_words(said: list[Line]) -> list[Payload]:
    found: list[Payload] = []
    labels = {"inbound_track": "Agent leg", "outbound_track": "customer"}
    head = {"CallSid": "CA1", "TranscriptionSid": "GT1", "AccountSid": "AC1"}
    first = {"TranscriptionEvent": "transcription-started", "Timestamp": "2025-10-09T08:53:20.1Z", "SequenceId": "1"}
    found.append({**head, **first, "InboundTrackLabel": labels["inbound_track"], "OutboundTrackLabel": "customer"})
    for number, line in enumerate(said, 2):
        track = "inbound_track" if line.who == "agent" else "outbound_track"
        data = {"transcript": line.text, **({"confidence": 0.9} if line.final else {})}
        event = {"TranscriptionEvent": "transcription-content", "SequenceId": str(number), "Track": track}
        event |= {"Timestamp": line.written(), "Final": str(line.final).lower(), "LanguageCode": "de-DE"}
        event |= {"TranscriptionData": json.dumps(data, ensure_ascii=bool(line.odd % 2))}
        if line.odd == 4:
            event |= {"TranscriptionProviderData": "{ not: json"}
        found.append({**head, **event})
    return [*found, {**head, "TranscriptionEvent": "transcription-stopped", "SequenceId": "99", "Timestamp": "x"}]


def twilio_messages(said: list[Line]) -> list[Payload]:
    authors = {"customer": ["+15550100001", "whatsapp:+15550100001", "messenger:12"], "system": ["system"]}
    found = []
    for number, line in enumerate(said):
        listed = authors.get(line.who, [f"{line.who}-seven"])
        message = {"EventType": "onMessageAdded", "ConversationSid": "CH1", "MessageSid": f"IM{line.id}"}
        message |= {"Index": str(number), "Body": line.text, "Author": listed[line.odd % len(listed)]}
        message |= {"DateCreated": line.written(), "ParticipantSid": f"MB{number}", "Source": "SDK"}
        message |= {"Media": json.dumps([{"Sid": "ME1", "ContentType": "image/png"}])} if line.odd == 2 else {}
        found.append(message)
    return [*found, {"EventType": "onMessageAdd", "ConversationSid": "CH1", "Body": "asks first", "Author": "x"}]


def google_messages(said: list[Line]) -> list[Payload]:
    roles = {"customer": "END_USER", "agent": "HUMAN_AGENT", "bot": "AUTOMATED_AGENT"}
    found = [{"conversation": "projects/p/conversations/c", "type": "CONVERSATION_STARTED"}]
    for line in said:
        place = "locations/eu/" if line.odd % 2 else ""
        message = {"name": f"projects/p/conversations/c/messages/{line.id}", "participantRole": roles[line.who]}
        message |= {"content": line.text, "participant": f"projects/p/conversations/c/participants/{line.who}"}
        message |= {"createTime": line.written(zoned=True)}
        if line.odd % 3:
            message |= {"sendTime": message["createTime"], "createTime": "2025-12-31T00:00:00Z"}
        event = {"conversation": f"projects/p/{place}conversations/c", "type": "NEW_MESSAGE"}
        found.append({**event, "newMessagePayload": message})
    return found


def google_import(said: list[Line]) -> Payload:
    roles = {"customer": ["CUSTOMER", "END_USER"], "agent": ["AGENT", "HUMAN_AGENT"], "bot": ["AUTOMATED_AGENT"]}
    entries = []
    for line in said:
        usec = line.ms * 1000 + 999
        role = roles[line.who][line.odd % len(roles[line.who])]
        entry = {"text": line.text, "role": role, "user_id": "1" if line.odd % 2 else 1}
        entries.append({**entry, "start_timestamp_usec": str(usec) if line.odd > 3 else usec})
    return {"conversation_info": {"categories": []}, "entries": entries}


def insights(said: list[Line]) -> Payload:
    roles = {"customer": "END_USER", "agent": "HUMAN_AGENT", "bot": "AUTOMATED_AGENT"}
    segments = []
    for line in said:
        segment: Payload = {"text": line.text, "segmentParticipant": {"role": roles[line.who], "userId": line.who}}
        if line.odd % 2:
            segment |= {"words": [{"word": "x", "startOffset": f"{line.at / 1000:.3f}s"}]}
        else:
            segment |= {"messageTime": line.written(zoned=True)}
        segments.append(segment)
    head = {"name": "projects/p/locations/l/conversations/i", "startTime": "2025-10-09T08:53:20Z"}
    return {**head, "transcript": {"transcriptSegments": segments}, "turnCount": len(said)}


def vcon_texts(said: list[Line]) -> Payload:
    people = {"customer": "contact", "agent": "agent", "bot": "ai", "supervisor": "supervisor"}
    order = list(people)
    parties = [
        {"name": who, **({"meta": {"role": role}} if who == "bot" else {"role": role})} for who, role in people.items()
    ]
    dialogs: list[Payload] = []
    for line in said:
        index = order.index(line.who)
        shapes: list[Any] = [index, [index], [index, 0], [[index]], [None, index], [0, index]]
        dialog = {"type": "text", "start": line.written(), "parties": shapes[line.odd], "message_id": "<same@x>"}
        dialog |= {"originator": index} if line.odd == 5 else {}
        if line.odd % 2:
            raw = base64.urlsafe_b64encode(line.text.encode()).decode().rstrip("=" if line.odd == 3 else "")
            dialog |= {"body": raw, "encoding": "base64url", "mimetype": "text/plain; charset=UTF-8"}
        else:
            dialog |= {"body": line.text, "encoding": "none", "mediatype": "text/plain"}
        dialogs.append(dialog)
    dialogs.append({"type": "incomplete", "start": "2025-10-09T08:53:20Z", "parties": [0], "disposition": "no-answer"})
    return {"uuid": "v-1", "created_at": "2025-10-09T09:00:00Z", "parties": parties, "dialog": dialogs}


def vcon_transcript(said: list[Line]) -> Payload:
    order = ["customer", "agent"]
    segments = [
        {
            "id": n,
            "start": line.at / 1000,
            "end": line.at / 1000 + 1,
            "text": line.text,
            "speaker": order.index(line.who),
        }
        for n, line in enumerate(said)
    ]
    body = {"transcript": {"text": " ".join(line.text for line in said), "language": "en"}, "segments": segments}
    dialog = {"type": "recording", "start": "2025-10-09T04:53:20-04:00", "duration": 90_000.5}
    heard = sorted({order.index(line.who) for line in said})
    dialog["parties"] = heard  # of two people and one voice nobody could tell whose it is
    analysis = {"type": "wtf_transcription", "dialog": [0], "body": body, "encoding": "json", "vendor": "x"}
    parties = [{"name": "K", "role": "customer"}, {"name": "L", "role": "agent"}]
    return {
        "uuid": "v-2",
        "parties": parties,
        "dialog": [{**dialog, "url": "https://x.example/a"}],
        "analysis": [analysis],
    }


def lens_pages(said: list[Line]) -> Payload:
    """What the segment list of the API answers: no kind of event, no contact on the page itself."""
    segments = [{**each, "Categories": None} for each in lens_chat(said)["Segments"] if "Transcript" in each]
    return {"Channel": "CHAT", "Status": "COMPLETED", "ContactId": "c-4", "Segments": segments or [{"Event": {}}]}


def genesys_list(said: list[Line]) -> Payload:
    """Messages as the messages interface lists them."""
    entities = []
    for line in said:
        inbound = {"direction": "inbound", "fromAddress": "+15550100001"}
        outbound = {"direction": "outbound", "toAddress": "+15550100001"}
        item = {"id": line.id, "textBody": line.text, "timestamp": line.written(), "messengerType": "sms"}
        entities.append({**item, **(inbound if line.who == "customer" else outbound)})
    return {"conversationId": "g-9", "entities": entities, "pageSize": 25}


def audiohook(said: list[Line]) -> Payload:
    """What a transcription connector sends back, with only offsets: times are held against each other alone."""
    entities: list[Payload] = []
    for line in said:
        channel = ["customer", "agent"].index(line.who)
        other = [{"type": "normalized", "transcript": "as recognised"}] if line.odd % 2 else []
        words = {"confidence": 0.9, "interpretations": [*other, {"type": "display", "transcript": line.text}]}
        data = {"id": line.id, "channelId": str(channel) if line.odd == 3 else channel, "isFinal": line.final}
        data |= {"offset": f"PT{line.at / 1000:.3f}S", "duration": "PT1S", "alternatives": [words]}
        entities.append({"type": "transcript", "data": data})
    head = {"version": "2", "id": "s-1", "type": "event", "seq": 5, "clientseq": 3}
    return {**head, "parameters": {"entities": entities}}


def twilio_sentences(said: list[Line]) -> list[Payload]:
    """A transcript with its start and its channels, and a page of sentences, whose numbers are strings."""
    people = [{"channel_participant": 1, "role": "agent"}, {"channel_participant": 2, "role": "Customer"}]
    about = {"sid": "GT1", "service_sid": "GA1", "media_start_time": "2025-10-09T08:53:20Z", "status": "completed"}
    sentences = []
    for number, line in enumerate(said):
        place = {"media_channel": 1 if line.who == "agent" else 2, "sentence_index": number, "sid": f"GX{line.id}"}
        seconds = f"{line.at / 1000:.3f}"
        times = {"start_time": seconds if line.odd % 2 else line.at / 1000, "end_time": None, "confidence": "0.9"}
        sentences.append({**place, **times, "transcript": line.text})
    page = {"sentences": sentences, "meta": {"url": "https://x.example/v2/Transcripts/GT1/Sentences?Page=0"}}
    return [{**about, "channel": {"participants": people}}, page]


def google_recognised(said: list[Line]) -> list[Payload]:
    """Recognition results as Pub/Sub pushes them: who speaks is in the attributes, the time is the delivery's."""
    found: list[Payload] = [{"conversation": "projects/p/conversations/c", "type": "CONVERSATION_STARTED"}]
    for line in said:
        result = {"messageType": "TRANSCRIPT", "transcript": line.text, "speechEndOffset": "1.2s"}
        result |= {"isFinal": True} if line.final else {}  # false is left out
        event = {"conversation": "projects/p/conversations/c", "type": "NEW_RECOGNITION_RESULT"}
        data = as_json({**event, "newRecognitionResultPayload": result})
        role = {"customer": "END_USER", "agent": "HUMAN_AGENT", "bot": "AUTOMATED_AGENT"}[line.who]
        attributes = {"participant_role": role, "participant_id": line.who, "message_id": line.id}
        message = {"data": base64.b64encode(data).decode(), "attributes": attributes, "messageId": line.id}
        found.append({"message": {**message, "publishTime": line.written(zoned=True)}, "subscription": "s"})
    return found


def vcon_pieces(said: list[Line]) -> Payload:
    """A list of pieces, each with its party or its speaker's name and a time of its own."""
    order, names = ["customer", "agent"], {"customer": "Customer", "agent": "Agent"}
    pieces = []
    for line in said:
        index = order.index(line.who)
        who: list[Payload] = [{"parties": index}, {"speaker": names[line.who]}, {"parties": [index]}]
        pieces.append({**who[line.odd % 3], "start": line.written(), "duration": 1.5, "text": line.text})
    body: Any = json.dumps(pieces) if len(said) % 2 else pieces
    dialog = {"type": "recording", "start": "2025-10-09T08:53:20Z", "duration": 90_000, "parties": [0, 1]}
    analysis = {"type": "transcript", "dialog": 0, "body": body, "encoding": "json", "vendor": "x"}
    parties = [{"name": "K", "role": "customer"}, {"name": "L", "role": "agent"}]
    return {"vcon": "0.0.2", "uuid": "v-3", "parties": parties, "dialog": [dialog], "analysis": [analysis]}


CA, CAB = ("customer", "agent"), ("customer", "agent", "bot")
FORMATS: dict[str, tuple[str, Callable[[list[Line]], Any], st.SearchStrategy[list[Line]]]] = {
    "lens, call": ("contact-lens", lens_voice, lines(*LENS)),
    "lens, chat": ("contact-lens", lens_chat, lines(*LENS, partials=False)),
    "lens, chat file": ("contact-lens", lens_chat_file, lines(*LENS, partials=False)),
    "genesys, call": ("genesys", genesys_call, lines(*CA)),
    "genesys, messages": ("genesys", genesys_messages, lines(*CAB, partials=False, unique=True)),
    "genesys, file": ("genesys", genesys_file, lines(*CA, partials=False)),
    "twilio, call": ("twilio", twilio_words, lines(*CA)),
    "twilio, messages": ("twilio", twilio_messages, lines(*CAB, "system", partials=False, unique=True)),
    "google, messages": ("google", google_messages, lines(*CAB, partials=False, unique=True)),
    "google, import": ("google", google_import, lines(*CAB, partials=False)),
    "google, insights": ("google", insights, lines(*CAB, partials=False)),
    "vcon, texts": ("vcon", vcon_texts, lines(*CAB, "supervisor", partials=False)),
    "vcon, transcript": ("vcon", vcon_transcript, lines(*CA, partials=False)),
    "lens, pages": ("contact-lens", lens_pages, lines(*LENS, partials=False)),
    "genesys, list": ("genesys", genesys_list, lines(*CA, partials=False)),
    "genesys, audiohook": ("genesys", audiohook, lines(*CA)),
    "twilio, sentences": ("twilio", twilio_sentences, lines(*CA, partials=False)),
    "google, recognised": ("google", google_recognised, lines(*CAB, unique=True)),
    "vcon, pieces": ("vcon", vcon_pieces, lines(*CA, partials=False)),
}
"""By name: the vendor, the writer, and what may be said. Where each line is a delivery of its own, ids are its own."""


TIMELESS = frozenset({"genesys, audiohook"})
"""Formats that tell no time but offsets from a start that is nowhere in them."""


def listed(payload: Any) -> list[Payload]:
    """Return the deliveries of a payload."""
    return payload if isinstance(payload, list) else [payload]


def as_json(payload: Any) -> bytes:
    return json.dumps(payload).encode()


def with_mark(payload: Any) -> bytes:
    return b"\xef\xbb\xbf" + json.dumps(payload, ensure_ascii=False, indent=1).replace("\n", "\r\n").encode()


def in_utf_16(payload: Any) -> bytes:
    return json.dumps(payload, ensure_ascii=False).encode("utf-16")


def as_lines(payload: Any) -> bytes:
    return _joined("\r\n\r\n", listed(payload))


def end_to_end(payload: Any) -> bytes:
    return _joined("", listed(payload))


def in_kinesis(payload: Any) -> bytes:
    records = [
        {"kinesis": {"data": base64.b64encode(as_json(each)).decode(), "sequenceNumber": str(number)}}
        for number, each in enumerate(listed(payload))
    ]
    return as_json({"Records": records})


def in_queue(payload: Any) -> bytes:
    records = [{"messageId": str(number), "body": json.dumps(each)} for number, each in enumerate(listed(payload))]
    return as_json({"Records": records})


def pushed(payload: Any) -> bytes:
    messages = [
        {"message": {"data": base64.b64encode(as_json(each)).decode(), "messageId": str(number)}}
        for number, each in enumerate(listed(payload))
    ]
    return as_json({"receivedMessages": messages})


def _joined(between: str, payloads: Iterable[Payload]) -> bytes:
    return between.join(json.dumps(each, ensure_ascii=False) for each in payloads).encode()


WAYS = (as_json, with_mark, in_utf_16, as_lines, end_to_end, in_kinesis, in_queue, pushed)
"""Ways in which a payload may lie in a body."""
