"""Labels that admit doubt: the mean of what a rater said and of what a larger network hears.

Hinton, Vinyals and Dean 2015, "Distilling the knowledge in a neural network", at temperature 1.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from warmline.models.layout import COLUMNS, GOEMOTION
from warmline.training.lessons import Lessons

TRUST = 0.5
"""Weight of the network beside the label."""


def softened(lessons: Lessons, heard: NDArray[np.float32]) -> Lessons:
    """Return lessons whose public emotions are the mean of label and of a network's probabilities.

    Args:
        lessons: `public.goemotions`.
        heard: The network's probability of each public emotion, texts by labels, 0..1.
    """
    place = COLUMNS[GOEMOTION.name]
    wanted = lessons.wanted.copy()
    wanted[:, place] = (1 - TRUST) * wanted[:, place] + TRUST * heard
    return msgspec.structs.replace(lessons, wanted=wanted)
