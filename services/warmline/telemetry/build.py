"""Says what runs here: the metric by which a dashboard shows a roll, and a query joins figures to a version."""

from importlib.metadata import version

from warmline.telemetry.metrics import Metrics


def tell_build(metrics: Metrics, service: str, revision: str, model: str = "") -> None:
    """Set `warmline_build_info`, in place of what was told before.

    Args:
        metrics: The list of metrics.
        service: Name of the service.
        revision: Commit that the image was built from; empty where it is not known.
        model: Name and version of the model that scores; empty where none does.
    """
    metrics.build_info.clear()
    metrics.build_info.labels(service, version("warmline"), revision, model).set(1)
