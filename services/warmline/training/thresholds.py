"""Where a label begins to be given: the threshold that will find it best on turns that are not here.

The best F1 on the turns at hand is a fluke of them, the more so the fewer carry the label. Two things make it less of
one. Half of each label's truth is what the label's own calibrated probability expects (were that all of it, the best
threshold would be half of the best F1: Lipton et al., "Optimal thresholding of classifiers to maximize F1 measure",
ECML 2014). And the choice is made on conversations drawn again, many times over, and averaged (Breiman, "Bagging
predictors", 1996).

On halves of a fold held out, each judged with what the other chose, the mean macro-F1 of ten heads rose by .003 to .006
on four trained networks (cut five ways each), and by .001 on `unheard.jsonl`: about what 16,000 more written turns
bring.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from warmline.training.targets import Floats, Mask

THRESHOLDS = np.linspace(0.05, 0.9, 86)

SMALLEST_SUPPORT = 5
"""With fewer held-out turns of a label its threshold stays at one half: the best of a handful is chance."""

EXPECTED_SHARE = 0.5
"""Share of a turn's truth that is expected instead of seen. With 1 the mean is as high on the fold held out, but lower
for faults on other conversations, where probabilities are less right."""

DRAWS = 40
"""How often conversations are drawn again: with more the choice moves by less than a hundredth."""

SMOOTHED = 5
"""The curve of F1 is smoothed over so many steps, since its top is ragged."""

LEAST = 1e-7
"""Probabilities are kept this far from 0 and 1, so that each has a logit."""

ALREADY_RIGHT = np.array([1.0, 0.0])
"""Slope and shift that leave a label's probabilities as they are."""

SLOPE_WEIGHT = 5.0
"""How firmly a label's probabilities are taken to be right already, in turns: heads are calibrated, labels are not."""

ROUNDS, HALVINGS = 25, 30
"""Newton's steps, and how often one is halved that goes uphill; a handful of either suffices."""

Weights = NDArray[np.int64]
"""How often each text is drawn."""


def draws_of(groups: Sequence[str], seed: int) -> list[Weights]:
    """Draw whole conversations again, with replacement, some times.

    Args:
        groups: The conversation of each text.
        seed: Of the draws.
    """
    known = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    owner = np.array([known[group] for group in groups], dtype=np.int64)
    chance = np.random.default_rng(seed)
    even = np.full(len(known), 1 / max(len(known), 1))
    return [chance.multinomial(len(known), even)[owner] for _ in range(DRAWS)]


def best_threshold(values: Floats, right: Mask, draws: Sequence[Weights]) -> float:
    """Return the threshold of one label; one half where hardly a text carries it.

    Args:
        values: Its probabilities, by text.
        right: Whether each text carries it.
        draws: How often each text is drawn, by draw; see `draws_of`.
    """
    if right.sum() < SMALLEST_SUPPORT:
        return 0.5
    truth = EXPECTED_SHARE * expected(values, right) + (1 - EXPECTED_SHARE) * right
    reached = np.digitize(values, THRESHOLDS)  # how many thresholds each text reaches
    chosen = [THRESHOLDS[int(_curve(reached, truth, drawn).argmax())] for drawn in draws]
    return round(float(np.mean(chosen)), 3)


def expected(values: Floats, right: Mask) -> NDArray[np.float64]:
    """Return how probable one label is, its own scale and base rate put right (Platt, 1999)."""
    safe = np.clip(values.astype(np.float64), LEAST, 1 - LEAST)
    taken = np.stack([np.log(safe) - np.log1p(-safe), np.ones(len(safe))], axis=1)
    firm = np.diag([SLOPE_WEIGHT, 1e-6])
    fitted = ALREADY_RIGHT
    for _ in range(ROUNDS):
        given = _sigmoid(taken @ fitted)
        slope = taken.T @ (given - right) + firm @ (fitted - ALREADY_RIGHT)
        bend = (taken * (given * (1 - given))[:, None]).T @ taken + firm
        fitted = _downhill(fitted, np.linalg.solve(bend, slope), taken, right)
    return _sigmoid(taken @ fitted)


def _downhill(
    fitted: NDArray[np.float64], step: NDArray[np.float64], taken: NDArray[np.float64], right: Mask
) -> NDArray[np.float64]:
    """Take as much of a step as goes downhill: a whole one may jump far over where the curve is steep."""
    here = _loss(fitted, taken, right)
    for _ in range(HALVINGS):
        if _loss(fitted - step, taken, right) <= here:
            return fitted - step
        step = step / 2
    return fitted


def _loss(fitted: NDArray[np.float64], taken: NDArray[np.float64], right: Mask) -> float:
    logits = taken @ fitted
    away = fitted - ALREADY_RIGHT
    return float((np.logaddexp(0, logits) - logits * right).sum() + SLOPE_WEIGHT / 2 * away[0] ** 2)


def _sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.exp(-np.logaddexp(0, -logits)))


def _curve(reached: NDArray[np.int64], truth: NDArray[np.float64], drawn: Weights) -> NDArray[np.float64]:
    """Return the F1 at each threshold, smoothed."""
    steps = len(THRESHOLDS)
    there = np.bincount(reached, weights=drawn * truth, minlength=steps + 1)
    count = np.bincount(reached, weights=drawn, minlength=steps + 1)
    hits, given = (np.cumsum(part[::-1])[::-1][1:] for part in (there, count))
    f1 = 2 * hits / np.maximum(given + there.sum(), 1e-9)
    return np.convolve(np.pad(f1, SMOOTHED // 2, mode="edge"), np.ones(SMOOTHED) / SMOOTHED, mode="valid")
