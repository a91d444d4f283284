"""Refuses what is dated in the future: one wrong clock would move the time of everybody else, or hold for ever."""

from warmline.bus.record import BadRecordError

MS = 1000


def refuse_future(event_ms: int, now_ms: int, tolerance_s: int) -> None:
    """Refuse an event from the future.

    Args:
        event_ms: When it says it was, ms UTC.
        now_ms: Wall clock, ms UTC.
        tolerance_s: How much further ahead it may be, seconds: the policy's `scoring.future_tolerance_s`.

    Raises:
        BadRecordError: It is further ahead.
    """
    ahead_ms = event_ms - now_ms
    if ahead_ms > tolerance_s * MS:
        raise BadRecordError("future_time", f"dated {ahead_ms // MS} s ahead; the policy tolerates {tolerance_s} s")
