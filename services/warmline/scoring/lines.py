"""The caring lines of agents over all their conversations, kept in Redis for every instance of scoring.

Read before a batch, written after it. A crash in between loses the lines of that batch and nothing else: the scores
stand in the outbox. Lines of one batch do not know each other.
"""

from collections.abc import Sequence

from msgspec import Struct

from warmline.contracts.turn import Turn
from warmline.models.context import MS, REMEMBERED_S, remembered_from_ms
from warmline.models.lines import LINES_KEPT, Line, pairs_of
from warmline.store.redis_rings import Member, RedisRings, Span
from warmline.store.redis_store import RedisStore


class AgentLines:
    """Recalls and keeps the lines of one instance's turns.

    Args:
        rings: Where they are kept, by participant.
        noted: Filled with the lines whose turns' scores are stored; emptied by `keep`.
    """

    def __init__(self, rings: RedisRings, noted: list[Struct]) -> None:
        self._rings = rings
        self._noted = noted

    def before(self, turns: Sequence[Turn]) -> list[tuple[bytes, ...]]:
        """Return, for each turn of an answering participant, the digests of the lines they said before it.

        Raises:
            StoreUnavailableError: Redis is away; call again.
        """
        spans = [Span(turn.participant_id, remembered_from_ms(turn), turn.spoken_at) for turn in turns]
        return [tuple(pairs_of(kept) for kept in row) for row in self._rings.within(spans)]

    def keep(self) -> None:
        """Write what was noted.

        Raises:
            StoreUnavailableError: Redis is away; call again, nothing is forgotten.
        """
        lines = [line for line in self._noted if isinstance(line, Line)]
        self._rings.add([Member(line.participant_id, line.spoken_at, line.kept) for line in lines])
        self._noted.clear()


def agent_lines(store: RedisStore, noted: list[Struct]) -> AgentLines:
    """Return the lines beside a store of scoring, over the same connection."""
    return AgentLines(store.rings(LINES_KEPT, REMEMBERED_S * MS), noted)
