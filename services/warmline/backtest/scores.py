"""The recording's turns as scores: what the scoring service makes of them, in the same order."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from msgspec import Struct

from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn
from warmline.models.partials import counted, final_id
from warmline.policy.model import ScoringPolicy
from warmline.scoring.domain import counts

CHUNK = 256  # turns a call of the model: enough to sort by length and batch well, little to hold

ScoreTurns = Callable[[Sequence[Turn]], Sequence[ScoredTurn]]
"""The model: as many scores as turns, in order."""


class Scores:
    """Replaces turns by their scores; everything else passes through.

    Args:
        score_turns: The model; never called where the recording carries scores already.
        policy: Which turns count.

    Attributes:
        turns: Turns scored so far.
        partials: Turns left out because they are not final; where partial ones count, those that come again, or behind
            their final one.
    """

    def __init__(self, score_turns: ScoreTurns, policy: ScoringPolicy) -> None:
        self._score_turns = score_turns
        self._policy = policy
        self.turns = 0
        self.partials = 0
        self._said: set[tuple[str, str]] = set()

    def of(self, events: Iterable[Struct]) -> Iterator[Struct]:
        """Yield the events with each turn that counts as a scored turn, in the order given."""
        source = iter(events)
        while chunk := list(islice(source, CHUNK)):
            wanted = [not isinstance(event, Turn) or self._takes(event) for event in chunk]
            kept = [event for event, counting in zip(chunk, wanted, strict=True) if counting]
            turns = [counted(event) for event in kept if isinstance(event, Turn)]
            scores = iter(self._score_turns(turns) if turns else ())
            self.turns += len(turns)
            self.partials += len(chunk) - len(kept)
            for event in kept:
                yield next(scores) if isinstance(event, Turn) else event

    def _takes(self, turn: Turn) -> bool:
        """Say whether a turn is scored, as the service says it; what was taken once is known from then on."""
        if not self._policy.score_partials:
            return counts(turn, score_partials=False)
        key = turn.conversation_id
        if not turn.final and not self._said.isdisjoint({(key, counted(turn).turn_id), (key, final_id(turn))}):
            return False
        self._said.add((key, counted(turn).turn_id))
        return True
