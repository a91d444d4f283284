"""The peers' runs over the same input topic as ours: how each is started, and what it does and does not do."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.peer_venv import peer_python, version_of
from tests.benchmarks.rig import PARTITIONS, BenchError, Progress, Rig, await_progress, create_topics, running
from tests.benchmarks.speed import MS, Speed
from tests.benchmarks.stamps import read_back
from warmline.contracts.topics import CONVERSATION_SCORES

SMALLER = "rolling mood of 6 turns and 3 counts (Warmline: 40 fields); no outbox, no de-duplication, no timers"


@dataclass(frozen=True)
class Peer:
    """One other engine.

    Attributes:
        name: For people.
        package: Its name on the package index.
        state: Where it keeps its state.
        share: Part of the turns it is given: slow engines would else take most of the time.
        command: Makes the command from the Python to run, the rig and the folder of its state.
        own_venv: Whether it needs the peers' venv.
    """

    name: str
    package: str
    state: str
    share: float
    command: Callable[[Path, Path], list[str]]
    own_venv: bool = True

    def python(self) -> Path:
        """Return the Python that has it.

        Raises:
            BenchError: It cannot be installed.
        """
        return peer_python() if self.own_venv else Path(sys.executable)

    def version(self) -> str:
        """Return its version."""
        return version_of(self.python(), self.package)


def _quix(python: Path, _folder: Path) -> list[str]:
    return [str(python), "-m", "tests.benchmarks.peers.quix_peer"]


def _bytewax(python: Path, folder: Path) -> list[str]:
    subprocess.run([python, "-m", "bytewax.recovery", folder, "1"], check=True)
    # Snapshots every 10 s, as its guide advises; kept for as long.
    flow = "tests.benchmarks.peers.bytewax_peer:flow"
    return [str(python), "-m", "bytewax.run", flow, "-r", str(folder), "-s", "10", "-b", "10"]


def _faust(python: Path, _folder: Path) -> list[str]:
    return [str(python), "-m", "tests.benchmarks.peers.faust_peer", "worker", "-l", "warn", "--without-web"]


PEERS = (
    Peer("Quix Streams", "quixstreams", "local RocksDB and a changelog topic", 1.0, _quix),
    Peer("Bytewax", "bytewax", "memory, snapshots every 10 s to local SQLite", 1.0, _bytewax),
    Peer("Faust table", "faust-streaming", "memory and a changelog topic", 0.2, _faust, own_venv=False),
)


def measure_peer(rig: Rig, prefix: str, turns: int, peer: Peer) -> Speed:
    """Run a peer once over the turns that lie ready under a prefix."""
    wanted = int(turns * peer.share)
    name = f"out.{peer.package}"
    create_topics(rig, prefix, [name], ours=False)
    folder = rig.folder / f"{prefix}{peer.package}"
    folder.mkdir()
    environment = {
        "PEER_SOURCE": prefix + CONVERSATION_SCORES,
        "PEER_TARGET": prefix + name,
        "PEER_BOOTSTRAP": rig.bootstrap,
        "PEER_FOLDER": str(folder),
        "PEER_PARTITIONS": str(PARTITIONS),
    }
    command = peer.command(peer.python(), folder)
    with (
        Progress(rig, "warmline-bench", prefix + name) as progress,
        running(peer.package, command, environment, rig.folder) as process,
    ):
        await_progress(progress.records, 1, process)
        began = process.cpu_s(), progress.records()
        await_progress(progress.records, wanted, process)
        cpu_s = (process.cpu_s() - began[0]) / max(progress.records() - began[1], 1)
    stamps = [message.timestamp()[1] for message in read_back(rig, prefix + name)]
    if len(stamps) > turns:
        raise BenchError(f"{peer.name}: {len(stamps)} records of {turns} turns")
    return Speed(len(stamps), (max(stamps) - min(stamps)) / MS, cpu_s * len(stamps))
