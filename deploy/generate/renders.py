"""The chart's golden renders: each folder of helm/warmline/examples has values.yaml and what it renders to."""

import subprocess
from pathlib import Path

from tests.parts.go_tools import find_tool

RELEASE, NAMESPACE = "warmline", "warmline"


def renders(root: Path) -> dict[Path, str]:
    """Return each example's `rendered.yaml`; nothing where Helm is not installed."""
    helm = find_tool("helm")
    if helm is None:
        return {}
    chart = root / "helm" / "warmline"
    return {
        values.with_name("rendered.yaml"): render(helm, chart, values)
        for values in sorted((chart / "examples").glob("*/values.yaml"))
    }


def render(helm: Path, chart: Path, values: Path) -> str:
    """Return what `helm template` says, for the oldest Kubernetes that the chart supports."""
    command = [
        helm,
        "template",
        RELEASE,
        chart,
        "--namespace",
        NAMESPACE,
        "--values",
        values,
        "--kube-version",
        "1.27.0",
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
