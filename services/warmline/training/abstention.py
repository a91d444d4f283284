"""How sure the model must be for its score to be used, chosen on held-out turns."""

from collections.abc import Mapping, Sequence

import numpy as np

from warmline.models.heads import divisors
from warmline.models.layout import COLUMNS, EMPATHY, FEELING
from warmline.training.data import CUSTOMER, Example
from warmline.training.selection import confidence_minimum
from warmline.training.targets import Floats, Mask, targets

Thresholds = Mapping[str, Mapping[str, float]]

PRECISION = 0.85
"""Share of kept scores whose sentiment (customers) or empathy (others) should be right. The two annotators of the data
agree on hardly more; where this would take more than the cap on abstentions, the cap holds and the report says so."""


def confidence_minima(examples: Sequence[Example], probabilities: Floats, served: Thresholds) -> dict[str, float]:
    """Return the least confidence by role family.

    Args:
        examples: The turns.
        probabilities: Calibrated, turns by outputs.
        served: The thresholds that will be served: a least confidence says which of the answers given with them are
            used, and would be about other answers with any others.
    """
    minima = {}
    for family, (confidence, correct) in confidences(examples, probabilities, served).items():
        minima[family] = confidence_minimum(confidence, correct, PRECISION)
    return minima


def confidences(
    examples: Sequence[Example], probabilities: Floats, served: Thresholds
) -> dict[str, tuple[Floats, Mask]]:
    """Return, by role family, the confidence in each turn's answer, as `models.heads` has it, and whether it was right.

    Args:
        examples: The turns.
        probabilities: Calibrated, turns by outputs.
        served: The thresholds by which answers are given.
    """
    wanted = targets(examples)
    customers = np.array([example.role == CUSTOMER for example in examples], dtype=bool)
    feeling, empathy = COLUMNS[FEELING.name], COLUMNS[EMPATHY.name]
    said, true = merged(probabilities[:, feeling]), merged(wanted[:, feeling])
    compared = probabilities[:, empathy] / divisors(EMPATHY, served)
    sure = compared.max(axis=1) / compared.sum(axis=1)
    met = compared.argmax(axis=1) == wanted[:, empathy].argmax(axis=1)
    return {
        "customer": (said.max(axis=1)[customers], (said.argmax(axis=1) == true.argmax(axis=1))[customers]),
        "answering": (sure[~customers], met[~customers]),
    }


def merged(feeling: Floats) -> Floats:
    """Merge the five classes of feeling to negative, neutral, positive."""
    return np.stack([feeling[:, :2].sum(axis=1), feeling[:, 2], feeling[:, 3:].sum(axis=1)], axis=1)
