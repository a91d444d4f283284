"""Helm, kubeconform, compose-go's checker and gitleaks, built by Go at pinned versions and kept in the user's cache.

    python -m tests.parts.go_tools        # build what is missing, and say where it is

The JSON schemas that kubeconform needs are taken from the same place: the Go modules of Kubernetes, KEDA and the
Prometheus operator carry them (all Apache-2.0). They are kept in the cache; nothing of them is in this repository.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.parts.obtain import LackingError

TOOLS = {
    "helm": "helm.sh/helm/v3/cmd/helm@v3.22.0",
    "kubeconform": "github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0",
    "compose-check": "github.com/compose-spec/compose-go/v2/cmd@v2.16.2",
    "gitleaks": "github.com/zricethezav/gitleaks/v8@v8.30.0",
}
MODULES = {
    "kubernetes": "k8s.io/kubernetes@v1.34.4",
    "keda": "github.com/kedacore/keda/v2@v2.18.0",
    "prometheus-operator": "github.com/prometheus-operator/prometheus-operator@v0.85.0",
}
COMPOSE = "github.com/docker/compose/v2@v2.40.3"
"""Docker Compose, built where it is asked for alone: it is large. Later ones want a newer engine than Debian 12's."""

BUILD_TIMEOUT_S = 900  # Helm takes 70 s on two quiet cores, several times that on busy ones


def cache() -> Path:
    """Return the folder for tools: under XDG_CACHE_HOME or ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "warmline" / "tools"


def _place(name: str) -> Path:
    return cache() / f"{name}-{TOOLS[name].rpartition('@')[2]}"


def find_tool(name: str) -> Path | None:
    """Return the tool where it is built already."""
    place = _place(name)
    return place if place.is_file() else None


def require_tool(name: str) -> Path:
    """Return the tool, built if need be; LackingError where that can't be."""
    place = _place(name)
    if not place.is_file():
        building = cache() / f".{name}-{os.getpid()}"
        _go("install", TOOLS[name], GOBIN=str(building))
        (built,) = building.iterdir()
        built.replace(place)
        building.rmdir()
    return place


def require_compose() -> Path:
    """Return Docker Compose, built if need be; LackingError where that can't be."""
    place = cache() / f"docker-compose-{COMPOSE.rpartition('@')[2]}"
    if not place.is_file():
        building = cache() / f".docker-compose-{os.getpid()}"
        # In its own folder: it excludes versions of others, and `go install` takes no module that does.
        _go("build", "-trimpath", "-o", str(building), "./cmd", folder=_module(COMPOSE))
        building.replace(place)
    return place


def require_module(name: str) -> Path:
    """Return the folder of a Go module's files, fetched if need be; LackingError where that can't be."""
    return _module(MODULES[name])


def _module(wanted: str) -> Path:
    place = cache() / wanted.rpartition("/")[2].replace("@", "-")
    if not place.is_file():
        told = _go("mod", "download", "-json", wanted)
        place.write_text(next(line.split('"')[3] for line in told.splitlines() if '"Dir"' in line), "utf-8")
    folder = Path(place.read_text("utf-8"))
    if not folder.is_dir():  # somebody emptied Go's own cache
        place.unlink()
        return _module(wanted)
    return folder


def _go(*arguments: str, folder: Path | None = None, **environment: str) -> str:
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if go is None:
        raise LackingError(f"Go is not installed, to fetch {arguments[-1]} with")
    cache().mkdir(parents=True, exist_ok=True)
    try:
        return subprocess.run(
            [go, *arguments],
            cwd=folder or cache(),
            env={**os.environ, **environment},
            check=True,
            capture_output=True,
            text=True,
            timeout=BUILD_TIMEOUT_S,
        ).stdout
    except subprocess.TimeoutExpired:
        raise LackingError(f"Go did not get done with {arguments[-1]} in {BUILD_TIMEOUT_S} s") from None
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or [error.stdout.strip()])[-1]
        raise LackingError(f"Go could not fetch {arguments[-1]}: {reason}") from None


if __name__ == "__main__":
    try:
        for each in TOOLS:
            print(require_tool(each))  # noqa: T201  a command
        for each in MODULES:
            print(require_module(each))  # noqa: T201
    except LackingError as lacking:
        sys.exit(str(lacking))
