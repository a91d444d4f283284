"""Transcripts in a vCon's analysis. Their form is the recogniser's, so it is told by its fields."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from warmline.adapters.adapted import AdapterError
from warmline.adapters.body import json_value
from warmline.adapters.budget import Budget
from warmline.adapters.collector import Collector
from warmline.adapters.drafts import Draft
from warmline.adapters.moments import added, span_ms, utc_ms
from warmline.adapters.nodes import Node
from warmline.adapters.vcon_bodies import decoded_body

TYPES = ("wtf_transcription", "transcript", "transcription", "transcript-redacted", "diarized", "diarized_transcript")
"""Kinds of analysis that hold the words of a dialog, in the order of preference: one is taken for each dialog."""

LISTS = ("segments", "utterances", "turns", "conversation", "messages", "dialog", "sentences", "monologues")
"""Fields of a body under which recognisers keep what was said, piece by piece."""

WORDS = ("text", "message", "content", "transcript", "body", "sentence")
SPEAKERS = ("speaker", "speaker_label", "role", "speaker_id", "name", "channel")
PARTIES = ("parties", "party")
STARTS = ("start", "start_time", "startTime", "begin", "timestamp", "offset")
BLANK_LINES = re.compile(r"\n\s*\n")


@dataclass(frozen=True, kw_only=True)
class Said:
    """A piece of a transcript.

    Attributes:
        node: Where it stands.
        text: The words.
        party: The index of the party, where the transcript uses them.
        speaker: The recogniser's label of the speaker.
        start: When it began: seconds from the start of the dialog, or a time.
        confidence: The recogniser's, 0..1.
        language: BCP 47 tag.
        final: False for a partial result.
        divided: It is one of several pieces that were divided where the speaker changed.
    """

    node: Node
    text: str
    party: Node | None = None
    speaker: str | None = None
    start: Node | None = None
    confidence: float | None = None
    language: str | None = None
    final: bool = True
    divided: bool = False


@dataclass(frozen=True)
class Transcript:
    """An analysis or an attachment that holds the words of a dialog.

    Attributes:
        node: Where it stands.
        body: Its body, decoded.
    """

    node: Node
    body: Node


def is_body(node: Node) -> bool:
    """Tell whether a payload is the body of a transcript alone, without a vCon around it."""
    words = isinstance(node.at("transcript").value, dict) and node.has("segments", "words")
    return (words or node.at("results").has("channels", "utterances")) and not node.has("parties", "dialog", "analysis")


def chosen(node: Node, dialogs: int, out: Collector) -> dict[int, Transcript]:
    """Return the transcript of each dialog; everything else is reported.

    Raises:
        AdapterError: An analysis names a dialog that is not there.
        SpentError: They hold too much.
    """
    found: dict[int, Transcript] = {}
    items = [item.object() for item in node.at("analysis").items()]
    attached = [item.object() for item in node.at("attachments").items()]
    carried = [item for item in attached if _kind(item) in TYPES and item.at("body").value is not None]
    for listed in ([item for item in items if _kind(item) in TYPES], carried):
        for transcript in sorted([Transcript(item, _body_of(item, out.budget)) for item in listed], key=_rank):
            free = [index for index in _dialogs_of(transcript.node, dialogs) if index not in found]
            if not free or not any(part.text.strip() for part in said_in(transcript.body)):
                out.left_out(transcript.node, "another transcript of the same dialog, or one without words")
                continue
            found[free[0]] = transcript
    for item in items:
        if _kind(item) not in TYPES:
            out.left_out(item, "an analysis that is no transcript: Warmline makes its own")
    return found


def _kind(item: Node) -> str:
    """Return what an analysis or an attachment is: attachments of later drafts say it as their purpose."""
    return item.at("type", "purpose").word() or ""


def _rank(transcript: Transcript) -> int:
    """Return the place in the order of preference: what tells speakers apart comes before what does not."""
    parts = list(said_in(transcript.body))
    named = any(part.speaker is not None or part.party is not None for part in parts)
    return TYPES.index(_kind(transcript.node)) + (0 if named else len(TYPES))


def _dialogs_of(item: Node, dialogs: int) -> list[int]:
    named = item.at("dialog")
    if named.value is None:
        return list(range(min(dialogs, 1)))
    listed = list(named.items()) if isinstance(named.value, list) else [named]
    for index in listed:
        if isinstance(index.value, bool) or not isinstance(index.value, int) or not 0 <= index.value < dialogs:
            raise AdapterError(f"the index of a dialog is expected here; the file has {dialogs}", index.path)
    return [index.value for index in listed]


def _body_of(analysis: Node, budget: Budget) -> Node:
    """Return an analysis' body as JSON where it is that, whatever `encoding` says, else as text.

    Raises:
        AdapterError: It is not what its encoding says.
        SpentError: It holds too much.
    """
    body = analysis.at("body")
    if isinstance(body.value, dict | list) or body.value is None:
        return body
    text = decoded_body(analysis)
    budget.take_text(text)
    if analysis.at("encoding").word() == "json" or text.lstrip()[:1] in ("{", "["):
        try:
            return Node(json_value(text, body.path), body.path)
        except AdapterError:
            if analysis.at("encoding").word() == "json":
                raise
    return Node(text, body.path)


def said_in(body: Node) -> Iterator[Said]:
    """Yield what a body says.

    Raises:
        AdapterError: It is broken.
    """
    if isinstance(body.value, str):
        yield from _blocks(body)
    elif isinstance(body.value, list):
        yield from (_piece(item.object()) for item in body.items())
    elif body.at("results").value is not None:
        yield from _deepgram(body.at("results").object())
    else:
        yield from _object(body)


def _object(body: Node) -> Iterator[Said]:
    listed = next(
        (body.at(name) for name in LISTS if isinstance(body.at(name).value, list) and body.at(name).value), None
    )
    whole = body.at("transcript")
    language = whole.at("language").word() or body.at("language", "detected_language").word()
    final = body.at("streaming").at("is_final").truth() is not False
    if listed is not None:
        labels = body.at("speakers")
        for item in listed.items():
            piece = _piece(item.object())
            label = labels.at(piece.speaker or "").at("role", "name").word()
            yield replace(
                piece, language=piece.language or language, final=piece.final and final, speaker=label or piece.speaker
            )
    elif isinstance(whole.value, dict):
        yield from (replace(part, language=language, final=final) for part in _blocks(whole.at("text")))
    elif isinstance(whole.value, list):
        yield from (_piece(item.object()) for item in whole.items())
    else:
        yield from (replace(part, language=language, final=final) for part in _blocks(body.at("transcript", "text")))


def _blocks(node: Node) -> Iterator[Said]:
    """Yield the pieces of a text without structure, where blank lines divide the speakers."""
    blocks = [block.strip() for block in BLANK_LINES.split(node.text()) if block.strip()]
    for block in blocks:
        yield Said(node=node, text=block, divided=len(blocks) > 1)


def _piece(item: Node) -> Said:
    text = next((item.at(name) for name in WORDS if isinstance(item.at(name).value, str)), item.at(WORDS[0]))
    party = item.at(*PARTIES)
    return Said(
        node=item,
        text=text.text(),
        party=_first(party) if party.value is not None else None,
        speaker=next((item.at(name).word() for name in SPEAKERS if item.at(name).word() is not None), None),
        start=next((item.at(name) for name in STARTS if item.at(name).value is not None), None),
        confidence=item.at("confidence").number(),
        language=item.at("language").word(),
        final=item.at("is_final", "final").truth() is not False,
    )


def _first(party: Node) -> Node | None:
    return next(party.items(), None) if isinstance(party.value, list) else party


def _deepgram(results: Node) -> Iterator[Said]:
    """Yield Deepgram's utterances, else its paragraphs, else runs of words of one speaker, else the whole."""
    if results.at("utterances").value:
        yield from (_piece(item.object()) for item in results.at("utterances").items())
        return
    channels = list(results.at("channels").items())
    for number, channel in enumerate(channels):
        best = next(channel.at("alternatives").items(), channel.at("alternatives"))
        for read in (_paragraphs, _runs, _whole):
            parts = list(read(best))
            if parts:
                many = len(channels) > 1
                yield from (replace(part, speaker=f"channel {number}") if many else part for part in parts)
                break


def _paragraphs(best: Node) -> Iterator[Said]:
    for item in best.at("paragraphs").at("paragraphs").items():
        sentences = [sentence.at("text").text() for sentence in item.at("sentences").items()]
        yield replace(
            _piece(item), text=" ".join(sentences) or item.at("text").text(), confidence=best.at("confidence").number()
        )


def _runs(best: Node) -> Iterator[Said]:
    words = [word.object() for word in best.at("words").items()]
    speaker: Callable[[Node], str] = lambda word: word.at("speaker").word() or ""  # noqa: E731 # of use here alone
    for label, run in groupby(words, key=speaker):
        listed = list(run)
        text = " ".join(word.at("punctuated_word", "word").text() for word in listed)
        confidence = best.at("confidence").number()
        yield Said(node=listed[0], text=text, speaker=label or None, start=listed[0].at("start"), confidence=confidence)


def _whole(best: Node) -> Iterator[Said]:
    if best.at("transcript").text().strip():
        yield Said(node=best, text=best.at("transcript").text(), confidence=best.at("confidence").number())


def draft_of(part: Said, place: int, contact: str, identifier: str, start: int | None = None) -> Draft:
    """Return a piece as a turn of a dialog that began at `start`, ms UTC."""
    spoken_at = utc_ms(part.start.value) if part.start is not None else None
    offset = span_ms(part.start) if part.start is not None and spoken_at is None else None
    return Draft(
        node=part.node,
        conversation_id=contact,
        vendor_id=identifier,
        place=place,
        text=part.text,
        role=None,
        spoken_at=added(start, offset) if spoken_at is None else spoken_at,
        assumed_at=start,
        offset_ms=offset,
        language=part.language,
        final=part.final,
        channel="voice",
        confidence=part.confidence,
    )
