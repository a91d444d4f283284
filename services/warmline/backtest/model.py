"""The model as the backtest uses it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from warmline.backtest.scores import ScoreTurns
from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn
from warmline.models.memories import Memories
from warmline.models.settings import ModelSettings
from warmline.policy.model import Policy

if TYPE_CHECKING:
    from warmline.models.scorer import Scorer


class Model:
    """Loaded when the first turn has to be scored: a recording of scores needs none.

    What is loaded depends on the policy by `asr_confidence_min` alone, so one is loaded for each of its values.

    Args:
        folder: The model's folder; None for the shipped weights.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._loaded: dict[float, Scorer] = {}

    def under(self, policy: Policy) -> ScoreTurns:
        """Return the function that scores turns under a policy."""
        least = policy.scoring.asr_confidence_min
        memories = Memories(across=policy.scoring.reuse_across_conversations)

        def score(turns: Sequence[Turn]) -> Sequence[ScoredTurn]:
            if least not in self._loaded:
                from warmline.models.scorer import load_scorer  # noqa: PLC0415 # slow to import, and maybe not needed

                self._loaded[least] = load_scorer(ModelSettings(folder=self._folder, asr_confidence_min=least))
            return self._loaded[least].score(turns, memories)

        return score
