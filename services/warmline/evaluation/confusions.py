"""The worst confusions, in words: which label was missed, and what was heard in its place."""

from collections import Counter

import numpy as np

from warmline.evaluation.tables import Table

FEW = 10
"""Labels of fewer texts are not listed: their worst confusion is chance."""


def confusions(name: str, table: Table, most: int) -> list[str]:
    """Return the most frequent confusions of one head, as sentences, the most costly label first."""
    lines: list[tuple[float, str]] = []
    for column, label in enumerate(table.labels):
        right, given = table.right[:, column], table.given[:, column]
        support = int(right.sum())
        if support < FEW:
            continue
        missed, wrong = right & ~given, given & ~right
        if missed.sum() >= wrong.sum():
            instead = _named(table, table.given[missed] & ~table.right[missed])
            share = float(missed.sum() / support)
            lines.append((share, f"{name}: {label} was missed in {int(missed.sum())} of {support} texts{instead}"))
        else:
            truly = _named(table, table.right[wrong], " where the right label was ")
            share = float(wrong.sum() / max(int(given.sum()), 1))
            lines.append(
                (share, f"{name}: {label} was heard wrongly in {int(wrong.sum())} of {int(given.sum())}{truly}")
            )
    return [line for _, line in sorted(lines, reverse=True)[:most]]


def _named(table: Table, marks: np.ndarray, lead: str = ", and heard as ") -> str:
    counts = Counter({label: int(marks[:, n].sum()) for n, label in enumerate(table.labels)})
    common = [f"{label} ({count})" for label, count in counts.most_common(2) if count]
    return lead + " or ".join(common) if common else ", with nothing in its place" if lead.startswith(",") else ""
