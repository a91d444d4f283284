"""Texts said otherwise for some of the lessons, so that a score depends less on spelling, channel and who speaks.

Each pass changes other texts in other ways. The changes are those that `evaluation.robustness` measures, on turns that
trained nothing: the table shows what is left of them, not how changes of other kinds would do.
"""

import random
from collections.abc import Sequence

from warmline.evaluation.perturb import SAME_PERSON, SAME_WORDS

SHARE = 0.2
"""Share of the texts that a pass says otherwise."""


def said_otherwise(texts: Sequence[str], seed: int, share: float = SHARE) -> list[str]:
    """Return the texts, a random share of them changed in one way each; what a text is labelled as stays true."""
    chance = random.Random(seed)  # noqa: S311 # which texts change, and how
    changes = [*SAME_PERSON.values(), *SAME_WORDS.values()]
    return [chance.choice(changes)(text, chance) if chance.random() < share else text for text in texts]
