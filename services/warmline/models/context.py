"""What the model remembers of a conversation while it goes on: a short gist of the latest turns, and never their words.

A reply is empathetic towards something, and 'fine.' means one thing after a refund and another after a refusal. So the
heads take, beside the turn itself, the gist of the customer's and of the answering side's latest turn before it: some
numbers between -1 and 1 that the model has learned to sum a turn up in.

'Before' is by the time a turn was spoken, among the turns that had arrived. A turn that arrives after its successor
finds its own place, and its successor's score stands: scores are never taken back.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from warmline.contracts.turn import Turn
from warmline.models.partials import partial_id

GIST = 64
"""Numbers in a gist."""

GIST_UNIT = 127
"""A gist is kept as int8 in this unit; the model is served the rounded one, live and in the backtest alike."""

REMEMBERED_S = 86_400
"""A turn longer ago than this counts as forgotten, seconds: a day, as long as a service keeps the memory at most."""

KEPT = 8
"""Turns remembered: enough that one which arrives a few turns late still finds what went before it."""

CUSTOMER = "customer"
MS = 1000

Gist = NDArray[np.int8]


class Kept(Struct, frozen=True, array_like=True):
    """One turn that is remembered.

    Attributes:
        spoken_at: When, ms UTC.
        turn_id: Which.
        customer: Whether the customer spoke.
        gist: GIST int8 numbers.
        words: 16-bit digests of its words. See `sincerity`.
        caring: Who spoke, where it is a caring turn of the answering side; else empty.
    """

    spoken_at: int
    turn_id: str
    customer: bool
    gist: bytes
    words: bytes = b""
    caring: str = ""


Memory = tuple[Kept, ...]
"""The latest turns of one conversation, in the order they were spoken; of one millisecond, in the order they came."""


class Before(Struct, frozen=True):
    """What went before a turn.

    Attributes:
        customer: Gist of the customer's latest turn, or None.
        answer: Gist of the answering side's latest turn, or None.
        said: Digests of the customer's content words so far.
        own: Digests of each of the same participant's caring turns so far; see also `lines`.
    """

    customer: bytes | None = None
    answer: bytes | None = None
    said: bytes = b""
    own: tuple[bytes, ...] = ()


NOTHING_BEFORE = Before()


def remembered_from_ms(turn: Turn) -> int:
    """Return since when what was said counts for a turn, ms UTC."""
    return turn.spoken_at - REMEMBERED_S * MS


def before(memory: Memory, turn: Turn, elsewhere: tuple[bytes, ...] = ()) -> Before:
    """Return what went before a turn, as far as it has arrived.

    Args:
        memory: What is remembered of its conversation.
        turn: The turn.
        elsewhere: Digests of the caring lines that its participant said before it in any conversation; see `lines`.
    """
    customer = answer = None
    said = b""
    own: list[bytes] = []
    oldest, unfinished = remembered_from_ms(turn), partial_id(turn.turn_id)
    for kept in memory:
        if kept.spoken_at < oldest:
            continue
        if kept.spoken_at > turn.spoken_at or kept.turn_id == turn.turn_id:
            break
        if kept.turn_id == unfinished:
            continue  # the same turn, as far as it had been said
        if kept.customer:
            customer = kept.gist
            said += kept.words
        else:
            answer = kept.gist
            if kept.caring and kept.caring == turn.participant_id:
                own.append(kept.words)
    return Before(customer, answer, said, (*own, *elsewhere))


def remembered(memory: Memory, turn: Turn, gist: Gist, words: bytes = b"", *, caring: bool = False) -> Memory:
    """Return the memory with a turn in its place, and without its partial result; a known turn changes nothing.

    Args:
        memory: What is remembered.
        turn: The turn.
        gist: Its gist.
        words: Digests of its content words, where the customer spoke.
        caring: Whether it is a caring turn.
    """
    if any(kept.turn_id == turn.turn_id for kept in memory):
        return memory
    who = turn.participant_id if caring else ""
    new = Kept(turn.spoken_at, turn.turn_id, turn.role == CUSTOMER, gist.tobytes(), words, who)
    unfinished = partial_id(turn.turn_id)
    others = (kept for kept in memory if kept.turn_id != unfinished)
    return tuple(sorted((*others, new), key=lambda kept: kept.spoken_at)[-KEPT:])
