"""Genesys Cloud transcript files of speech and text analytics, written after the conversation."""

from collections import defaultdict
from functools import cached_property

from warmline.adapters.collector import Collector
from warmline.adapters.drafts import Draft
from warmline.adapters.moments import OLDEST_EPOCH_MS, added, moment_ms, span_ms
from warmline.adapters.nodes import Node
from warmline.adapters.roles import role_of
from warmline.contracts.ids import deterministic_id
from warmline.contracts.labels import Role

CHANNELS = {"call": "voice", "callback": "voice", "message": "messaging"}


def adapt(node: Node, out: Collector) -> None:
    """Map a file: all phrases of all its transcripts.

    Raises:
        AdapterError: It is broken.
    """
    transcripts = [item.object() for item in node.at("transcripts").items()]
    if node.has("phrases"):
        transcripts = [node, *transcripts]
    phrases = [[phrase.object() for phrase in item.at("phrases").items()] for item in transcripts]
    said = [str(phrase.value) for listed in phrases for phrase in listed]
    contact = out.conversation_id(node.at("conversationId"), deterministic_id(*said))
    start = _epoch(node.at("conversationStartTime"))
    start = _epoch(node.at("startTime")) if start is None else start
    out.count_back(_offset_of(phrase) for listed in phrases for phrase in listed)
    users = _Users(node)
    place = 0
    for transcript, listed in zip(transcripts, phrases, strict=True):
        begun = _epoch(transcript.at("startTime")) if start is None else start
        scores = _sentiments(transcript)
        _report(transcript, out)
        for index, phrase in enumerate(listed):
            number = phrase.at("phraseIndex").whole()
            draft = _draft(phrase, place, (contact, transcript.at("transcriptId").word()), begun, users, node, out)
            out.turn(draft.with_marks({"sentiment": scores.get(index if number is None else number)}))
            place += 1
    if not place:
        out.left_out(node.at("transcripts"), "no phrases in it")


def _epoch(node: Node) -> int | None:
    moment = moment_ms(node)
    return moment if moment is not None and moment >= OLDEST_EPOCH_MS else None


def _draft(
    phrase: Node, place: int, ids: tuple[str, str | None], start: int | None, users: "_Users", top: Node, out: Collector
) -> Draft:
    contact, transcript = ids
    role = _role(phrase.at("participantPurpose"), out)
    spoken_at = _epoch(phrase.at("startTimeMs"))
    offset = _offset_of(phrase) if spoken_at is None else None
    decorated = phrase.at("decoratedText")
    text = decorated if decorated.value not in (None, "") else phrase.at("text")
    media = (top.at("mediaType").word() or "voice").lower()
    number = phrase.at("phraseIndex").word() or str(place)
    return Draft(
        node=phrase,
        conversation_id=contact,
        vendor_id=f"{transcript}-{number}" if transcript else None,
        place=place,
        text=text.text(),
        role=role,
        participant=users.spoken(phrase.at("participantPurpose").word()) if role == "agent" else None,
        spoken_at=added(start, offset) if spoken_at is None else spoken_at,
        offset_ms=offset,
        channel=CHANNELS.get(media, media),
        language=top.at("language").word(),
        confidence=phrase.at("confidence").number(),
        vendor={"communication_id": top.at("communicationId").word(), "stability": phrase.at("stability").number()},
    )


def _role(purpose: Node, out: Collector) -> Role | None:
    word = purpose.word()
    if word == "internal":
        return out.settings.genesys.internal
    return "agent" if word == "user" else role_of(word)  # a user of Genesys Cloud, to whom others say customer


def _offset_of(phrase: Node) -> int | None:
    """Return the offset of a phrase: a number, or an object around one."""
    offset = span_ms(phrase.at("startTimeMs"), "ms")
    if offset is not None:
        return offset
    node = phrase.at("offset")
    if node.value is None:
        node = phrase.at("offsetMs")
    return span_ms(node.at("offsetMs", "milliseconds", "ms", "value") if isinstance(node.value, dict) else node, "ms")


class _Users:
    """The users whom a file names: read once, and only where an agent speaks."""

    def __init__(self, top: Node) -> None:
        self._top = top

    def spoken(self, purpose: str | None) -> str | None:
        """Return the agent, where the file names just one of that purpose: with several, only times could tell."""
        named: set[str] = set().union(*(self._of_purpose.get(each, ()) for each in (purpose, "agent", "internal")))
        return named.pop() if len(named) == 1 else None

    @cached_property
    def _of_purpose(self) -> dict[str | None, set[str]]:
        """The users by what they were there for: two of each, which is several."""
        found: defaultdict[str | None, set[str]] = defaultdict(set)
        for item in self._top.at("participants").items():
            user, held = item.at("userId").word(), found[item.at("participantPurpose").word()]
            if user is not None and len(held) < 2:
                held.add(user)
        return found


def _sentiments(transcript: Node) -> dict[int, float | int]:
    """Return the vendor's sentiment (-1, 0 or +1) by phrase."""
    found = {}
    for item in transcript.at("analytics").at("sentiment").items():
        phrase, score = item.at("phraseIndex").whole(), item.at("sentiment").number()
        if phrase is not None and score is not None:
            found[phrase] = score
    return found


def _report(transcript: Node, out: Collector) -> None:
    for name in ("topics", "acoustic"):
        listed = transcript.at("analytics").at(name)
        if listed.value:
            out.left_out(listed, "analytics of the whole conversation: Warmline has no field for them")
