"""vCon, the IETF's container of conversations: which container it is, its parties, its dialogs."""

from bisect import bisect_left
from dataclasses import dataclass

from warmline.adapters import vcon_transcripts
from warmline.adapters.adapted import AdapterError
from warmline.adapters.body import inner_base64
from warmline.adapters.collector import Collector, Known
from warmline.adapters.drafts import Draft
from warmline.adapters.envelopes import Delivery
from warmline.adapters.moments import span_ms, utc_ms
from warmline.adapters.nodes import Node
from warmline.adapters.vcon_bodies import text_of
from warmline.adapters.vcon_parties import Parties
from warmline.contracts.ids import deterministic_id

KNOWN_EXTENSIONS = frozenset({"cc", "contact_center", "contact-center", "wtf", "wtf_transcription"})
"""What `critical` may name: a file that needs more than we know must not be read as if it did not."""

PARTS = ("parties", "dialog", "analysis", "attachments")
CALL_MS = 4 * 3_600_000
"""How long a recording without a duration is taken to last, in which text may be the same speech."""


def learn(_delivery: Delivery, _known: Known) -> None:
    """A vCon tells all about itself."""


def adapt(delivery: Delivery, out: Collector) -> None:
    """Map one payload.

    Raises:
        AdapterError: It is broken, encrypted, or no vCon.
    """
    node = delivery.node
    if node.has("ciphertext"):
        raise AdapterError("an encrypted vCon: decrypt it first", node.at("ciphertext").path)
    if node.has("payload") and node.has("signatures", "signature", "protected"):
        out.assume(node.at("signatures"), "signed, but the signature was not verified")
        payload = node.at("payload")
        node = Node(inner_base64(payload, delivery.budget), payload.path).object()
    if vcon_transcripts.is_body(node):
        _bare_body(node, out)
    elif node.has(*PARTS):
        _vcon(node, out)
    else:
        raise AdapterError(f"no vCon: it has none of {', '.join(PARTS)}", node.path)


def _bare_body(node: Node, out: Collector) -> None:
    """Map the body of a transcript analysis that was delivered without its vCon."""
    said = list(vcon_transcripts.said_in(node))
    contact = out.conversation_id(node.at("uuid"), deterministic_id(*(part.node.path + part.text for part in said)))
    out.count_from(utc_ms(node.at("metadata").at("created_at", "created").value))
    for place, part in enumerate(said):
        out.turn(vcon_transcripts.draft_of(part, place, contact, f"s{place:05d}"))


def _vcon(node: Node, out: Collector) -> None:
    _check_extensions(node)
    parties = Parties(node, out)
    dialogs = [dialog.object() for dialog in node.at("dialog").items()]
    present = [parties.of_dialog(dialog) for dialog in dialogs]
    texts = [text_of(dialog, out.budget) if dialog.at("type").word() in ("text", None) else "" for dialog in dialogs]
    written = _Written.of([dialog for dialog, text in zip(dialogs, texts, strict=True) if text.strip()])
    chosen = vcon_transcripts.chosen(node, len(dialogs), out)
    call = _Call(_conversation(node, dialogs, out), utc_ms(node.at("created_at").value), parties, out)
    for index, dialog in enumerate(dialogs):
        transcript = chosen.get(index)
        if texts[index].strip():
            out.turn(call.text_turn(dialog, texts[index], index))
        if transcript is not None and written.during(dialog):
            out.left_out(transcript.node, "a transcript of speech that is there as text, too: the text is taken")
        elif transcript is not None:
            call.spoken(dialog, index, transcript, present[index])
        elif not texts[index].strip():
            out.left_out(dialog, _why_none(dialog))
    if not dialogs:
        out.left_out(node.at("dialog"), "no dialogs in it")


@dataclass(frozen=True)
class _Written:
    """When the text dialogs of one vCon were written.

    Attributes:
        times: In ms UTC, sorted.
        undated: One of them does not tell.
    """

    times: list[int]
    undated: bool

    @classmethod
    def of(cls, texts: list[Node]) -> "_Written":
        """Return when some text dialogs were written."""
        starts = [utc_ms(text.at("start").value) for text in texts]
        return cls(sorted(start for start in starts if start is not None), None in starts)

    def during(self, recording: Node) -> bool:
        """Tell whether any was written while a recording ran; where a time is not told, it may have been."""
        begun, duration = utc_ms(recording.at("start").value), span_ms(recording.at("duration"))
        if self.undated or begun is None:
            return self.undated or bool(self.times)
        first = bisect_left(self.times, begun)
        ended = begun + (CALL_MS if duration is None else duration)
        return first < len(self.times) and self.times[first] <= ended


@dataclass(frozen=True)
class _Call:
    """What the dialogs of one vCon share."""

    contact: str
    created_ms: int | None
    parties: Parties
    out: Collector

    def text_turn(self, dialog: Node, text: str, index: int) -> Draft:
        """Return the turn that a text dialog is."""
        start, speaker = dialog.at("start"), self.parties.speaker_of(dialog)
        kind = (dialog.at("mediatype", "mimetype").word() or "").lower()
        email = dialog.at("message_id").word() is not None or kind.startswith(("multipart/", "message/"))
        draft = Draft(
            node=dialog,
            conversation_id=self.contact,
            vendor_id=f"d{index:04d}-{deterministic_id(str(start.value), '' if speaker is None else speaker)[:8]}",
            place=index,
            text=text,
            role=None,
            spoken_at=utc_ms(start.value),
            assumed_at=self.created_ms,
            channel="email" if email else "chat",
            vendor={"mediatype": kind or None},
        )
        return draft.spoken_by(*self.parties.who(speaker, dialog))

    def spoken(self, dialog: Node, index: int, transcript: vcon_transcripts.Transcript, present: list[int]) -> None:
        """Take the turns of a dialog's transcript."""
        analysis = transcript.node
        start = utc_ms(dialog.at("start").value)
        self.out.count_from(self.created_ms if start is None else start)
        said = list(vcon_transcripts.said_in(transcript.body))
        voice = self.parties.voices(said, present, analysis)
        marks = {"analysis": analysis.at("type").word(), "vendor": analysis.at("vendor").word()}
        for place, part in enumerate(said):
            draft = vcon_transcripts.draft_of(part, place, self.contact, f"d{index:04d}-s{place:05d}", start)
            self.out.turn(draft.spoken_by(*voice(part, place)).with_marks(marks))


def _check_extensions(node: Node) -> None:
    for item in node.at("critical", "must_support").items():
        if (item.word() or "").lower() not in KNOWN_EXTENSIONS:
            raise AdapterError("the file needs an extension that is not known here", item.path)


def _conversation(node: Node, dialogs: list[Node], out: Collector) -> str:
    """Return the conversation: a redacted or amended file is another of the one that it names."""
    for name in ("amended", "redacted", "appended"):
        original = node.at(name).at("uuid")
        if original.word() is not None:
            return out.conversation_id(original)
    told = deterministic_id(*(f"{dialog.at('start').value} {dialog.at('body').value}" for dialog in dialogs))
    return out.conversation_id(node.at("uuid"), told)


def _why_none(dialog: Node) -> str:
    kind = dialog.at("type").word()
    if kind in ("transfer", "incomplete", "recording-set"):
        return f"a dialog of the type {kind}, no turn"
    if dialog.has("url"):
        return "content at an address: it is never fetched, and no transcript is in the file"
    return "a dialog without text and without a transcript"
