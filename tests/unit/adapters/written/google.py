"""Payloads of Google, by its documented fields."""

import base64

from tests.unit.adapters.written.bodies import as_json
from tests.unit.adapters.written.line import CAB, Formats, Line, Payload, lines


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


FORMATS: Formats = {
    "google, messages": ("google", google_messages, lines(*CAB, partials=False, unique=True)),
    "google, import": ("google", google_import, lines(*CAB, partials=False)),
    "google, insights": ("google", insights, lines(*CAB, partials=False)),
    "google, recognised": ("google", google_recognised, lines(*CAB, unique=True)),
}
