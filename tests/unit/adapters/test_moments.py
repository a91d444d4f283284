"""Times: ISO 8601 as vendors write it, epochs of every unit, spans."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from warmline.adapters.moments import moment_ms, span_ms, utc_ms
from warmline.adapters.nodes import Node
from warmline.contracts.turn import LATEST_MS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2025-02-19T16:15:50-05:00", 1_739_999_750_000),
        ("2025-02-19T21:15:50.1239999Z", 1_739_999_750_123),
        ("2025-02-19T21:15:50.123456789Z", 1_739_999_750_123),
        ("2025-02-19 21:15:50.5", 1_739_999_750_500),
        ("2025-02-19T21:15:50+0000", 1_739_999_750_000),
        ("2025-02-20T02:45:50+05:30", 1_739_999_750_000),
        ("2025-02-19T21:15:50,25 UTC", 1_739_999_750_250),
        ("2025-02-19T21:15Z", 1_739_999_700_000),
    ],
)
def test_written_times_are_read(text, expected):
    assert utc_ms(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "some_time", "NOT-A-DATE", "2025-13-01T00:00:00Z", "2025-02-30T00:00:00Z", "1969-12-31T23:59:59Z",
     "2025-01-01",
     "2025-01-01T25:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
     "2025-01-01T00:00:00+99:00", 5, None],
)  # fmt: skip
def test_what_is_no_time_is_none(text):
    assert utc_ms(text) is None


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(9998, 1, 1)),  # noqa: DTZ001 # the zone is drawn beside it
    st.integers(-14 * 60, 14 * 60),
)
def test_any_time_in_any_zone_is_the_same_moment(moment, minutes):
    zoned = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    expected = (zoned - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert utc_ms(zoned.isoformat()) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (1_740_823_200_123, "ms", 1_740_823_200_123),
        ("1740823200123", "ms", 1_740_823_200_123),
        (1_740_823_200, "s", 1_740_823_200_000),
        (1_740_823_200.25, "s", 1_740_823_200_250),
        (1_740_823_200_123_999, "us", 1_740_823_200_123),
        ("1740823200123999999", "ns", 1_740_823_200_123),
        (309_058_340, "ticks", 30_905),
        (-1, "ms", None),
        (True, "ms", None),
        (10**30, "ms", None),
        (LATEST_MS + 1, "ms", None),
        ("1e999", "ms", None),
        ("1" * 5000, "ms", None),
        ({}, "ms", None),
    ],
)
def test_epochs_are_read_exactly(value, unit, expected):
    assert moment_ms(Node(value), unit) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("1.200s", "ms", 1200),
        (1.5, "s", 1500),
        ("2.25", "s", 2250),
        (7, "ms", 7),
        (-1, "s", None),
        ("xs", "s", None),
        (10**20, "s", None),
        (None, "s", None),
    ],
)
def test_spans_are_read(value, unit, expected):
    assert span_ms(Node(value), unit) == expected
