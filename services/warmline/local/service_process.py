"""One Warmline service as a child process: started, watched, asked for its readiness and metrics, killed."""

import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from warmline.local.ports import LOOPBACK, free_ports
from warmline.local.process import ChildProcess

READY_TIMEOUT_S = 60.0  # Faust with its first rebalance on a busy laptop takes a third of it
PROBE_TIMEOUT_S = 2.0
ADVICE = "The end of its log says why; `warmline run NAME` with the same WARMLINE_ variables shows the same."


class ServiceProcess:
    """One instance of one service.

    Attributes:
        name: Service name.
        port: Port of its /metrics, /livez and /readyz. It stays the same over restarts.
        process: The process.

    Args:
        name: Service name.
        number: Tells instances apart in log files and messages.
        environment: Its WARMLINE_ variables.
        folder: Where its log goes.
    """

    def __init__(self, name: str, number: int, environment: Mapping[str, str], folder: Path) -> None:
        self.name = name
        (self.port,) = free_ports(1)
        self.process = ChildProcess(
            f"{name} {number}",
            [sys.executable, "-m", "warmline", "run", name],
            log=folder / f"{name}-{number}.log",
            environment={
                **environment,
                "WARMLINE_HTTP_PORT": str(self.port),
                "PYTHONUNBUFFERED": "1",
                "TMPDIR": str(folder),
            },
        )

    @property
    def address(self) -> str:
        """Where its /metrics, /livez and /readyz are."""
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> "ServiceProcess":
        """Start it, without waiting. One that has ended by itself starts anew."""
        if not self.process.running:
            self.process.kill()  # dismisses the watchdog of its earlier life
        self.process.start()
        return self

    def wait_ready(self) -> None:
        """Wait until it is ready.

        Raises:
            StartFailedError: It ended, or is not ready in time; with the end of its log.
        """
        self.process.wait_until(self.ready, timeout=READY_TIMEOUT_S, advice=ADVICE)

    def ready(self) -> bool:
        """Ask it."""
        return self._get("/readyz") is not None

    def metric(self, name: str, **labels: str) -> float:
        """Return a sample's value, summed over the labels not given; 0 where there is none or it does not answer."""
        text = self._get("/metrics") or ""
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def _get(self, path: str) -> str | None:
        try:
            with urllib.request.urlopen(f"{self.address}{path}", timeout=PROBE_TIMEOUT_S) as answer:  # noqa: S310 # ours
                text: str = answer.read().decode()
                return text
        except (urllib.error.URLError, OSError):
            return None
