"""Partial results of a recogniser, where the policy has them scored: what is said so far of a turn that goes on.

A partial result comes under its turn's id, or under one marked by the adapters, and the turn is a turn once. So its
score is published under an id of its own (whoever reads scores takes an id for one turn, and would leave the final one
out), and it is remembered only until the final one comes. Of a turn's partial results the first is scored: more would
count one utterance as many. What comes behind the final one is late, and not scored.
"""

from msgspec import structs

from warmline.contracts.ids import deterministic_id
from warmline.contracts.turn import Turn

MARK = "~partial"
"""Behind a turn's id; adapters put the same there."""

LONGEST = 256
"""Characters of an id in the contracts."""


def partial_id(turn_id: str) -> str:
    """Return the id under which a turn's partial result counts; that of one already marked stays."""
    if turn_id.endswith(MARK):
        return turn_id
    marked = turn_id + MARK
    return marked if len(marked) <= LONGEST else deterministic_id("conversation.turn", "partial", turn_id)


def final_id(turn: Turn) -> str:
    """Return the id that a turn has, or that the final result of a partial one will have."""
    return turn.turn_id if turn.final else turn.turn_id.removesuffix(MARK)


def counted(turn: Turn) -> Turn:
    """Return a turn as it is scored and remembered: a partial one under its own id, another as it is."""
    return turn if turn.final else structs.replace(turn, turn_id=partial_id(turn.turn_id))
