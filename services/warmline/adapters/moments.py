"""Vendors' ways to write a time, to milliseconds UTC. Integers throughout: a float loses what nanoseconds say."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from warmline.adapters.nodes import Node
from warmline.contracts.turn import LATEST_MS

MS_OF_UNIT = {"s": 1_000.0, "ms": 1.0, "us": 1e-3, "ns": 1e-6, "ticks": 1e-4}
"""Milliseconds in one unit; ticks are the 100 ns of .NET."""

OLDEST_EPOCH_MS = 100_000_000_000
"""March 1973. Below it a number of milliseconds that may be either is an offset: three years of one call."""

LONGEST_TIME = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[Tt ](?P<time>\d\d:\d\d(:\d\d)?)([.,](?P<part>\d{1,12}))?\s*"
    r"(?P<zone>[Zz]|UTC|[+-]\d\d(:?\d\d)?)?"
)


def utc_ms(text: object) -> int | None:
    """Return an ISO 8601 time as ms UTC, cut to the millisecond; without a zone it is taken as UTC. Else None."""
    found = _ISO.fullmatch(text.strip()) if isinstance(text, str) and len(text) < LONGEST_TIME else None
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(f"{found['date']}T{found['time']}").replace(tzinfo=_zone(found["zone"]))
        seconds = (moment - _EPOCH) // timedelta(seconds=1)
    except (ValueError, OverflowError):
        return None
    return in_range(seconds * 1_000 + int((found["part"] or "0").ljust(3, "0")[:3]))


def mail_ms(text: object) -> int | None:
    """Return a time as mail headers write it (`Wed, 01 Oct 2025 10:00:00 +0000`) as ms UTC; else None."""
    if not isinstance(text, str) or len(text) >= LONGEST_TIME:
        return None
    try:
        moment = parsedate_to_datetime(text)
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return in_range((moment - _EPOCH) // timedelta(milliseconds=1))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def in_range(ms: int | None) -> int | None:
    """Return a time that the contract can carry, else None."""
    return ms if ms is not None and 0 <= ms <= LATEST_MS else None


def moment_ms(node: Node, unit: str = "ms") -> int | None:
    """Return a time that is ISO 8601 or a count of a unit since 1970 UTC, as ms UTC; else None."""
    written = utc_ms(node.value)
    if written is not None:
        return written
    number = node.number()
    if number is None or abs(number) > 1e21:
        return None
    if isinstance(number, int):  # exactly, where a float would round
        per_ms = round(1 / MS_OF_UNIT[unit]) if MS_OF_UNIT[unit] < 1 else 0
        return in_range(number // per_ms if per_ms else number * round(MS_OF_UNIT[unit]))
    return in_range(round(number * MS_OF_UNIT[unit]))


def span_ms(node: Node, unit: str = "s") -> int | None:
    """Return a length or an offset, a number of a unit or a string such as `1.200s`, as ms; else None."""
    value = node.value
    if isinstance(value, str) and value.endswith("s"):
        node = Node(value[:-1], node.path)
        unit = "s"
    number = node.number()
    if number is None or not 0 <= number <= LATEST_MS:
        return None
    return in_range(round(number * MS_OF_UNIT[unit]))


def added(start: int | None, offset: int | None) -> int | None:
    """Return start + offset where both are known and the sum can be carried, else None."""
    return None if start is None or offset is None else in_range(start + offset)


def _zone(name: str | None) -> timezone:
    if name is None or name.upper() in {"Z", "UTC"}:
        return UTC
    digits = name[1:].replace(":", "").ljust(4, "0")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-span if name[0] == "-" else span)
