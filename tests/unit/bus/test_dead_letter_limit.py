"""The limit that stops a service instead of draining its topic into the dead letters."""

import pytest

from warmline.bus.dead_letters import DeadLetterLimit, DeadLetterLimitError


def test_the_limit_needs_a_full_window() -> None:
    limit = DeadLetterLimit(0.5, 100)
    for _ in range(9):
        limit.check(10, 10)
    with pytest.raises(DeadLetterLimitError, match="100 of the last 100"):
        limit.check(10, 10)


def test_a_share_below_the_limit_never_stops() -> None:
    limit = DeadLetterLimit(0.5, 100)
    for _ in range(1_000):
        limit.check(10, 5)


def test_old_records_leave_the_window() -> None:
    limit = DeadLetterLimit(0.5, 100)
    limit.check(60, 50)
    for _ in range(10):
        limit.check(100, 0)
    limit.check(50, 50)


def test_what_came_before_a_full_window_of_newer_records_dilutes_no_share() -> None:
    limit = DeadLetterLimit(0.5, 100)
    limit.check(50, 0)
    limit.check(50, 30)
    with pytest.raises(DeadLetterLimitError, match="60 of the last 100"):
        limit.check(50, 30)


def test_one_huge_batch_is_judged_at_once() -> None:
    with pytest.raises(DeadLetterLimitError):
        DeadLetterLimit(0.5, 100).check(1_000, 501)
