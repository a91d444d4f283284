"""kubectl and Helm, as a test on a cluster calls them."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.parts.go_tools import require_tool
from tests.parts.obtain import LackingError

CHART = Path(__file__).parents[2] / "helm" / "warmline"
TIMEOUT_S = 900
KINDS = "deploy,rs,pod,svc,cm,sa,pdb,netpol,hpa,job"


class Cluster:
    """One namespace of a cluster, in which pods must meet the level `restricted`.

    Args:
        namespace: Made by `create`.
        release: Helm's name of the installation.
    """

    def __init__(self, namespace: str, release: str) -> None:
        if not os.environ.get("KUBECONFIG"):
            raise LackingError("KUBECONFIG is not set")
        kubectl = shutil.which("kubectl")
        if kubectl is None:
            raise LackingError("kubectl is not on the path")
        self._kubectl = kubectl
        self._helm = str(require_tool("helm"))
        self.namespace = namespace
        self.release = release

    def create(self) -> None:
        self.kubectl("create", "namespace", self.namespace)
        level = "pod-security.kubernetes.io/enforce=restricted"
        self.kubectl("label", "namespace", self.namespace, level)

    def delete(self) -> None:
        self.kubectl("delete", "namespace", self.namespace, "--wait=true", "--timeout=120s")

    def kubectl(self, *arguments: str) -> str:
        return _run(self._kubectl, "--namespace", self.namespace, *arguments)

    def kubectl_with(self, given: str, *arguments: str) -> str:
        """The same, with something on its standard input."""
        return _run(self._kubectl, "--namespace", self.namespace, *arguments, given=given)

    def get(self, kind: str, selector: str = "") -> list[dict[str, Any]]:
        chosen = ["--selector", selector] if selector else []
        items: list[dict[str, Any]] = json.loads(self.kubectl("get", kind, "--output", "json", *chosen))["items"]
        return items

    def of_release(self) -> list[str]:
        """Return everything that still belongs to the installation."""
        found = self.get(KINDS, f"app.kubernetes.io/instance={self.release}")
        return [f"{each['kind']} {each['metadata']['name']}" for each in found]

    def pods(self, service: str) -> list[dict[str, Any]]:
        return [
            each
            for each in self.get("pod", f"app.kubernetes.io/component={service}")
            if "deletionTimestamp" not in each["metadata"]
        ]

    def install(self, values: Path, *options: str) -> None:
        self.helm("install", self.release, str(CHART), "--values", str(values), "--wait", "--timeout", "10m", *options)

    def upgrade(self, values: Path, *options: str) -> None:
        self.helm("upgrade", self.release, str(CHART), "--values", str(values), "--wait", "--timeout", "10m", *options)

    def helm(self, *arguments: str) -> str:
        return _run(self._helm, "--namespace", self.namespace, *arguments)


def _run(*command: str, given: str | None = None) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=TIMEOUT_S, input=given)
    assert done.returncode == 0, f"{' '.join(command[:6])} ...: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout
