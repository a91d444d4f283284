"""Lays a dashboard's panels out as its JSON places them, and writes the picture small."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from PIL import Image

from docs.dashboards.looks import CARD, EDGE, FAINT, INK, PAGE
from docs.dashboards.panels import Series, draw

mpl.use("Agg")
from matplotlib import pyplot as plt  # after the choice of what draws
from matplotlib.patches import FancyBboxPatch

COLUMNS = 24
WIDTH_IN, ROW_IN, HEAD_IN, DPI = 15.0, 0.335, 0.62, 92
TALLEST_ROWS = 60
"""Rows of the grid in one picture; a longer dashboard is told in several."""

COLOURS = 200
LETTERS_PER_COLUMN = 6.9
"""Of a legend, at its size."""


def parts_of(board: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """Yield the panels of each picture; a new one begins only with a heading."""
    part: list[dict[str, Any]] = []
    rows: list[list[dict[str, Any]]] = [[]]
    for panel in board["panels"]:
        if panel["type"] == "row":
            rows.append([])
        rows[-1].append(panel)
    for group in rows:
        if part and _bottom([*part, *group]) - part[0]["gridPos"]["y"] > TALLEST_ROWS:
            yield part
            part = []
        part = [*part, *group]
    yield part


def picture(path: Path, title: str, part: Sequence[dict[str, Any]], answers: dict[int, list[Series]]) -> None:
    """Draw some panels, and write the file."""
    top = min(panel["gridPos"]["y"] for panel in part)
    height_in = (_bottom(part) - top) * ROW_IN + HEAD_IN
    figure = plt.figure(figsize=(WIDTH_IN, height_in), dpi=DPI, facecolor=PAGE)
    figure.text(0.008, 1 - 0.3 / height_in, title, fontsize=14, color=INK, weight="bold", va="center")
    drawn = "drawn outside Grafana from a real Prometheus; time since the replay began"
    figure.text(0.992, 1 - 0.3 / height_in, drawn, fontsize=9, color=FAINT, va="center", ha="right")
    for panel in part:
        _place(figure, panel, top, height_in, answers.get(panel["id"], []))
    figure.savefig(path, facecolor=PAGE)
    plt.close(figure)
    with Image.open(path) as full:
        small = full.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def _place(figure: Any, panel: dict[str, Any], top: int, height_in: float, series: list[Series]) -> None:
    grid = panel["gridPos"]
    left, width = grid["x"] / COLUMNS, grid["w"] / COLUMNS
    up = 1 - (HEAD_IN + (grid["y"] - top) * ROW_IN) / height_in
    high = grid["h"] * ROW_IN / height_in
    if panel["type"] == "row":
        figure.text(left + 0.008, up - high / 2, panel["title"], fontsize=11.5, color=INK, weight="bold", va="center")
        return
    inch = 1 / height_in
    card = FancyBboxPatch(
        (left + 0.003, up - high + 0.03 * inch), width - 0.006, high - 0.06 * inch,
        boxstyle="square,pad=0", facecolor=CARD, edgecolor=EDGE, linewidth=0.8, transform=figure.transFigure, zorder=-5,
    )  # fmt: skip
    figure.add_artist(card)
    figure.text(left + 0.009, up - 0.2 * inch, panel["title"], fontsize=9.5, color=INK, weight="bold", va="center")
    if panel["type"] == "stat":
        draw(figure.add_axes((left + 0.01, up - high + 0.1 * inch, width - 0.02, high - 0.5 * inch)), panel, series)
        return
    margin = {"timeseries": 0.045, "heatmap": 0.04, "bargauge": 0.105}[panel["type"]]
    lines = _legend_lines(panel, series, grid["w"])
    foot = (0.14 + 0.165 * len(lines) + (0.2 if panel["type"] != "bargauge" else 0)) * inch
    box = (left + margin, up - high + foot, width - margin - 0.012, high - foot - 0.42 * inch)
    legend = dict(draw(figure.add_axes(box), panel, series))
    for number, line in enumerate(lines):
        at = left + 0.012
        for name in line:
            y = up - high + (0.14 + 0.165 * (len(lines) - 1 - number)) * inch
            figure.text(at, y, "■", fontsize=8, color=legend.get(name, FAINT), va="center")
            figure.text(at + 0.009, y, name, fontsize=7.5, color=INK, va="center")
            at += 0.019 + len(name) / (COLUMNS * LETTERS_PER_COLUMN)


def _legend_lines(panel: dict[str, Any], series: list[Series], width: int) -> list[list[str]]:
    if panel["type"] != "timeseries":
        return []
    # The names that will be shown are known only by drawing: it sorts by the peak.
    probe = plt.figure()
    names = [name for name, _ in draw(probe.add_subplot(), panel, series)]
    plt.close(probe)
    lines: list[list[str]] = [[]]
    room = width * LETTERS_PER_COLUMN
    used = 0.0
    for name in names:
        wants = len(name) + 3.3
        if lines[-1] and used + wants > room:
            lines.append([])
            used = 0.0
        lines[-1].append(name)
        used += wants
    return lines


def _bottom(part: Sequence[dict[str, Any]]) -> int:
    return max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in part)
