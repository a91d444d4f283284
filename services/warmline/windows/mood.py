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
    fold.times_sum += after
    fold.valences_sum += valence
    fold.product_sum += after * valence
    spare = len(times) - rules.keep_points
    edge = after - rules.mood_span
    while (spare > 0 and times[0] <= edge) or len(times) > MAX_POINTS:
        spare -= 1
        oldest, its_valence = times.pop(0), valences.pop(0)
        fold.times_sum -= oldest
        fold.valences_sum -= its_valence
        fold.product_sum -= oldest * its_valence


def mood_of(valences: list[int], rules: Rules) -> int:
    """Return the mood over the last turns; there is at least one."""
    weights = rules.mood_weights
    recent = valences[-len(weights) :]
    total = rules.mood_weight_sums[len(recent)]
    if len(recent) < len(weights):
        weights = weights[-len(recent) :]
    weighted: int = sum(map(mul, weights, recent))
    return (2 * weighted + total) // (2 * total)


def mood_over_time(fold: Fold, as_of: int, rules: Rules) -> int | None:
    """Return the mood over the last minutes before a time; None where no turn falls in them."""
    times = fold.times
    edge = as_of - fold.started_at - rules.mood_span
    if not times or times[-1] <= edge:
        return None
    if times[0] > edge:
        total = fold.times_sum - edge * len(times)
        weighted = fold.product_sum - edge * fold.valences_sum
    else:
        first = bisect_right(times, edge)
        times, valences = times[first:], fold.valences[first:]
        total = sum(times) - edge * len(times)
        weighted = sum(map(mul, times, valences)) - edge * sum(valences)
    return (2 * weighted + total) // (2 * total)


def trend_of(valences: list[int], rules: Rules) -> int:
    """Return the trend: -2 falling fast, -1 falling, 0 steady, 1 rising, 2 rising fast."""
    recent = valences[-rules.trend_turns :]
    have = len(recent)
    if have < rules.trend_min_turns:
        return 0
    half = have >> 1
    middle = half >> 1
    newer, older = sorted(recent[have - half :]), sorted(recent[:half])
    twice = newer[middle] - older[middle]
    twice += newer[~middle] - older[~middle]  # an odd half has one middle, an even one two
    if twice >= 2 * rules.trend_step:
        return 2 if twice >= 2 * rules.trend_fast_step else 1
    if twice <= -2 * rules.trend_step:
        return -2 if twice <= -2 * rules.trend_fast_step else -1
    return 0


def round_div(numerator: int, denominator: int) -> int:
    """Return the quotient rounded to the nearest whole number, halves upwards; the denominator is above 0."""
    return (2 * numerator + denominator) // (2 * denominator)
