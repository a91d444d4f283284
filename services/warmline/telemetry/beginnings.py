"""Lets counters of rare things begin at 0.

Prometheus learns of a series when it first sees it. One that appears with its first count shows no increase: the first
false alarm of a rule would be in no precision, after every restart anew.
"""

from collections.abc import Collection
from itertools import product

from prometheus_client import Counter, Histogram


def begin_at_zero(metric: Counter | Histogram, *values: Collection[str]) -> None:
    """Make a metric's series for every combination of its labels' values.

    Args:
        metric: With closed labels, and few.
        values: The values of each label, in the order of the labels.
    """
    for combination in product(*values):
        metric.labels(*combination)
