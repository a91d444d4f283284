"""Genesys Cloud's customer sentiment, for people who compare; its formula as their Resource Center describes it.

score = 100 * tanh(0.75 * sum(s_i * i / n))      s_i: sentiment of the i-th of n customer turns, -1, 0 or 1
trend = (score of the second half - score of the first half) / 2, from six customer turns on

Theirs counts phrases; ours counts turns. In a half the places are counted within the half; with an odd number the
second half has one turn more. Sums are kept, not turns: a half moves on by one with every second turn.
"""

from math import tanh

from warmline.windows.state import MAX_SIGNS, Fold

STEEPNESS = 0.75
FULL_SCORE_MILLI = 100_000  # 100, in thousandths
TREND_MIN_TURNS = 6


def hear_sentiment(fold: Fold, sign: int) -> None:
    """Add the newest customer turn's sentiment; `fold.scored` counts it already."""
    signs = fold.signs
    signs.append(sign)
    size = len(signs)
    scored = fold.scored
    if sign:
        fold.late_sum += sign
        fold.late += sign * size
    if size > (scored + 1) >> 1 or size > MAX_SIGNS:
        size -= 1
        oldest = signs.pop(0)
        fold.late -= fold.late_sum  # everyone in the second half moves down by one place, the oldest out of it
        fold.late_sum -= oldest
        fold.early += oldest * (scored - size)
    early, late = fold.early, fold.late
    weighted = early + (scored - size) * fold.late_sum + late
    fold.sentiment = round(FULL_SCORE_MILLI * tanh(STEEPNESS * weighted / scored)) if weighted else 0
    if scored >= TREND_MIN_TURNS:
        second = tanh(STEEPNESS * late / size) if late else 0.0
        first = tanh(STEEPNESS * early / (scored - size)) if early else 0.0
        fold.sentiment_trend = round(FULL_SCORE_MILLI / 2 * (second - first))
