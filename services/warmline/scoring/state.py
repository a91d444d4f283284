"""What scoring keeps of one conversation: the gist of its latest turns. No words, and nothing longer than a day."""

from hashlib import blake2b

from msgspec import Struct

from warmline.models.context import Memory

EDGES = 4
"""Starts and ends whose ids are kept: a conversation has one of each, and few are reopened."""


KNOWN = 1_024
"""Turns whose digests are kept: no call is longer, and a thread that is takes 8 KB."""

DIGEST_BYTES = 8


class ScoringState(Struct, array_like=True):
    """State of one conversation.

    Attributes:
        model: Name of the model that heard it; another model starts anew, since it cannot read the gists.
        memory: The latest turns.
        known: Digests of the turns scored, DIGEST_BYTES each, newest last: a turn that comes again is not scored again.
        edges: Ids of the starts and ends that were passed on, newest last.
    """

    model: str
    memory: Memory = ()
    known: bytes = b""
    edges: tuple[str, ...] = ()


def digest(turn_id: str) -> bytes:
    """Return the digest of a turn id."""
    return blake2b(turn_id.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()


def is_known(state: ScoringState, turn_id: str) -> bool:
    """Say whether a turn has been scored."""
    wanted, known = digest(turn_id), state.known
    at = known.find(wanted)
    while at >= 0 and at % DIGEST_BYTES:
        at = known.find(wanted, at + 1)
    return at >= 0


def note(state: ScoringState, turn_id: str) -> None:
    """Keep that a turn has been scored."""
    state.known = (state.known + digest(turn_id))[-KNOWN * DIGEST_BYTES :]
