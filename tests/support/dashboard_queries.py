"""Asks Prometheus what a dashboard asks, in Grafana's place: with its variables filled in and everything chosen."""

import math
import re
from dataclasses import dataclass
from typing import Any

from tests.support.prometheus_server import PrometheusServer

Series = tuple[dict[str, str], list[tuple[float, float]]]
"""Labels, and time (Unix seconds) with value."""

EVERYTHING = ".+"
CHOSEN = re.compile(r"\$(job|instance|service|team)\b")
LEGEND_LABEL = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True)
class Look:
    """What somebody looks at.

    Attributes:
        since_s: From when, Unix seconds.
        until_s: Until when.
        step_s: Distance of the points of a course, seconds.
        rate_interval_s: What Grafana puts for `$__rate_interval`: four scrapes at least.
    """

    since_s: float
    until_s: float
    step_s: float
    rate_interval_s: int

    def filled(self, expr: str) -> str:
        """Return a query as Grafana sends it."""
        span_s = math.ceil(self.until_s - self.since_s)
        expr = expr.replace("$__rate_interval", f"{self.rate_interval_s}s").replace("$__range", f"{span_s}s")
        return CHOSEN.sub(EVERYTHING, expr)

    def ask(self, prometheus: PrometheusServer, target: dict[str, Any]) -> list[Series]:
        """Return the series of one query of a panel."""
        expr = self.filled(target["expr"])
        if target["instant"]:
            found = [(each["metric"], [each["value"]]) for each in prometheus.query(expr)]
        else:
            answer = prometheus.query_range(expr, self.since_s, self.until_s, self.step_s)
            found = [(each["metric"], each["values"]) for each in answer]
        return [(labels, [(float(at), float(value)) for at, value in values]) for labels, values in found]


def legend(target: dict[str, Any], labels: dict[str, str]) -> str:
    """Return how Grafana names a series."""
    return LEGEND_LABEL.sub(lambda found: labels.get(found[1], ""), target["legendFormat"]).strip()
