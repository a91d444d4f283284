"""A real Prometheus beside a test: it scrapes what it is given, evaluates our rules, and answers queries.

Rule groups keep their expressions, but all are evaluated at the server's pace: a group that runs every two minutes in
production would keep a test waiting as long.
"""

import json
import shutil
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import pytest
import yaml

from warmline.local.ports import LOOPBACK, free_ports
from warmline.local.process import ChildProcess
from warmline.local.waiting import wait_until

READY_TIMEOUT_S = 60.0  # it is up within a second; on a machine that is busy otherwise it may take its time
ANSWER_TIMEOUT_S = 30.0
ADVICE = "Look at the log for the line of the configuration or of a rule that it refuses."

Sample = dict[str, Any]
"""One series of an answer: `metric` holds its labels, `value` time and value, or `values` many of them."""


class QueryError(RuntimeError):
    """Prometheus refused a query; the message is its own."""


def prometheus_binary() -> str:
    """Return where Prometheus is, or skip the test."""
    found = shutil.which("prometheus")
    if found is None:
        pytest.skip("no prometheus: Debian's package prometheus has it")
    return found


class PrometheusServer:
    """One server on the loopback address, with its data in a folder that goes with it.

    Args:
        scrape: Addresses (`host:port`) by job; ours is called `warmline` everywhere.
        rules: Rule files.
        interval_s: Pace of scraping and of evaluating rules, seconds.
    """

    def __init__(
        self, scrape: Mapping[str, Sequence[str]], rules: Sequence[Path] = (), *, interval_s: float = 1.0
    ) -> None:
        self._binary = prometheus_binary()
        self._folder = Path(tempfile.mkdtemp(prefix="warmline-prometheus-"))
        self._interval_s = interval_s
        (self.port,) = free_ports(1)
        self.url = f"http://{LOOPBACK}:{self.port}"
        for path in rules:
            (self._folder / path.name).write_text(yaml.safe_dump(_at_the_pace_of_the_server(path)))
        self._targets = {target for targets in scrape.values() for target in targets}
        paces = ("scrape_interval", "scrape_timeout", "evaluation_interval")
        configuration = {
            "global": dict.fromkeys(paces, _duration(interval_s)),
            "rule_files": [str(self._folder / path.name) for path in rules],
            "scrape_configs": [
                {"job_name": job, "static_configs": [{"targets": list(targets)}]} for job, targets in scrape.items()
            ],
        }
        (self._folder / "prometheus.yaml").write_text(yaml.safe_dump(configuration))
        self.process = ChildProcess(
            "Prometheus",
            [
                self._binary,
                f"--config.file={self._folder / 'prometheus.yaml'}",
                f"--storage.tsdb.path={self._folder / 'data'}",
                f"--web.listen-address={LOOPBACK}:{self.port}",
                "--enable-feature=exemplar-storage",
            ],
            log=self._folder / "log",
        )

    def __enter__(self) -> Self:
        """Start, and wait until it serves.

        Raises:
            StartFailedError: It did not come up; the message has the end of its log.
        """
        self.process.start()
        self.process.wait_until(self._ready, timeout=READY_TIMEOUT_S, advice=ADVICE)
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def query(self, expression: str) -> list[Sample]:
        """Return an expression's series as of now.

        Raises:
            QueryError: It is no expression that Prometheus understands.
        """
        return list(self._ask("query", query=expression)["result"])

    def query_range(self, expression: str, since_s: float, until_s: float, step_s: float) -> list[Sample]:
        """Return an expression's series over a time (Unix seconds), as a graph shows them."""
        answer = self._ask("query_range", query=expression, start=str(since_s), end=str(until_s), step=str(step_s))
        return list(answer["result"])

    def value(self, expression: str) -> float | None:
        """Return the sum of an expression's series as of now; None where it has no series."""
        found = self.query(expression)
        return sum(float(each["value"][1]) for each in found) if found else None

    def rules(self) -> list[Sample]:
        """Return every rule with its `health`, `lastError` and `type`, and of alerts `state` and `alerts`."""
        return [rule for group in self._ask("rules")["groups"] for rule in group["rules"]]

    def alerts(self) -> list[Sample]:
        """Return the alerts that are pending or firing."""
        return list(self._ask("alerts")["alerts"])

    def targets(self) -> list[Sample]:
        """Return what is scraped, with `health`, `lastError` and `labels`."""
        return list(self._ask("targets", state="active")["activeTargets"])

    def exemplars(self, expression: str, since_s: float, until_s: float) -> list[Sample]:
        """Return the exemplars that were scraped of an expression's series, over a time (Unix seconds)."""
        return list(self._ask("query_exemplars", query=expression, start=str(since_s), end=str(until_s)))

    def wait_scraped(self, *, rounds: int = 2, timeout_s: float = READY_TIMEOUT_S) -> None:
        """Wait until every target has been scraped that often from now on: a rate wants two."""
        since = time.time()

        def all_scraped() -> bool:
            window = _duration(max(time.time() - since, self._interval_s))
            counted = self.query(f"count_over_time(up[{window}])")
            up = {each["labels"]["instance"] for each in self.targets() if each["health"] == "up"}
            enough = {each["metric"]["instance"] for each in counted if float(each["value"][1]) >= rounds}
            return self._targets <= up & enough

        wait_until(all_scraped, timeout=timeout_s, what="every target scraped")

    def wait_for(self, condition: Callable[[], bool], what: str, *, timeout_s: float = READY_TIMEOUT_S) -> None:
        """Wait for something that the server has to show."""
        wait_until(condition, timeout=timeout_s, what=what)

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=ANSWER_TIMEOUT_S) as answer:  # noqa: S310 # ours
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _ask(self, operation: str, **parameters: str) -> Any:
        address = f"{self.url}/api/v1/{operation}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(address, timeout=ANSWER_TIMEOUT_S) as answer:  # noqa: S310 # ours
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise QueryError(f"{parameters}: {error.read().decode(errors='replace')}") from error


def _at_the_pace_of_the_server(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    for group in content["groups"]:
        group.pop("interval", None)
    return content


def _duration(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"
