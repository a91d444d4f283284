"""How sure the model must be for its score to be used, chosen on held-out turns."""

from collections.abc import Sequence

import numpy as np

from warmline.models.layout import COLUMNS, EMPATHY, FEELING
from warmline.training.data import CUSTOMER, Example
from warmline.training.selection import confidence_minimum
from warmline.training.targets import Floats, Mask, targets

PRECISION = 0.85
"""Share of kept scores whose sentiment (customers) or empathy (others) should be right. The two annotators of the data
agree on hardly more; where this would take more than the cap on abstentions, the cap holds and the report says so."""


def confidence_minima(examples: Sequence[Example], probabilities: Floats, given: Mask) -> dict[str, float]:
    """Return the least confidence by role family."""
    minima = {}
    for family, (confidence, correct) in confidences(examples, probabilities, given).items():
        minima[family] = confidence_minimum(confidence, correct, PRECISION)
    return minima


def confidences(examples: Sequence[Example], probabilities: Floats, given: Mask) -> dict[str, tuple[Floats, Mask]]:
    """Return, by role family, the confidence in each turn's answer and whether the answer was right."""
    wanted = targets(examples)
    customers = np.array([example.role == CUSTOMER for example in examples], dtype=bool)
    feeling, empathy = COLUMNS[FEELING.name], COLUMNS[EMPATHY.name]
    said, true = merged(probabilities[:, feeling]), merged(wanted[:, feeling])
    met, meant = given[:, empathy], wanted[:, empathy]
    sure = (probabilities[:, empathy] * met).max(axis=1)
    return {
        "customer": (said.max(axis=1)[customers], (said.argmax(axis=1) == true.argmax(axis=1))[customers]),
        "answering": (sure[~customers], (met.argmax(axis=1) == meant.argmax(axis=1))[~customers]),
    }


def merged(feeling: Floats) -> Floats:
    """Merge the five classes of feeling to negative, neutral, positive."""
    return np.stack([feeling[:, :2].sum(axis=1), feeling[:, 2], feeling[:, 3:].sum(axis=1)], axis=1)
