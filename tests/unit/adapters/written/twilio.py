"""Payloads of Twilio, by its documented fields."""

import json

from tests.unit.adapters.written.line import CA, CAB, Formats, Line, Payload, lines


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


FORMATS: Formats = {
    "twilio, call": ("twilio", twilio_words, lines(*CA)),
    "twilio, messages": ("twilio", twilio_messages, lines(*CAB, "system", partials=False, unique=True)),
    "twilio, sentences": ("twilio", twilio_sentences, lines(*CA, partials=False)),
}
