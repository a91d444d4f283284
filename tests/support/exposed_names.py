"""What the services expose, by the list of metrics: for tests of whatever asks Prometheus."""

from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.utils import floatToGoString

from warmline.telemetry.metrics import Metrics


def exposed_names() -> dict[str, tuple[set[str], set[str]]]:
    """Return every name that a service exposes, with its own labels and, of a histogram, its bounds."""
    registry = CollectorRegistry()
    names: dict[str, tuple[set[str], set[str]]] = {}
    metric: Any
    for metric in vars(Metrics(registry)).values():
        if metric is registry:
            continue
        family = next(iter(metric.describe()))
        labels = set(metric._labelnames)
        if family.type == "histogram":
            bounds = {floatToGoString(bound) for bound in [*metric._kwargs.get("buckets", ()), float("inf")]}
            names[f"{family.name}_bucket"] = (labels | {"le"}, bounds)
            names |= {f"{family.name}_{part}": (labels, set()) for part in ("sum", "count")}
        else:
            names[f"{family.name}_total" if family.type == "counter" else family.name] = (labels, set())
    return names
