"""Payloads of Genesys Cloud, by its documented fields."""

from tests.unit.adapters.written.line import CA, CAB, START_MS, Formats, Line, Payload, lines


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


FORMATS: Formats = {
    "genesys, call": ("genesys", genesys_call, lines(*CA)),
    "genesys, messages": ("genesys", genesys_messages, lines(*CAB, partials=False, unique=True)),
    "genesys, file": ("genesys", genesys_file, lines(*CA, partials=False)),
    "genesys, list": ("genesys", genesys_list, lines(*CA, partials=False)),
    "genesys, audiohook": ("genesys", audiohook, lines(*CA)),
}
