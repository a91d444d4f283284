"""The latest caring lines of an answering participant in all conversations: what all are told is known as such.

Off unless the policy asks for it (`scoring.reuse_across_conversations`): conversations reach scoring over many
partitions, so which earlier lines had arrived is a matter of moments, and a replay may tell `reuse` a little otherwise.
A line counts for turns spoken after it, whatever the order in which they came. Of words only 16-bit digests are kept.
"""

from collections import OrderedDict
from hashlib import blake2b

from msgspec import Struct

from warmline.contracts.turn import Turn
from warmline.models.context import remembered_from_ms

LINES_KEPT = 32
"""Lines of one participant: the care of some ten conversations, 2.3 KB at most."""

PARTICIPANTS = 10_000
"""Participants whose lines are held at once outside Redis."""

TURN_DIGEST_BYTES = 8


class Line(Struct, frozen=True):
    """One caring line.

    Attributes:
        participant_id: Who said it.
        spoken_at: When, ms UTC.
        kept: A digest of which turn it was, TURN_DIGEST_BYTES, and behind it the digests of its pairs of words.
    """

    participant_id: str
    spoken_at: int
    kept: bytes


def line_of(turn: Turn, pairs: bytes) -> Line:
    """Return a caring turn as a line; `pairs` are the digests of its pairs of words."""
    which = f"{turn.conversation_id}\x1f{turn.turn_id}".encode("utf-8", "surrogatepass")
    return Line(turn.participant_id, turn.spoken_at, blake2b(which, digest_size=TURN_DIGEST_BYTES).digest() + pairs)


def pairs_of(kept: bytes) -> bytes:
    """Return the digests of a kept line's pairs of words."""
    return kept[TURN_DIGEST_BYTES:]


class Lines:
    """The lines of many participants, in memory; of the one least recently heard, all are forgotten first."""

    def __init__(self, participants: int = PARTICIPANTS) -> None:
        self._participants = participants
        self._lines_of: OrderedDict[str, list[tuple[int, bytes]]] = OrderedDict()

    def before(self, turn: Turn) -> tuple[bytes, ...]:
        """Return the digests of each line that the turn's participant said before it, earliest first."""
        since = remembered_from_ms(turn)
        lines = self._lines_of.get(turn.participant_id, ())
        return tuple(pairs_of(kept) for spoken_at, kept in lines if since <= spoken_at < turn.spoken_at)

    def remember(self, line: Line) -> None:
        """Keep a line; one that is known already changes nothing."""
        known = self._lines_of.get(line.participant_id, [])
        self._lines_of[line.participant_id] = sorted({*known, (line.spoken_at, line.kept)})[-LINES_KEPT:]
        self._lines_of.move_to_end(line.participant_id)
        if len(self._lines_of) > self._participants:
            self._lines_of.popitem(last=False)
