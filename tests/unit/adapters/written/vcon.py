"""Payloads of vCon, by its documented fields."""

import base64
import json
from typing import Any

from tests.unit.adapters.written.line import CA, CAB, Formats, Line, Payload, lines


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


FORMATS: Formats = {
    "vcon, texts": ("vcon", vcon_texts, lines(*CAB, "supervisor", partials=False)),
    "vcon, transcript": ("vcon", vcon_transcript, lines(*CA, partials=False)),
    "vcon, pieces": ("vcon", vcon_pieces, lines(*CA, partials=False)),
}
