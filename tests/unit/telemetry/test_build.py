"""What runs here, in the metrics."""

from importlib.metadata import version

from prometheus_client import CollectorRegistry

from warmline.telemetry.build import tell_build
from warmline.telemetry.metrics import Metrics


def test_what_runs_here_is_one_series_also_when_the_model_is_known_later():
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    tell_build(metrics, "scoring", "abc123")
    tell_build(metrics, "scoring", "abc123", "warmline-1")
    (family,) = [family for family in registry.collect() if family.name == "warmline_build_info"]
    (sample,) = family.samples
    labels = {"service": "scoring", "version": version("warmline"), "revision": "abc123", "model": "warmline-1"}
    assert (sample.labels, sample.value) == (labels, 1)
