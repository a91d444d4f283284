"""Colours, and how values are written with their units: near to Grafana's, so that a reader knows them again."""

import math

PAGE, CARD, EDGE, INK, FAINT = "#f4f5f5", "#ffffff", "#dcdde0", "#24292e", "#6e7681"
NAMED = {
    "green": "#56a64b",
    "yellow": "#e0b400",
    "orange": "#ff780a",
    "red": "#e02f44",
    "blue": "#3274d9",
    "transparent": INK,
}
CLASSIC = ("#56a64b", "#e0b400", "#3274d9", "#ff780a", "#e02f44", "#a352cc", "#1f9ea8", "#8f6b3d", "#7c7c7c", "#c15c9b")
PER = {"cps": "/s", "ops": "/s", "reqps": "/s", "cpm": "/min"}


def colour_of(name: str) -> str:
    """Return a colour by Grafana's name for it."""
    return NAMED.get(name, name)


def at_steps(panel: dict, value: float) -> str:
    """Return the colour that a panel's thresholds give a value."""
    steps = (panel["fieldConfig"]["defaults"].get("thresholds") or {}).get("steps") or []
    found = "blue"
    for step in steps:
        if step["value"] is None or value >= step["value"]:
            found = step["color"]
    return colour_of(found)


def written(value: float, unit: str, decimals: int | None = None) -> str:
    """Return a value with its unit, as short as it can be told apart."""
    if not math.isfinite(value):
        return "none"
    if unit == "percentunit":
        return f"{_number(value * 100, decimals)} %"
    if unit == "s":
        return _seconds(value)
    if unit == "bytes":
        return _bytes(value)
    return _number(value, decimals) + (f" {PER[unit]}" if unit in PER else "")


def _number(value: float, decimals: int | None) -> str:
    if decimals is not None:
        return f"{value:.{decimals}f}"
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _seconds(value: float) -> str:
    if abs(value) < 1e-9:
        return "0 s"
    if abs(value) < 0.001:
        return f"{value * 1e6:.3g} µs"
    if abs(value) < 1:
        return f"{value * 1e3:.3g} ms"
    return f"{value:.3g} s" if abs(value) < 60 else f"{value / 60:.3g} min"


def _bytes(value: float) -> str:
    for size, name in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if abs(value) >= size:
            return f"{value / size:.3g} {name}"
    return f"{value:.0f} B"
