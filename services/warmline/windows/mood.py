"""The customer's mood: over the last turns, over the last minutes, and where it is going. All in whole thousandths.

mood            weighted mean of the last `mood_turns` valences; a turn k turns old weighs 2 ** (-k / half-life)
mood over time  weighted mean of the valences of the last `mood_minutes`; a turn of age a weighs 1 - a / span, so that
                it leaves without a jump (a triangular kernel)
trend           median of the newer half of the last `trend_turns` valences less median of the older half; with an odd
                number the middle one belongs to neither. One odd turn does not move a median of three.
"""

from bisect import bisect_right
from operator import mul

from warmline.windows.rules import Rules
from warmline.windows.state import MAX_POINTS, Fold


def keep_point(fold: Fold, at: int, valence: int, rules: Rules) -> None:
    """Add a customer turn, and let go of what neither the last turns nor the last minutes need."""
    times, valences = fold.times, fold.valences
    after = at - fold.started_at
    times.append(after)
    valences.append(valence)
    if len(times) > rules.keep_points:
        edge = after - rules.mood_span
        drop = 0
        most = len(times) - rules.keep_points
        while drop < most and times[drop] <= edge:
            drop += 1
        drop = max(drop, len(times) - MAX_POINTS)
        if drop:
            del times[:drop], valences[:drop]


def mood_of(valences: list[int], rules: Rules) -> int:
    """Return the mood over the last turns; there is at least one."""
    weights = rules.mood_weights
    have, want = len(valences), len(weights)
    if have >= want:
        return round_div(sum(map(mul, weights, valences[have - want :])), rules.mood_weight_sums[want])
    return round_div(sum(map(mul, weights[want - have :], valences)), rules.mood_weight_sums[have])


def mood_over_time(fold: Fold, as_of: int, rules: Rules) -> int | None:
    """Return the mood over the last minutes before a time; None where no turn falls in them."""
    times, valences = fold.times, fold.valences
    edge = as_of - fold.started_at - rules.mood_span
    if not times or times[-1] <= edge:
        return None
    if times[0] <= edge:
        first = bisect_right(times, edge)
        times, valences = times[first:], valences[first:]
    total = sum(times) - edge * len(times)
    return round_div(sum(map(mul, times, valences)) - edge * sum(valences), total)


def trend_of(valences: list[int], rules: Rules) -> int:
    """Return the trend: -2 falling fast, -1 falling, 0 steady, 1 rising, 2 rising fast."""
    have = min(len(valences), rules.trend_turns)
    if have < rules.trend_min_turns:
        return 0
    half = have >> 1
    size = len(valences)
    step = _median(valences[size - half :]) - _median(valences[size - have : size - have + half])
    if -rules.trend_step < step < rules.trend_step:
        return 0
    if step > 0:
        return 2 if step >= rules.trend_fast_step else 1
    return -2 if step <= -rules.trend_fast_step else -1


def round_div(numerator: int, denominator: int) -> int:
    """Return the quotient rounded to the nearest whole number, halves away from 0; the denominator is above 0."""
    if numerator < 0:
        return -((-2 * numerator + denominator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def _median(values: list[int]) -> int:
    """Return the median; of an even number the mean of the middle two, cut towards the lower."""
    ordered = sorted(values)
    middle = len(ordered) >> 1
    return ordered[middle] if len(ordered) & 1 else (ordered[middle - 1] + ordered[middle]) // 2
