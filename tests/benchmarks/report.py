"""The results as Markdown for people, and as plain values for JSON."""

from typing import Any

from tests.benchmarks.latency_job import Latency, quantile
from tests.benchmarks.speed import Speed, middle

Rows = dict[str, list[Speed]]
"""Runs by engine; ours is the first."""


def speed_table(title: str, rows: Rows, does: dict[str, str]) -> str:
    """Return one job's table."""
    ours = next(iter(rows))
    lines = [
        f"### {title}",
        "",
        f"| | turns/s | {ours} ÷ it | CPU µs/turn | runs | does |",
        "| --- | ---: | ---: | ---: | --- | --- |",
    ]
    for name, runs in rows.items():
        if not runs:
            lines.append(f"| {name} | not run | | | | {does[name]} |")
            continue
        per_s, cpu_us = middle(runs)
        ratio = f"{middle(rows[ours])[0] / per_s:.2f}" if rows[ours] and name != ours else ""
        each = ", ".join(f"{run.per_s:,.0f}" for run in runs)
        lines.append(f"| {name} | {per_s:,.0f} | {ratio} | {cpu_us:.0f} | {each} | {does[name]} |")
    return "\n".join(lines)


def latency_table(latency: Latency) -> str:
    """Return the end-to-end table."""
    lines = [
        f"### End to end, every service but the gateway, {latency.rate} turns/s",
        "",
        "| from producing a turn to receiving | p50 ms | p99 ms | count |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, values in (("its window", latency.window_ms), ("the alert it caused", latency.alert_ms)):
        if values:
            lines.append(f"| {name} | {quantile(values, 0.5):.0f} | {quantile(values, 0.99):.0f} | {len(values)} |")
        else:
            lines.append(f"| {name} | | | 0 |")
    return "\n".join(lines)


def speed_values(rows: Rows) -> dict[str, Any]:
    """Return one job's values for JSON."""
    return {
        name: {
            "turns_per_s": [round(run.per_s, 1) for run in runs],
            "cpu_us_per_turn": [round(run.cpu_us, 2) for run in runs],
            "turns": [run.turns for run in runs],
        }
        for name, runs in rows.items()
    }


def latency_values(latency: Latency) -> dict[str, Any]:
    """Return the end-to-end values for JSON."""
    return {
        "rate": latency.rate,
        "turns": latency.turns,
        **{
            name: {"count": len(values), "p50_ms": quantile(values, 0.5), "p99_ms": quantile(values, 0.99)}
            for name, values in (("window", latency.window_ms), ("alert", latency.alert_ms))
            if values
        },
    }
