"""Small marks: a mood as a bar and as a sparkline, a strain as a gauge, times and shares as words."""

from collections.abc import Iterable, Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
BAR_HALF = 5
GAUGE = 10
LOW, HIGH = -0.25, 0.25


def sparkline(moods: Iterable[float]) -> str:
    """Return moods, -1..1, as a line of blocks."""
    top = len(BLOCKS) - 1
    return "".join(BLOCKS[min(top, max(0, round((mood + 1) / 2 * top)))] for mood in moods)


def mood_bar(mood: float | None) -> str:
    """Return a mood, -1..1, as a bar that grows from the middle: to the left where it is bad."""
    if mood is None:
        return " " * BAR_HALF + "·" + " " * BAR_HALF
    length = min(BAR_HALF, round(abs(mood) * BAR_HALF))
    left = "█" * length if mood < 0 else ""
    right = "█" * length if mood > 0 else ""
    return f"{left:>{BAR_HALF}}│{right:<{BAR_HALF}}"


def mood_colour(mood: float | None) -> str:
    """Return the colour of a mood."""
    if mood is None:
        return "dim"
    if mood <= LOW:
        return "red"
    return "green" if mood >= HIGH else "yellow"


def gauge(strain: int) -> str:
    """Return a strain, 0..100, as a gauge."""
    full = min(GAUGE, round(strain / 100 * GAUGE))
    return "█" * full + "░" * (GAUGE - full)


def percentile(values: Sequence[int], share: float) -> int | None:
    """Return the smallest value that at least this share (0..1) of the values do not exceed; None of none."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 1000) // 1000) - 1)]


def latency(values: Sequence[int]) -> str:
    """Return p50 and p99 of latencies in ms, as words."""
    middle, worst = percentile(values, 0.5), percentile(values, 0.99)
    return "-" if middle is None or worst is None else f"p50 {middle} ms, p99 {worst} ms"


def turns(evidence: Sequence[str], most: int = 4) -> str:
    """Return turn ids, the newest ones where there are many."""
    shown = ", ".join(evidence[-most:])
    return f"… {shown}" if len(evidence) > most else shown or "-"
