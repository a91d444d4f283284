"""When a key is due that was overdue already when records of it came."""

GOES_ON_MS = 30_000
"""So much further the time of all others has to come before it makes due what was overdue when a record came. A file of
yesterday's turns that is posted beside today's comes in many batches: what the others' time makes due in between is due
only because the rest is not read yet. Half a minute is more than scoring lets pass between two turns of a call."""


def due_after_records(due_ms: int | None, reached_ms: int | None) -> int | None:
    """Return when a key that records have just come of is due, ms UTC; None for never.

    Args:
        due_ms: When it is due by its own state.
        reached_ms: How far everybody's time had come before the records; None where that is not known.
    """
    if due_ms is None or reached_ms is None or due_ms > reached_ms:
        return due_ms
    return reached_ms + GOES_ON_MS
