"""Small payloads in the vendors' formats, in our own words. Each is a function, so that a test may change its copy."""

import base64
import json
from typing import Any

import msgspec

from warmline.adapters.adapted import Adapted
from warmline.adapters.adapter_settings import AdapterSettings
from warmline.adapters.registry import adapt
from warmline.contracts.turn import Turn

RECEIVED_MS = 1_760_000_000_000
"""2025-10-09T08:53:20Z: when the tests' payloads are delivered."""

Payload = dict[str, Any]


def body(payload: Any) -> bytes:
    return json.dumps(payload).encode()


def adapted(vendor: str, payload: Any, settings: AdapterSettings | None = None, **more: Any) -> Adapted:
    raw = payload if isinstance(payload, bytes) else body(payload)
    return adapt(vendor, raw, "", received_ms=RECEIVED_MS, settings=settings or AdapterSettings(), **more)


def turns(vendor: str, payload: Any, settings: AdapterSettings | None = None, **more: Any) -> list[Turn]:
    return turns_of(adapted(vendor, payload, settings, **more))


def turns_of(outcome: Adapted) -> list[Turn]:
    return [event for event in outcome.events if isinstance(event, Turn)]


def base64_of(payload: Any) -> str:
    return base64.b64encode(body(payload)).decode()


def paths(outcome: Adapted) -> list[str]:
    return [item.path for item in outcome.unmapped]


def copied(payload: Payload) -> Payload:
    return msgspec.json.decode(msgspec.json.encode(payload))  # type: ignore[no-any-return]


def said(identifier: str, role: str, content: str, begin: int, end: int, **more: Any) -> Payload:
    """A turn of a Contact Lens call."""
    spoken = {"Id": identifier, "ParticipantId": role, "ParticipantRole": role, "Content": content}
    return {"Transcript": {**spoken, "BeginOffsetMillis": begin, "EndOffsetMillis": end, **more}}


def lens_call() -> Payload:
    return {
        "Version": "1.0.0",
        "Channel": "VOICE",
        "ContactId": "contact-1",
        "LanguageCode": "en-GB",
        "EventType": "SEGMENTS",
        "Segments": [
            {"Utterance": {"Id": "u1", "TranscriptId": "t1", "ParticipantRole": "AGENT", "PartialContent": "Good"}},
            said("t1", "AGENT", "Good morning, Fern Mutual.", 1000, 3000, Sentiment="NEUTRAL"),
            said("t2", "CUSTOMER", "My boiler has been off for a week.", 3000, 8000, Sentiment="NEGATIVE"),
            {"Categories": {"MatchedCategories": ["Outage"], "MatchedDetails": {}}},
        ],
    }


def written(identifier: str, role: str, content: str, time: str, **more: Any) -> Payload:
    """A message of a Contact Lens chat."""
    who = {"ParticipantId": f"{role.lower()}-uuid", "ParticipantRole": role}
    return {"Transcript": {"Id": identifier, **who, "Content": content, "Time": {"AbsoluteTime": time}, **more}}


def lens_chat(output: str = "Raw") -> Payload:
    return {
        "Version": "2.0.0",
        "Channel": "CHAT",
        "ContactId": "contact-2",
        "OutputType": output,
        "StreamingEventType": "SEGMENTS",
        "StreamingSettings": {"LanguageCode": "en-US", "Output": "RedactedAndRaw"},
        "Segments": [
            written(
                "m1", "CUSTOMER", "Hi, I am Nora." if output == "Raw" else "Hi, I am [PII].", "2025-01-02T03:04:05.678Z"
            ),
            written("m2", "CUSTOM_BOT", "How can I help?", "2025-01-02T03:04:06.000Z"),
            {"Event": {"Id": "e1", "EventType": "application/vnd.amazonaws.connect.event.participant.left"}},
            {"Attachments": {"Id": "a1", "Attachments": [{"AttachmentId": "x", "Status": "APPROVED"}]}},
        ],
    }


def lens_file() -> Payload:
    def turn(identifier: str, who: str, content: str, begin: int, end: int) -> Payload:
        return {
            "Id": identifier,
            "ParticipantId": who,
            "Content": content,
            "BeginOffsetMillis": begin,
            "EndOffsetMillis": end,
        }

    return {
        "Version": "VOICE-2022-11-30",
        "Channel": "VOICE",
        "JobStatus": "COMPLETED",
        "LanguageCode": "en-US",
        "CustomerMetadata": {"ContactId": "contact-3"},
        "Participants": [
            {"ParticipantId": "p-one", "ParticipantRole": "AGENT"},
            {"ParticipantId": "p-two", "ParticipantRole": "CUSTOMER"},
        ],
        "ConversationCharacteristics": {"TotalConversationDurationMillis": 9000},
        "Transcript": [
            turn("same", "p-one", "Hello.", 0, 900),
            turn("same", "p-two", "Hello.", 1000, 2000),
            turn("same", "p-two", "I was charged twice.", 2500, 8000),
        ],
    }


def utterance(identifier: str, channel: str, text: str, offset: int, **more: Any) -> Payload:
    """A result of Genesys' transcription."""
    best = {
        "confidence": 0.9,
        "offsetMs": offset,
        "durationMs": 800,
        "transcript": text.lower(),
        "decoratedTranscript": text,
    }
    result = {
        "utteranceId": identifier,
        "isFinal": True,
        "channel": channel,
        "alternatives": [best],
        "dialect": "en-AU",
    }
    return {**result, **more}


def genesys_call() -> Payload:
    return {
        "topicName": "v2.conversations.g-1.transcription",
        "version": "2",
        "eventBody": {
            "eventTime": "2025-03-01T10:00:40.000Z",
            "conversationId": "g-1",
            "communicationId": "leg-1",
            "sessionStartTimeMs": 1_740_823_200_000,
            "transcripts": [
                utterance("x1", "EXTERNAL", "The parcel never came.", 1500),
                utterance("x2", "INTERNAL", "I am sorry, let me look.", 4000),
                utterance("x3", "EXTERNAL", "Tha", 6000, isFinal=False),
            ],
            "status": {"offsetMs": 6000, "status": "SESSION_ONGOING"},
        },
    }


def genesys_message(**more: Any) -> Payload:
    message = {"id": "m-1", "type": "Text", "text": "Is anybody there?", "direction": "Inbound"}
    channel = {"time": "2025-03-01T10:00:00.250Z", "type": "Private"}
    return {
        "type": "message",
        "class": "StructuredMessage",
        "code": 200,
        "body": {**message, "channel": channel, **more},
    }


def genesys_file() -> Payload:
    return {
        "conversationId": "g-2",
        "communicationId": "leg-2",
        "mediaType": "call",
        "conversationStartTime": 1_740_823_200_000,
        "transcripts": [
            {
                "transcriptId": "tr-1",
                "phrases": [
                    {
                        "text": "hello",
                        "decoratedText": "Hello.",
                        "startTimeMs": 1_740_823_201_000,
                        "participantPurpose": "internal",
                    },
                    {"text": "no heating again", "startTimeMs": 2500, "participantPurpose": "external"},
                    {"text": "third time", "offset": {"offsetMs": 5000}, "participantPurpose": "external"},
                ],
                "analytics": {"sentiment": [{"phraseIndex": 1, "sentiment": -1}], "topics": [{"topicName": "Heating"}]},
            }
        ],
        "participants": [{"participantPurpose": "internal", "userId": "user-7"}],
    }


def twilio_content(sequence: str = "2", text: str = "Hello, you are through to Ada.", **more: str) -> dict[str, str]:
    fields = {
        "TranscriptionEvent": "transcription-content",
        "TranscriptionSid": "GT1",
        "CallSid": "CA1",
        "AccountSid": "AC1",
        "Timestamp": "2025-05-06T07:08:09.123456789Z",
        "SequenceId": sequence,
        "Track": "outbound_track",
        "LanguageCode": "en-US",
        "Final": "true",
        "TranscriptionData": json.dumps({"transcript": text, "confidence": 0.97}),
    }
    return {**fields, **more}


def twilio_started(**more: str) -> dict[str, str]:
    fields = {
        "TranscriptionEvent": "transcription-started",
        "TranscriptionSid": "GT1",
        "CallSid": "CA1",
        "SequenceId": "1",
    }
    times = {"Timestamp": "2025-05-06T07:08:00.000Z", "Track": "both_tracks"}
    return {**fields, **times, "InboundTrackLabel": "agent leg", "OutboundTrackLabel": "Customer", **more}


def twilio_message(**more: str) -> dict[str, str]:
    fields = {
        "EventType": "onMessageAdded",
        "ConversationSid": "CH1",
        "MessageSid": "IM1",
        "Index": "4",
        "Source": "SMS",
    }
    content = {"Author": "+15550100001", "ParticipantSid": "MB1", "Body": "Any news & when?"}
    return {**fields, **content, "DateCreated": "2025-05-06T07:08:09.100Z", **more}


def google_message(**more: Any) -> Payload:
    return {
        "conversation": "projects/p/locations/eu/conversations/c-1",
        "type": "NEW_MESSAGE",
        "newMessagePayload": {
            "name": "projects/p/conversations/c-1/messages/m-1",
            "content": "It broke after two days.",
            "participant": "projects/p/conversations/c-1/participants/pt-1",
            "participantRole": "END_USER",
            "languageCode": "en-US",
            "createTime": "2025-07-01T12:00:02.5Z",
            "sendTime": "2025-07-01T12:00:01.250Z",
            "sentimentAnalysis": {"queryTextSentiment": {"score": -0.6, "magnitude": 0.6}},
            **more,
        },
    }


def google_recognised(**more: Any) -> Payload:
    result = {
        "messageType": "TRANSCRIPT",
        "transcript": "It broke after two days",
        "isFinal": True,
        "speechEndOffset": "1.2s",
    }
    kind = "NEW_RECOGNITION_RESULT"
    return {
        "conversation": "projects/p/conversations/c-1",
        "type": kind,
        "newRecognitionResultPayload": {**result, **more},
    }


def pubsub(payload: Payload, **attributes: str) -> Payload:
    message = {
        "data": base64_of(payload),
        "messageId": "77",
        "publishTime": "2025-07-01T12:00:03Z",
        "attributes": attributes,
    }
    return {"message": message, "subscription": "projects/p/subscriptions/s"}


def insights() -> Payload:
    return {
        "name": "projects/p/locations/us/conversations/i-1",
        "startTime": "2025-07-01T12:00:00Z",
        "medium": "PHONE_CALL",
        "agentId": "agent-9",
        "languageCode": "en-US",
        "transcript": {
            "transcriptSegments": [
                {
                    "text": "Thank you for calling.",
                    "words": [{"word": "Thank", "startOffset": "0.500s"}],
                    "segmentParticipant": {"role": "HUMAN_AGENT", "userId": "2"},
                },
                {
                    "text": "Finally.",
                    "messageTime": "2025-07-01T12:00:09Z",
                    "segmentParticipant": {"role": "END_USER", "userId": "1"},
                    "sentiment": {},
                },
                {"text": "Still me.", "channelTag": 1},
            ]
        },
        "callMetadata": {"customerChannel": 1, "agentChannel": 2},
    }


def insights_import() -> Payload:
    return {
        "entries": [
            {"start_timestamp_usec": 1_751_371_200_000_000, "text": "Hi.", "role": "AGENT", "user_id": 2},
            {"start_timestamp_usec": "1751371201500000", "text": "Hi.", "role": "CUSTOMER", "user_id": 1},
        ]
    }


def vcon_chat() -> Payload:
    def text(party: int, body: str, start: str) -> Payload:
        return {"type": "text", "start": start, "parties": [party], "mediatype": "text/plain", "body": body}

    return {
        "uuid": "0198-v1",
        "parties": [{"name": "Ida", "role": "agent"}, {"tel": "+15550100002", "role": "contact"}],
        "dialog": [
            text(0, "Welcome.", "2025-02-19T16:15:50-05:00"),
            text(1, "My card is blocked.", "2025-02-19T21:16:00.5Z"),
            text(1, "My card is blocked.", "2025-02-19T21:16:00.5Z"),
        ],
        "analysis": [{"type": "summary", "dialog": 0, "vendor": "x", "body": "A card."}],
    }


def vcon_call(analysis: Payload, **dialog: Any) -> Payload:
    recording = {
        "type": "recording",
        "start": "2025-06-21T17:53:26Z",
        "duration": 60,
        "parties": [0, 1],
        "url": "https://x.example/a",
    }
    parties = [{"name": "Kim", "role": "customer"}, {"name": "Lou", "role": "agent"}]
    return {
        "uuid": "0198-v2",
        "parties": parties,
        "dialog": [{**recording, **dialog}],
        "analysis": [{"dialog": 0, **analysis}],
    }


def wtf() -> Payload:
    return {
        "transcript": {"text": "Hello. Hi.", "language": "en-US"},
        "segments": [
            {"id": 0, "start": 0.5, "end": 1.0, "text": "Hello.", "speaker": 1, "confidence": 0.9},
            {"id": 1, "start": 1.5, "end": 2.0, "text": "Hi.", "speaker": 0, "confidence": 0.8},
        ],
    }


EVERY: dict[str, list[tuple[Any, int]]] = {
    "contact-lens": [(lens_call(), 2), (lens_chat(), 2), (lens_file(), 3)],
    "genesys": [(genesys_call(), 2), (genesys_message(), 1), (genesys_file(), 3)],
    "twilio": [(twilio_content(), 1), (twilio_started(), 0), (twilio_message(), 1)],
    "google": [
        (google_message(), 1),
        (google_recognised(), 1),
        (pubsub(google_message()), 1),
        (insights(), 3),
        (insights_import(), 2),
    ],
    "vcon": [
        (vcon_chat(), 3),
        (vcon_call({"type": "wtf_transcription", "body": wtf()}), 2),
        (vcon_call({"type": "transcript", "body": [{"speaker": "Agent", "message": "Hello."}]}), 1),
    ],
}
"""Payloads of every vendor with the number of final utterances and messages in them."""
