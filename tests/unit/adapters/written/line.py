"""What people say, drawn first: every payload is written around such lines."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

Payload = dict[str, Any]
START_MS = 1_760_000_000_000
DAY_MS = 86_400_000
ZONES = (None, "Z", "+00:00", "+02:00", "-05:30", "+0530", "-03")


@dataclass(frozen=True)
class Line:
    """Something somebody says.

    Attributes:
        who: customer, agent, bot, supervisor or system.
        text: The words; blank is no turn.
        at: ms after the start.
        id: The vendor's id; several lines may have the same.
        final: Whether it is more than a partial result.
        zone: How its time is written.
        digits: Digits of its fraction of a second.
        odd: A number for further choices of a writer.
    """

    who: str
    text: str
    at: int
    id: str
    final: bool
    zone: str | None
    digits: int
    odd: int

    @property
    def counts(self) -> bool:
        """Whether it has to become a turn."""
        return self.final and bool(self.text.strip())

    @property
    def ms(self) -> int:
        """When it was said, ms UTC."""
        return START_MS + self.at

    def written(self, *, zoned: bool = False) -> str:
        """Return its time in ISO 8601, in its zone and with its digits."""
        name = "Z" if self.zone is None and zoned else self.zone
        sign, digits = (name or "Z")[0], (name or "")[1:].replace(":", "").ljust(4, "0")
        span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:])) if sign in "+-" else timedelta()
        there = datetime.fromtimestamp(self.ms // 1000, UTC).astimezone(timezone(-span if sign == "-" else span))
        ms = f"{self.ms % 1000:03d}"
        part = (ms + "987654")[: self.digits] if self.digits >= 3 else ms if ms.rstrip("0") else ""
        return f"{there:%Y-%m-%dT%H:%M:%S}{'.' + part if part else ''}{name or ''}"


words = st.one_of(
    st.sampled_from(
        [
            "Hello.",
            "Grüße & 100 % = «über» +1",
            "[PII]",
            "{{NAME}}",
            "日本語です",
            "🙂🙂",
            "null",
            "0",
            "a=b&c=d",
            '"quoted"',
        ]
    ),
    st.text(min_size=1, max_size=40),
    st.sampled_from(["", " ", "\n\t", "\u00a0", "\u3000"]),
)


def lines(*who: str, partials: bool = True, unique: bool = False) -> st.SearchStrategy[list[Line]]:
    """Return what may be said by some roles, ids repeated unless told."""
    line = st.builds(
        Line,
        who=st.sampled_from(who),
        text=words,
        at=st.integers(0, DAY_MS),
        id=st.uuids().map(str) if unique else st.sampled_from(["1", "a", "same", "x-9", "7f" * 16]),
        final=st.sampled_from([True, True, False]) if partials else st.just(value=True),
        zone=st.sampled_from(ZONES),
        digits=st.sampled_from([0, 3, 6, 9]),
        odd=st.integers(0, 5),
    )
    return st.lists(line, max_size=6)


CA, CAB = ("customer", "agent"), ("customer", "agent", "bot")
Formats = dict[str, tuple[str, Callable[[list[Line]], Any], st.SearchStrategy[list[Line]]]]
"""By name: the vendor, the writer, and what may be said. Where each line is a delivery of its own, ids are its own."""
