"""A comparison as a table to read in a terminal."""

from collections import Counter
from collections.abc import Sequence

from warmline.backtest.compare import Change

HEADINGS = ("change", "conversation", "rule", "severity", "opens")
MS = 1000


def table_of(changes: Sequence[Change]) -> list[str]:
    """Return the lines of a table, and a line that counts the changes."""
    if not changes:
        return ["both policies give the same alerts"]
    rows = [HEADINGS, *(_row(change) for change in changes)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    counts = Counter(change.kind for change in changes)
    return [*lines, "", ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))]


def _row(change: Change) -> tuple[str, ...]:
    severities = [severity for severity in (change.severity_before, change.severity_after) if severity is not None]
    severity = " to ".join(dict.fromkeys(severities))
    return change.kind, change.conversation_id, change.rule, severity, _opens(change)


def _opens(change: Change) -> str:
    if change.moved_ms is None or change.moved_turns is None:
        return ""
    if not change.moved_ms and not change.moved_turns:
        return "at the same turn"
    when = "later" if change.moved_ms > 0 else "earlier"
    return f"{abs(change.moved_ms) / MS:.1f} s, {abs(change.moved_turns)} turns {when}"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
