"""Small recordings, written for the tests."""

import json
from pathlib import Path


def codebook(conversation: str = "c1", **more) -> dict:
    """A labelled conversation of three turns."""
    return {
        "id": conversation, "domain": "telecom", "channel": "chat", "style": "typed", "language": "en",
        "agent_kind": "bot_then_human",
        "turns": [
            {"i": 0, "role": "bot", "t": 0.0, "text": "Pick a topic.", "beh": ["clarifies"], "neg": [], "emp": 0},
            {"i": 1, "role": "customer", "t": 4.5, "text": "a person please", "val": -1, "emo": ["frustration"],
             "cues": ["asks_human"], "needs": 1},
            {"i": 2, "role": "agent", "t": 9.25, "text": "Mo here.", "beh": ["takes_ownership"], "neg": [], "emp": 1},
        ],
        "outcome": {"escalated": True, "escalate_from": 1, "deescalated": True, "resolved": True, "csat": 4,
                    "note": "asked once"},
        **more,
    }  # fmt: skip


def call(content: str, **more) -> dict:
    """A transcribed call of ten minutes."""
    return {
        "ClientId": "10001", "ConversationId": "call-1", "StartTime": "2025-03-04 10:00:00",
        "EndTime": "2025-03-04 10:10:00", "Content": content, **more,
    }  # fmt: skip


def travel() -> dict:
    """A call to the travel agency."""
    start = "2024-02-06T03:24:{:02d}.2987635-06:00"
    messages = [
        {"Id": "m1", "EventType": "MessageFromBotOrAgent", "EventTime": start.format(44), "Value": "Hello.",
         "UserId": "A1"},
        {"Id": "m2", "EventType": "MessageFromUser", "EventTime": start.format(50), "Value": "My flight is gone.",
         "UserId": "999-000-1111"},
        {"Id": "m3", "EventType": "Transferred", "EventTime": start.format(55), "Value": "", "UserId": "A1"},
    ]  # fmt: skip
    return {
        "AgentId": "A1", "AgentName": "Ines Example", "Team": "West", "CallerID": "999-000-1111",
        "Conversation": {"ConversationId": "trip-1", "StartTime": start.format(25), "EndTime": start.format(58),
                         "Messages": messages},
    }  # fmt: skip


def write(file: Path, *lines: object) -> Path:
    """Write JSON lines; a string is written as it stands."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    file.write_text("".join(text + "\n" for text in texts), encoding="utf-8")
    return file
