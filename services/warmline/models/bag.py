"""Which rows of the words' own weights a text looks up: its word pieces, and its pairs of neighbours by hash."""

import numpy as np
from numpy.typing import NDArray

PAIR_BUCKETS = 32_749
"""Rows for pairs, a prime. The labelled turns hold more different pairs than this, most of them once: those that matter
mostly have a row of their own, and 54 int8 weights a row keep the table under 2 MB."""

PAIR_FACTORS = (7_919, 104_729)
"""What the first and the second word piece of a pair are multiplied by, so that order counts."""


def bag_entries(ids: NDArray[np.int64], vocabulary: int) -> NDArray[np.int64]:
    """Return the rows of one text, given its token ids; pairs stand behind the vocabulary."""
    pairs = (ids[:-1] * PAIR_FACTORS[0] + ids[1:] * PAIR_FACTORS[1]) % PAIR_BUCKETS
    return np.concatenate([ids, pairs + vocabulary])
