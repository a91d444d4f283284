"""Where drafts become turns: ids, times, limits and redeliveries, by the same rules for every vendor."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from warmline.adapters.adapted import Event, Unmapped
from warmline.adapters.adapter_settings import AdapterSettings
from warmline.adapters.budget import Budget
from warmline.adapters.drafts import Draft
from warmline.adapters.marks import marks
from warmline.adapters.moments import added, in_range
from warmline.adapters.nodes import Node
from warmline.adapters.pseudonyms import Pseudonyms
from warmline.contracts.conversation import ConversationEnded, ConversationStarted, EndReason
from warmline.contracts.ids import deterministic_id
from warmline.contracts.labels import Role
from warmline.contracts.turn import MAX_TEXT_CHARS, Turn

LONGEST_ID = 256
LONGEST_LANGUAGE = 64
LONGEST_CHANNEL = 64


@dataclass
class Known:
    """What deliveries tell about others: read from all of them before any is mapped.

    Attributes:
        starts: Start of a conversation, ms UTC, for offsets that count from it.
        labels: Roles of the tracks of a transcription session.
        speakers: Role of a participant or author.
        session: The conversation of messages that name none, once one was derived: they came over one connection.
        agents: Id of a conversation's agent, where turns name none.
        queues: Queue of a conversation.
        spoken: Conversations of which turns are among the deliveries.
    """

    starts: dict[str, int] = field(default_factory=dict)
    labels: dict[str, dict[str, Role]] = field(default_factory=dict)
    speakers: dict[str, Role] = field(default_factory=dict)
    session: str | None = None
    agents: dict[str, str] = field(default_factory=dict)
    queues: dict[str, str] = field(default_factory=dict)
    spoken: set[str] = field(default_factory=set)


Name = tuple[str, str]
"""A conversation and a vendor's id of a turn in it."""

Content = tuple[object, ...]


class Ledger:
    """Which turns have been taken, to tell a message delivered twice from two messages with one id.

    Within a delivery every turn counts, whatever its id. Across deliveries the same id with the same content, or with
    another edition of it, is the same turn; the same id with other content is another turn and gets an id of its own.
    """

    def __init__(self) -> None:
        self._names: set[Name] = set()
        self._had: set[tuple[Name, Content]] = set()
        self._editions: defaultdict[Name, set[str]] = defaultdict(set)
        self._present: defaultdict[Name, Counter[Content]] = defaultdict(Counter)
        self._present_editions: set[tuple[Name, str]] = set()

    def next_delivery(self) -> None:
        """What follows was delivered in one piece."""
        for name, contents in self._present.items():
            self._names.add(name)
            self._had.update((name, content) for content in contents)
        for name, edition in self._present_editions:
            self._editions[name].add(edition)
        self.forget_delivery()

    def forget_delivery(self) -> None:
        """What was taken of the present delivery counts for nothing: it is broken and may come again, whole."""
        self._present.clear()
        self._present_editions.clear()

    def turn_id(self, conversation_id: str, vendor_id: str, draft: Draft) -> str | None:
        """Return the id that a turn goes by, or None where it is one taken before."""
        name = conversation_id, vendor_id
        content = (draft.role, draft.spoken_at, draft.offset_ms, draft.text, draft.final)
        if (name, content) in self._had or self._another_edition(name, draft.edition):
            return None
        first = name not in self._names and name not in self._present
        repeats = self._present[name][content]
        self._present[name][content] += 1
        if draft.edition is not None:
            self._present_editions.add((name, draft.edition))
        if first:
            return vendor_id
        return fitting(f"{vendor_id}~{deterministic_id(*map(str, content), repeats)[:12]}")

    def _another_edition(self, name: Name, edition: str | None) -> bool:
        return edition is not None and any(other != edition for other in self._editions.get(name, ()))


class Collector:
    """Takes what an adapter finds in one delivery.

    Attributes:
        events: Canonical events so far.
        unmapped: What became none, or only with an assumption, as much of it as is told one by one.
        untold: How much more.
        budget: What is left to the body.
        settings: What the contact centre told.
        known: What other deliveries tell.
        pseudonyms: What stands for people's addresses.
        source_name: Name of the file or object that is read; some vendors write there what is not in it.
    """

    def __init__(  # noqa: PLR0913 # one place builds it, the rest by name
        self,
        vendor: str,
        settings: AdapterSettings,
        known: Known,
        ledger: Ledger,
        budget: Budget,
        *,
        pseudonyms: Pseudonyms,
        conversation: str | None = None,
        partials: bool = False,
        source_name: str = "",
    ) -> None:
        self.events: list[Event] = []
        self.unmapped: list[Unmapped] = []
        self.untold = 0
        self.budget = budget
        self.settings = settings
        self.known = known
        self.pseudonyms = pseudonyms
        self.source_name = source_name
        self._vendor = vendor
        self._ledger = ledger
        self._conversation = conversation
        self._partials = partials
        self._received_ms = 0
        self._noted: set[str] = set()
        self._base_ms: int | None = None

    def next_delivery(self, received_ms: int) -> None:
        """What follows was delivered in one piece, at this time (ms UTC)."""
        self._received_ms = in_range(received_ms) or 0
        self._ledger.next_delivery()
        self._noted.clear()
        self._base_ms = None

    @property
    def received_ms(self) -> int:
        """When the present delivery came, ms UTC."""
        return self._received_ms

    def conversation_id(self, node: Node, *otherwise: object) -> str:
        """Return the conversation that a field names or the caller gave; else one derived from something stable.

        Raises:
            AdapterError: There is none and nothing to derive it from.
        """
        if self._conversation is not None:
            return self._conversation
        if node.word() is None and otherwise:
            self.assume(node, "names no conversation; an id was derived, give one with --conversation")
            # It may be derived from the customer's address, and must not lead back to it either.
            return self.pseudonyms.id_of(self._vendor, "conversation", *map(str, otherwise))
        return node.required_word()

    def count_from(self, start: int | None) -> None:
        """Assume a start (ms UTC) for offsets of this delivery that nothing else tells the start of."""
        self._base_ms = start

    def count_back(self, offsets: Iterable[int | None]) -> None:
        """Assume that the latest of some offsets, ms, is when the delivery came."""
        latest = max((offset for offset in offsets if offset is not None), default=0)
        self._base_ms = max(0, self._received_ms - latest)

    def left_out(self, node: Node, reason: str) -> None:
        """Report something that becomes no event."""
        self.budget.take_left_out()
        if len(self.unmapped) < self.budget.told:
            self.unmapped.append(Unmapped(node.path, reason))
        else:
            self.untold += 1

    def assume(self, node: Node, reason: str) -> None:
        """Report an assumption, once a delivery: a hundred turns without a time need one line, not a hundred."""
        if reason not in self._noted:
            self._noted.add(reason)
            self.left_out(node, reason)

    def started(self, conversation_id: str, at: int | None, channel: str | None = None) -> None:
        """Take the start of a conversation; without a time it is when the delivery came."""
        at = self._received_ms if at is None else at
        channel = channel if channel is None or len(channel) <= LONGEST_CHANNEL else None
        self.budget.take_event()
        self.events.append(ConversationStarted(conversation_id=fitting(conversation_id), at=at, channel=channel))

    def ended(self, conversation_id: str, at: int | None, reason: EndReason = "completed") -> None:
        """Take the end of a conversation; without a time it is when the delivery came."""
        at = self._received_ms if at is None else at
        self.budget.take_event()
        self.events.append(ConversationEnded(conversation_id=fitting(conversation_id), at=at, reason=reason))

    def turn(self, draft: Draft) -> None:
        """Take a turn, unless it says nothing, is partial and not wanted, or was delivered before."""
        text = whole(draft.text)
        if text != draft.text:
            self.assume(draft.node, "holds halves of characters: a mark stands for each")
            draft = replace(draft, text=text)
        if not draft.text.strip():
            self.left_out(draft.node, "no text: no turn")
            return
        if not draft.final and not self._partials:
            self.left_out(draft.node, "a partial result: its final one becomes the turn")
            return
        conversation_id = fitting(draft.conversation_id)
        turn_id = self._ledger.turn_id(conversation_id, self._vendor_id(conversation_id, draft), draft)
        if turn_id is None:
            self.left_out(draft.node, "the same turn was delivered before: taken once")
            return
        role = draft.role
        if role is None:
            role = self.settings.default_role
            self.assume(draft.node, f"does not tell who speaks; taken as {role}")
        self.budget.take_event()
        self.events.append(
            Turn(
                conversation_id=conversation_id,
                turn_id=turn_id,
                role=role,
                participant_id=self._participant(conversation_id, role, draft),
                text=self._text(draft),
                spoken_at=self._spoken_at(draft),
                language=self._short(draft.node, draft.language, LONGEST_LANGUAGE, "language"),
                final=draft.final,
                channel=self._short(draft.node, draft.channel, LONGEST_CHANNEL, "channel"),
                queue=self._short(draft.node, draft.queue, LONGEST_ID, "queue"),
                asr_confidence=self._confidence(draft),
                vendor=marks({"name": self._vendor, **draft.vendor}),
            )
        )

    def _vendor_id(self, conversation_id: str, draft: Draft) -> str:
        if draft.vendor_id is not None:
            return fitting(draft.vendor_id if draft.final else f"{draft.vendor_id}~partial")
        if draft.spoken_at is None and draft.offset_ms is None:
            self.assume(draft.node, "has no id and no time: the same words, delivered later, are taken for this turn")
        parts = (draft.spoken_at, draft.offset_ms, draft.role, draft.text)
        digest = deterministic_id(self._vendor, conversation_id, draft.place, *map(str, parts))[:16]
        return fitting(f"{draft.place:06d}-{digest}")

    def _participant(self, conversation_id: str, role: Role, draft: Draft) -> str:
        if draft.participant:
            return fitting(draft.participant)
        if draft.address:
            return self.pseudonyms.of(draft.address)
        return fitting(f"{conversation_id}:{role}")

    def _text(self, draft: Draft) -> str:
        if len(draft.text) > MAX_TEXT_CHARS:
            self.left_out(draft.node, f"longer than {MAX_TEXT_CHARS} characters: the rest was cut off")
        return draft.text[:MAX_TEXT_CHARS]

    def _spoken_at(self, draft: Draft) -> int:
        spoken_at = in_range(draft.spoken_at)
        if spoken_at is None:
            spoken_at = added(self.known.starts.get(draft.known_as or draft.conversation_id), draft.offset_ms)
        if spoken_at is None and draft.offset_ms is not None and self._base_ms is not None:
            spoken_at = in_range(self._base_ms + draft.offset_ms)
            self.assume(draft.node, "an offset without a start: counted from one that was assumed")
        if spoken_at is None and in_range(draft.assumed_at) is not None:
            spoken_at = draft.assumed_at
            self.assume(draft.node, "tells no time of its own: the one of what holds it was taken")
        if spoken_at is None:
            spoken_at = self._received_ms
            self.assume(draft.node, "tells no absolute time; taken as the time of delivery")
        return spoken_at

    def _confidence(self, draft: Draft) -> float | None:
        if draft.confidence is None or 0 <= draft.confidence <= 1:
            return draft.confidence
        self.assume(draft.node, "the recogniser's confidence is not in 0..1: left out")
        return None

    def _short(self, node: Node, word: str | None, longest: int, what: str) -> str | None:
        if word is None or len(word) <= longest:
            return word
        self.assume(node, f"the {what} is longer than {longest} characters: left out")
        return None


def fitting(identifier: str) -> str:
    """Return an id as it is, or a hash of it where it is longer than the contract takes or no text."""
    fits = len(identifier) <= LONGEST_ID and whole(identifier) == identifier
    return identifier if fits else deterministic_id(identifier)


def whole(text: str) -> str:
    """Return a text as it is; surrogates in it, which UTF-8 cannot carry, joined to characters or replaced."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
