"""Every service over a given broker and store, as child processes: the demo's engine room and the chaos tests' prey."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from warmline.bus.deadline import Deadline
from warmline.local.process import StartFailedError
from warmline.local.service_process import ServiceProcess
from warmline.services import SERVICES

STOP_GRACE_S = 15.0  # for all services together; the loop's own drain deadline is shorter here
DRAIN_S = "10"
CREATE_TIMEOUT_S = 90


class Stack:
    """A running Warmline.

    Attributes:
        services: Every instance, in the order of the flow.

    Args:
        bootstrap: Kafka address.
        redis_url: Redis or Valkey address.
        folder: Where the logs go.
        settings: More WARMLINE_ variables, by name without the prefix, in small letters.
    """

    def __init__(self, bootstrap: str, redis_url: str, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        given = {"kafka_brokers": bootstrap, "redis_url": redis_url, "drain_s": DRAIN_S, **(settings or {})}
        self.environment = {f"WARMLINE_{name.upper()}": value for name, value in given.items()}
        self.services: list[ServiceProcess] = []
        self._folder = folder

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self.stop()

    def create_topics(self, partitions: int) -> None:
        """Create every topic, as an operator would.

        Raises:
            StartFailedError: The command failed; with what it said.
        """
        command = [sys.executable, "-m", "warmline", "topics", "create", "--partitions", str(partitions)]
        done = subprocess.run(
            command,
            env={**_environment(), **self.environment},
            capture_output=True,
            text=True,
            timeout=CREATE_TIMEOUT_S,
            check=False,
        )
        if done.returncode != 0:
            raise StartFailedError(f"the topics could not be created: {done.stderr.strip()}")

    def start_service(self, name: str) -> ServiceProcess:
        """Start one more instance of a service, without waiting for it."""
        number = sum(service.name == name for service in self.services) + 1
        service = ServiceProcess(name, number, self.environment, self._folder)
        self.services.append(service)
        return service.start()

    def start_all(
        self, names: Sequence[str] = tuple(SERVICES), on_ready: Callable[[str], None] = lambda _name: None
    ) -> None:
        """Start one instance of each service and wait until all are ready.

        Args:
            names: The services.
            on_ready: Told each service that is ready.

        Raises:
            StartFailedError: One did not come up; with the end of its log.
        """
        started = [self.start_service(name) for name in names]
        for service in started:
            service.wait_ready()
            on_ready(service.name)

    def check(self) -> None:
        """Raise where a service has ended by itself.

        Raises:
            StartFailedError: With the end of its log.
        """
        for service in self.services:
            if not service.process.running:
                tail = service.process.log_tail()
                raise StartFailedError(f"{service.process.name} ended by itself. The end of its log:\n{tail}")

    def stop(self) -> bool:
        """Ask every service to end, kill what has not after the grace; return whether all ended in order."""
        for service in self.services:
            service.process.signal(signal.SIGTERM)
        deadline = Deadline.after(STOP_GRACE_S, time.monotonic)
        in_order = [service.process.stop(deadline.left_s) for service in self.services]
        self.services = []
        return all(in_order)


def _environment() -> dict[str, str]:
    """Return this process's environment without what would steer Warmline elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("WARMLINE_")}
