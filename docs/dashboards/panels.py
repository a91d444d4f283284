"""Draws one panel of a dashboard from the answers to its queries, by the panel's own JSON."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from docs.dashboards.looks import CLASSIC, FAINT, INK, at_steps, colour_of, written

Series = tuple[str, list[tuple[float, float]]]
"""Name, and seconds since the beginning with value."""

MOST = 9
"""Series that a picture shows of a panel; more cannot be told apart in it."""

WELL_IN_SIGHT = 3.0
"""A threshold so many times above the highest value is still drawn."""


def draw(axes: Axes, panel: dict[str, Any], series: Sequence[Series]) -> list[tuple[str, str]]:
    """Draw a panel; return what its legend says, each name with its colour."""
    return {"timeseries": _course, "stat": _figure, "bargauge": _bars, "heatmap": _heat}[panel["type"]](
        axes, panel, series
    )


def _unit(panel: dict[str, Any]) -> str:
    return str(panel["fieldConfig"]["defaults"]["unit"])


def _course(axes: Axes, panel: dict[str, Any], series: Sequence[Series]) -> list[tuple[str, str]]:
    defaults = panel["fieldConfig"]["defaults"]
    stacked = (defaults["custom"].get("stacking") or {}).get("mode") == "normal"
    shown = sorted(series, key=lambda each: -_peak(each))[:MOST]
    shown.sort(key=lambda each: each[0])
    own = _overridden(panel)
    colours = [own.get(name, CLASSIC[place % len(CLASSIC)]) for place, (name, _) in enumerate(shown)]
    if stacked and shown:
        times = sorted({at for _, values in shown for at, _ in values})
        rows = [[_finite(dict(values).get(at, 0.0)) for at in times] for _, values in shown]
        axes.stackplot(times, rows, colors=colours, alpha=0.75, linewidth=0)
        top = max((sum(column) for column in zip(*rows, strict=True)), default=0)
    else:
        for (_, values), colour in zip(shown, colours, strict=True):
            axes.plot(*zip(*values, strict=True), color=colour, linewidth=1.3)
            axes.fill_between(*zip(*values, strict=True), color=colour, alpha=0.06, linewidth=0)
        top = max((_peak(each) for each in shown), default=0)
    _limits(axes, panel, top)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    unit = _unit(panel)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: written(value, unit)))
    axes.grid(axis="y", color="#e8e9eb", linewidth=0.8)
    _clock(axes)
    left_out = len(series) - len(shown)
    more = [(f"and {left_out} more", FAINT)] if left_out else []
    return [*zip((name for name, _ in shown), colours, strict=True), *more]


def _limits(axes: Axes, panel: dict[str, Any], top: float) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    steps = [step for step in (defaults.get("thresholds") or {}).get("steps", ()) if step["value"] is not None]
    least, most = defaults.get("min"), defaults.get("max")
    for step in steps:
        if most is not None or step["value"] <= max(top, 1e-9) * WELL_IN_SIGHT:
            axes.axhline(step["value"], color=colour_of(step["color"]), linestyle=(0, (4, 3)), linewidth=1.1)
            top = max(top, step["value"])
    upper = most if most is not None else (top * 1.12 or 1)
    axes.set_ylim(0 if least is None else least, upper)


def _figure(axes: Axes, panel: dict[str, Any], series: Sequence[Series]) -> list[tuple[str, str]]:
    axes.set_axis_off()
    decimals = panel["fieldConfig"]["defaults"].get("decimals")
    told = [(name, values[-1][1]) for name, values in series if math.isfinite(values[-1][1])]
    if not told:
        axes.text(0.5, 0.5, panel["fieldConfig"]["defaults"].get("noValue", "none yet"), color=FAINT, ha="center")
        return []
    if len(told) == 1 and "{{" not in panel["targets"][0]["legendFormat"]:
        value = told[0][1]
        text = written(value, _unit(panel), decimals)
        axes.text(0.5, 0.45, text, color=at_steps(panel, value), fontsize=23, ha="center", va="center", weight="bold")
        return []
    for place, (name, value) in enumerate(told[:2]):
        height = 1 / min(len(told), 2)
        at = 1 - place * height
        axes.text(0.5, at - 0.3 * height, _folded(name), color=INK, fontsize=7.5, ha="center", va="center")
        text = written(value, _unit(panel))
        axes.text(0.5, at - 0.95 * height, text, color=at_steps(panel, value), fontsize=14, ha="center", weight="bold")
    return []


def _bars(axes: Axes, panel: dict[str, Any], series: Sequence[Series]) -> list[tuple[str, str]]:
    told = sorted(
        ((name, values[-1][1]) for name, values in series if math.isfinite(values[-1][1])), key=lambda x: x[1]
    )
    told = told[-MOST:]
    own = _overridden(panel)
    decimals = panel["fieldConfig"]["defaults"].get("decimals")
    most = panel["fieldConfig"]["defaults"].get("max") or max((value for _, value in told), default=1) or 1
    for place, (name, value) in enumerate(told):
        colour = own.get(name, at_steps(panel, value))
        axes.barh(place, most, color="#eeeff1", height=0.62)
        axes.barh(place, value, color=colour, height=0.62)
        axes.text(most * 1.02, place, written(value, _unit(panel), decimals), va="center", fontsize=8, color=INK)
    axes.set_yticks(range(len(told)), [name.replace("_", " ") for name, _ in told], fontsize=8)
    axes.set_xlim(0, most * 1.18)
    axes.set_ylim(len(told) - max(len(told), 4) - 0.6, len(told) - 0.4)  # few bars stand at the top
    axes.set_xticks([])
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(length=0)
    return []


def _heat(axes: Axes, _panel: dict[str, Any], series: Sequence[Series]) -> list[tuple[str, str]]:
    if not series:
        axes.set_axis_off()
        return []
    ordered = sorted(series, key=lambda each: float(each[0].replace("+Inf", "inf")))
    times = sorted({at for _, values in ordered for at, _ in values})
    cumulative = [[_finite(dict(values).get(at, 0.0)) for at in times] for _, values in ordered]
    rows = [cumulative[0]] + [
        [max(0.0, here - below) for below, here in zip(lower, upper, strict=True)]
        for lower, upper in itertools.pairwise(cumulative)
    ]
    mesh = axes.pcolormesh(times, range(len(rows)), rows, cmap="Blues", shading="nearest", rasterized=True)
    axes.set_yticks(
        range(len(rows)), [f"≤ {name}" if "Inf" not in name else "above" for name, _ in ordered], fontsize=7
    )
    bar = axes.figure.colorbar(mesh, ax=axes, pad=0.01, fraction=0.03)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=7, length=0, colors=FAINT)
    bar.ax.set_title("/min", fontsize=7, color=FAINT)
    _clock(axes)
    return []


def _clock(axes: Axes) -> None:
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 3, 6, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{int(at) // 60}:{int(at) % 60:02d}"))
    axes.tick_params(labelsize=7.5, colors=FAINT, length=0)
    axes.margins(x=0)
    for side in axes.spines.values():
        side.set_visible(False)


def _overridden(panel: dict[str, Any]) -> dict[str, str]:
    found = {}
    for each in panel["fieldConfig"].get("overrides", ()):
        for change in each["properties"]:
            if change["id"] == "color":
                found[each["matcher"]["options"]] = colour_of(change["value"]["fixedColor"])
    return found


def _peak(series: Series) -> float:
    return max((value for _, value in series[1] if math.isfinite(value)), default=0.0)


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def _folded(text: str, width: int = 30) -> str:
    words, lines = text.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)
