"""Memories of many conversations in one process: bounded, and on request with an agent's lines of other talks."""

import numpy as np

from warmline.contracts.turn import Turn
from warmline.models.context import GIST
from warmline.models.memories import Memories

NO_GIST = np.zeros(GIST, dtype=np.int8)


def turn(conversation: str, number: int, role: str = "customer", who: str = "p") -> Turn:
    return Turn(
        conversation_id=conversation,
        turn_id=str(number),
        role=role,  # type: ignore[arg-type]
        participant_id=who,
        text="x",
        spoken_at=number,
    )


def test_of_many_conversations_the_one_least_recently_heard_is_forgotten_first():
    memories = Memories(size=2)
    for name in "abc":
        memories.remember(turn(name, 0), NO_GIST)
    assert [memories.before(turn(name, 1)).customer is not None for name in "abc"] == [False, True, True]


def test_an_agents_lines_of_other_conversations_are_recalled_where_that_is_asked_for():
    for across, recalled in ((True, (b"ab",)), (False, ())):
        memories = Memories(across=across)
        memories.remember(turn("a", 1, "agent", "jo"), NO_GIST, b"ab", caring=True)
        memories.remember(turn("a", 2, "agent", "jo"), NO_GIST, b"cd", caring=False)
        assert memories.before(turn("b", 3, "agent", "jo")).own == recalled
        assert memories.before(turn("b", 3, "agent", "al")).own == ()
        assert memories.before(turn("b", 3, "customer", "jo")).own == ()
