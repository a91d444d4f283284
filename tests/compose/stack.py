"""deploy/compose.yaml started for real: by Docker Compose, with our image, stand-ins for the broker and the store."""

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

from tests.docker import build_kafka_image, build_valkey_image, build_warmline_image
from tests.parts.docker_engine import engine, has_image
from tests.parts.go_tools import require_compose
from tests.parts.obtain import LackingError

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
STAND_INS = Path(__file__).with_name("stand-ins.yaml")
ASKED = "WARMLINE_TEST_IMAGE"
PORTS = (29092, 8000)
"""What compose.yaml opens on the loopback address."""
PROJECT = "warmline-compose-test"
ENGINE_TIMEOUT_S = 60
UP_S = 420
"""Longest time to all healthy: JVMs start one after the other on busy cores."""


def find_compose() -> list[str]:
    """Return the command: Docker's plugin where it is, else one built with Go; LackingError where that can't be."""
    if shutil.which("docker"):
        told = subprocess.run(["docker", "compose", "version"], check=False, capture_output=True, timeout=60)
        if told.returncode == 0:
            return ["docker", "compose"]
    return [str(require_compose())]


def require_free_ports() -> None:
    """Raise LackingError where something of this machine is at one of the ports already."""
    for port in PORTS:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                raise LackingError(f"port {port}, which compose.yaml opens, is taken")


def our_image() -> str:
    """Return the image that was asked for, else the one that `make image-test` leaves; LackingError without one."""
    asked = os.environ.get(ASKED)
    if asked == "build":
        return build_warmline_image.build(revision="under-test")
    name = asked or build_warmline_image.IMAGE
    with engine(ENGINE_TIMEOUT_S) as client:
        if not has_image(client, name):
            raise LackingError(f"no image {name}: `make image-test` builds it, or {ASKED} names one")
    return name


class Stack:
    """One start of the compose file."""

    def __init__(self) -> None:
        require_free_ports()
        self.environment = {
            **os.environ,
            "WARMLINE_IMAGE": our_image(),
            "WARMLINE_TEST_KAFKA_IMAGE": build_kafka_image.ensure_image(),
            "WARMLINE_TEST_VALKEY_IMAGE": build_valkey_image.ensure_image(),
        }
        self.compose = find_compose()  # last: where it has to be built, that takes minutes

    def run(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run Compose on the file with the stand-ins over it."""
        files = ("--file", str(DEPLOY / "compose.yaml"), "--file", str(STAND_INS))
        return subprocess.run(
            [*self.compose, "--project-name", PROJECT, *files, *arguments],
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def up(self) -> subprocess.CompletedProcess[str]:
        """Start everything, as the head of compose.yaml says, and wait."""
        return self.run("up", "--detach", "--no-build", "--wait", "--wait-timeout", str(UP_S), timeout=UP_S + 120)

    def containers(self) -> dict[str, dict[str, Any]]:
        """Return what Compose tells of each service's container."""
        lines = self.run("ps", "--all", "--format", "json").stdout.splitlines()
        return {each["Service"]: each for each in map(json.loads, filter(None, lines))}

    def down(self) -> None:
        """Remove everything, volumes as well."""
        self.run("down", "--volumes", "--timeout", "30", timeout=300)
