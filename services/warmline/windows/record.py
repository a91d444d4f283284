"""One event as it is remembered: the numbers that folding it needs, and whose voice it was."""

from struct import Struct as PackedFields

from msgspec import Struct

from warmline.contracts.conversation import EndReason
from warmline.contracts.labels import Role

PACKED = PackedFields("<qBHhhbbH???hh")
"""The fields of a record in their order: 26 bytes."""

PACKED_BEFORE = PackedFields("<qBHhhbbH??")
"""The same as versions before sincerity wrote them: a state may outlive an upgrade."""

UNKNOWN = -1
"""A sincerity that the score does not carry."""

START, TURN, END = 0, 1, 2
"""Kind of a record, in the order in which events of one millisecond are taken."""


class Voice(Struct, array_like=True, frozen=True, gc=False):
    """Who spoke and where: what the turns of one participant have in common, kept once a conversation.

    Attributes:
        role: Of the speaker; `system` for a start or end.
        participant_id: The speaker; empty for a start or end.
        channel: As the event said; None where it did not.
        queue: The same.
        customer_id: The same.
        model: That scored the turn; empty for a start or end.
        reason: Of an end; else None.
    """

    role: Role
    participant_id: str
    channel: str | None
    queue: str | None
    customer_id: str | None
    model: str = ""
    reason: EndReason | None = None


class Record(Struct, frozen=True, gc=False):
    """One event in the numbers that folding it needs; its key in `WindowsState.records` is its cause.

    States hold it packed: they are encoded with every write, and twenty packed records take a fifth of the time.

    Attributes:
        at: Event time, ms UTC.
        kind: START, TURN or END.
        voice: Place of its voice in `WindowsState.voices`.
        valence: Thousandths.
        distress: Thousandths.
        sign: Sentiment, -1, 0 or 1.
        empathy: 1 empathetic, 0 neutral, -1 unhelpful.
        cues: Bits, in the order of `labels.CUES`.
        glad: A customer who is positive, grateful, relieved or joyful.
        unused: The score is not used.
        canned: An answering turn that would fit any customer.
        reuse: Thousandths; UNKNOWN where the score does not say.
        specificity: The same.
    """

    at: int
    kind: int
    voice: int
    valence: int = 0
    distress: int = 0
    sign: int = 0
    empathy: int = 0
    cues: int = 0
    glad: bool = False
    unused: bool = False
    canned: bool = False
    reuse: int = UNKNOWN
    specificity: int = UNKNOWN

    def pack(self) -> bytes:
        """Return the record as a state holds it."""
        return PACKED.pack(
            self.at,
            self.kind,
            self.voice,
            self.valence,
            self.distress,
            self.sign,
            self.empathy,
            self.cues,
            self.glad,
            self.unused,
            self.canned,
            self.reuse,
            self.specificity,
        )


def unpack(packed: bytes) -> Record:
    """Return a record as it was before it was packed."""
    fields = PACKED if len(packed) == PACKED.size else PACKED_BEFORE
    return Record(*fields.unpack(packed))
