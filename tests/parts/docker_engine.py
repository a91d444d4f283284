"""The Docker engine as a source of parts: is there one, and does it have or get an image."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.parts.obtain import LackingError

if TYPE_CHECKING:
    import docker
    from testcontainers.core.container import DockerContainer

ENGINE_TIMEOUT = 3
"""Seconds for the engine to answer at all."""

NO_ENGINE = "no Docker engine answers"

PULL_SILENCE = 10
"""Seconds without progress after which a pull is given up: without a registry in reach it must not hold up the run."""


@contextmanager
def engine(timeout: int = ENGINE_TIMEOUT) -> Iterator["docker.DockerClient"]:
    """Yield a client of the engine, or raise LackingError where none answers."""
    try:
        import docker  # noqa: PLC0415  a heavy import that most runs do without
    except ImportError:
        raise LackingError("testcontainers is not installed") from None
    require_listener()
    try:
        client = docker.from_env(timeout=timeout)
    except docker.errors.DockerException:
        raise LackingError(NO_ENGINE) from None
    try:
        yield client
    finally:
        client.close()


def require_listener() -> None:
    """Raise LackingError where nothing listens on the engine's Unix socket.

    The Docker client notices as well, but leaves its socket open, and a run that treats such warnings as errors fails.
    """
    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not address.startswith("unix://"):
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(address.removeprefix("unix://"))
        except OSError:
            raise LackingError(NO_ENGINE) from None


def require_image(name: str) -> None:
    """Have the image on the engine, by a pull if need be, or raise LackingError."""
    import docker.errors  # noqa: PLC0415
    import requests  # noqa: PLC0415

    with engine(PULL_SILENCE) as client:
        if has_image(client, name):
            return
        repository, tag = name.rsplit(":", 1)
        try:
            for step in client.api.pull(repository, tag, stream=True, decode=True):
                if "error" in step:
                    raise LackingError(f"no registry gives {name} to the Docker engine")
        except (docker.errors.DockerException, requests.RequestException):
            raise LackingError(f"no registry gives {name} to the Docker engine") from None


def has_image(client: "docker.DockerClient", name: str) -> bool:
    """Whether the engine has the image already."""
    import docker.errors  # noqa: PLC0415

    try:
        client.images.get(name)
    except docker.errors.ImageNotFound:
        return False
    return True


def containers() -> Callable[[str], "DockerContainer"]:
    """Return testcontainers' DockerContainer, with its own cleaner switched off where that one's image is missing.

    The cleaner (Ryuk) removes containers of a run that died. Without a registry its image cannot be had, and
    testcontainers would fail for that reason alone; containers then end with the fixture.
    """
    from testcontainers.core.config import testcontainers_config  # noqa: PLC0415
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415

    if "TESTCONTAINERS_RYUK_DISABLED" not in os.environ:
        with engine() as client:
            testcontainers_config.ryuk_disabled = not has_image(client, testcontainers_config.ryuk_image)
    return DockerContainer
