"""Twilio real-time transcription callbacks: form fields, two of which hold JSON as a string."""

from warmline.adapters.adapted import AdapterError
from warmline.adapters.body import inner_json
from warmline.adapters.collector import Collector, Known
from warmline.adapters.drafts import Draft
from warmline.adapters.moments import utc_ms
from warmline.adapters.nodes import Node
from warmline.adapters.roles import role_of
from warmline.contracts.labels import Role

TRACKS = {"inbound_track": "InboundTrackLabel", "outbound_track": "OutboundTrackLabel"}
SOFTPHONES = ("client:", "sip:")
"""A call from such an address was placed by an agent, who is then the one heard on the inbound track."""


def learn(node: Node, known: Known) -> None:
    """Take the labels of a session's tracks, which only its first callback tells."""
    session = node.at("TranscriptionSid").word()
    if session is None:
        return
    for track, label in TRACKS.items():
        role = role_of(node.at(label).word())
        if role is not None:
            known.labels.setdefault(session, {})[track] = role


def adapt(node: Node, out: Collector) -> None:
    """Map one callback.

    Raises:
        AdapterError: It is broken.
    """
    event = node.at("TranscriptionEvent").word()
    if event == "transcription-content":
        _content(node, out)
    elif event == "transcription-started":
        out.started(out.conversation_id(node.at("CallSid")), utc_ms(node.at("Timestamp").value), "voice")
    elif event == "transcription-stopped":
        out.left_out(
            node.at("TranscriptionEvent"), "a session ended, which late words may follow; the call ends by itself"
        )
    elif event == "transcription-error":
        out.left_out(node.at("TranscriptionEvent"), "the transcription failed; its error code is Twilio's")
    else:
        out.left_out(node.at("TranscriptionEvent"), "an event that is not known: no turn")


def _content(node: Node, out: Collector) -> None:
    said = Node(inner_json(node.at("TranscriptionData"), out.budget), node.at("TranscriptionData").path)
    if said.value is None:
        raise AdapterError("nothing is here, where the words should be", said.path)
    said.object()
    session, number = node.at("TranscriptionSid").word(), node.at("SequenceId").word()
    track = node.at("Track").word() or ""
    out.turn(
        Draft(
            node=said,
            conversation_id=out.conversation_id(node.at("CallSid")),
            vendor_id=f"{session}-{number}" if session and number else None,
            place=node.at("SequenceId").whole() or 0,
            text=said.at("transcript").text(),
            role=_role(node, session, track, out),
            participant=f"{node.at('CallSid').word()}:{track}" if track else None,
            spoken_at=utc_ms(node.at("Timestamp").value),
            language=node.at("LanguageCode").word(),
            final=node.at("Final").truth() is not False,
            channel="voice",
            confidence=said.at("confidence").number(),
            vendor={"track": track or None, "stability": node.at("Stability").number(), "session": session},
        )
    )


def _role(node: Node, session: str | None, track: str, out: Collector) -> Role | None:
    """Return who is heard: by the label, else by who placed the call, else by the settings."""
    if track not in TRACKS:
        return None
    labelled = role_of(node.at(TRACKS[track]).word()) or out.known.labels.get(session or "", {}).get(track)
    if labelled is not None:
        return labelled
    caller = node.at("From", "Caller").word() or ""
    if caller.startswith(SOFTPHONES):
        return "agent" if track == "inbound_track" else "customer"
    settings = out.settings.twilio
    role = settings.inbound_track if track == "inbound_track" else settings.outbound_track
    out.assume(node.at("Track"), f"no label tells who is heard on the {track}: taken as {role}, by the settings")
    return role
