"""Selectors and the few shapes of query that the dashboards share."""

from dataclasses import dataclass

PLACE = 'job=~"$job", instance=~"$instance"'
SERVICE = 'service=~"$service"'
LATE_S = 0.5
"""The objective of deploy/prometheus/rules/slo.yaml: what a turn causes is acknowledged within this, seconds."""


@dataclass(frozen=True)
class Query:
    """One query of a panel.

    Attributes:
        expr: PromQL.
        legend: Name of each series; `{{label}}` stands for a label's value.
        now: Whether one value as of now is asked for, and not a course.
    """

    expr: str
    legend: str
    now: bool = False


def here(metric: str, *matchers: str) -> str:
    """Return a selector within the chosen jobs and instances."""
    return f"{metric}{{{', '.join((PLACE, *matchers))}}}"


def of_service(metric: str, *matchers: str) -> str:
    """Return a selector within the chosen services too."""
    return here(metric, SERVICE, *matchers)


def rate(selector: str, by: str = "") -> str:
    """Return a counter's rate per second, summed up by labels."""
    return f"{summed(by)} (rate({selector}[$__rate_interval]))"


def grown(selector: str, by: str = "") -> str:
    """Return by how much a counter grew within the time that is looked at."""
    return f"{summed(by)} (increase({selector}[$__range]))"


def per_minute(selector: str, by: str = "") -> str:
    """Return a counter's rate per minute: of what happens too seldom to be counted by the second."""
    return f"60 * {rate(selector, by)}"


def share(part: str, whole: str) -> str:
    """Return a part of a whole, 0 where there is none of it yet; nothing while the whole is nothing."""
    return f"({or_zero(part)}) / ({whole} > 0)"


def shares(parts: str, whole: str) -> str:
    """Return each of several parts of one whole; nothing while the whole is nothing."""
    return f"{parts} / on () group_left () ({whole} > 0)"


def or_zero(expr: str) -> str:
    """Return 0 where a series is missing because nothing has happened yet."""
    return f"{expr} or vector(0)"


def quantile(of: float, buckets: str, by: str = "") -> str:
    """Return a quantile of a histogram's recent values."""
    return f"histogram_quantile({of}, {rate(buckets, f'{by}, le' if by else 'le')})"


def summed(by: str) -> str:
    """Return the aggregation that keeps some labels."""
    return f"sum by ({by})" if by else "sum"
