"""kubectl and Helm, as a test on a cluster calls them."""

import json
import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.parts.go_tools import require_tool
from tests.parts.obtain import LackingError

CHART = Path(__file__).parents[2] / "helm" / "warmline"
TIMEOUT_S = 900
COMPONENT = "app.kubernetes.io/component"
NOT_OURS = {"events", "events.events.k8s.io", "pods.metrics.k8s.io"}
"""Kinds in a namespace that the cluster writes by itself."""


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
        # Made by a controller in its own time.
        self.kubectl("wait", "--for=create", "serviceaccount/default", "configmap/kube-root-ca.crt", "--timeout=60s")

    def delete(self) -> None:
        self.kubectl("delete", "namespace", self.namespace, "--wait=true", "--timeout=120s")

    def kubectl(self, *arguments: str) -> str:
        return _run(self._kubectl, "--namespace", self.namespace, *arguments)

    def start_kubectl(self, *arguments: str) -> subprocess.Popen[str]:
        """The same without waiting; what it says on either stream is in `stdout`."""
        command = [self._kubectl, "--namespace", self.namespace, *arguments]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def get(self, kind: str, selector: str = "") -> list[dict[str, Any]]:
        chosen = ["--selector", selector] if selector else []
        items: list[dict[str, Any]] = json.loads(self.kubectl("get", kind, "--output", "json", *chosen))["items"]
        return items

    def everything(self) -> set[str]:
        """Return the names of all that is in the namespace, of whatever kind."""
        kinds = self.kubectl("api-resources", "--namespaced", "--verbs=list", "--output=name").split()
        named = self.kubectl("get", ",".join(kind for kind in kinds if kind not in NOT_OURS), "--output=name")
        return set(named.split())

    def pods(self) -> dict[str, list[dict[str, Any]]]:
        """Return the release's pods by service, but for those that are being deleted."""
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for each in self.get("pod", f"app.kubernetes.io/instance={self.release}"):
            if "deletionTimestamp" not in each["metadata"]:
                found[each["metadata"]["labels"][COMPONENT]].append(each)
        return found

    def names(self) -> dict[str, set[str]]:
        """Return the names of the same."""
        return _names(self.pods(), lambda _pod: True)

    def ready(self) -> dict[str, set[str]]:
        """Return the names of those that are ready."""
        return _names(self.pods(), is_ready)

    def install(self, values: Path, *options: str) -> None:
        self.helm("install", self.release, str(CHART), "--values", str(values), "--wait", "--timeout", "10m", *options)

    def upgrade(self, values: Path, *options: str) -> None:
        self.helm("upgrade", self.release, str(CHART), "--values", str(values), "--wait", "--timeout", "10m", *options)

    def helm(self, *arguments: str) -> str:
        return _run(self._helm, "--namespace", self.namespace, *arguments)


def is_ready(pod: dict[str, Any]) -> bool:
    conditions = pod["status"].get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _names(pods: Mapping[str, list[dict[str, Any]]], wanted: Callable[[dict[str, Any]], bool]) -> dict[str, set[str]]:
    return defaultdict(
        set, {service: {each["metadata"]["name"] for each in some if wanted(each)} for service, some in pods.items()}
    )


def _run(*command: str) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=TIMEOUT_S)
    assert done.returncode == 0, f"{' '.join(command[:6])} ...: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout
