"""The recording's turns as scores: what the scoring service makes of them, in the same order."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from msgspec import Struct

from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn
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
        partials: Turns left out because they are not final.
    """

    def __init__(self, score_turns: ScoreTurns, policy: ScoringPolicy) -> None:
        self._score_turns = score_turns
        self._policy = policy
        self.turns = 0
        self.partials = 0

    def of(self, events: Iterable[Struct]) -> Iterator[Struct]:
        """Yield the events with each turn that counts as a scored turn, in the order given."""
        source = iter(events)
        while chunk := list(islice(source, CHUNK)):
            turns = [event for event in chunk if isinstance(event, Turn) and self._counts(event)]
            scores = iter(self._score_turns(turns) if turns else ())
            self.turns += len(turns)
            for event in chunk:
                if not isinstance(event, Turn):
                    yield event
                elif self._counts(event):
                    yield next(scores)
                else:
                    self.partials += 1

    def _counts(self, turn: Turn) -> bool:
        return counts(turn, score_partials=self._policy.score_partials)
