"""What every measurement stands on: one Kafka, one Redis, topics, and service processes with real settings."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from warmline.bus.topics_command import new_topics
from warmline.local.kafka_jvm import KafkaCluster
from warmline.local.valkey import ValkeyServer

ROOT = Path(__file__).parents[2]
PARTITIONS = 6
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
POLL_S = 0.25  # how often progress is looked at: rare, so that looking takes nothing from what is measured
STOP_S = 30.0
TIMEOUT_S = 30.0  # of one question to a busy broker
QUIET_S = 120.0  # without any progress for so long, a run has failed


MOVING = {
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
}
"""Answers about a topic or group that was made a moment ago."""


class BenchError(Exception):
    """A measurement could not be made; the message says why."""


@dataclass(frozen=True)
class Rig:
    """The parts.

    Attributes:
        bootstrap: Kafka's address.
        redis_url: Redis' address.
        kinds: What they are, for people.
        folder: For logs and peers' state; goes with the rig.
    """

    bootstrap: str
    redis_url: str
    kinds: tuple[str, str]
    folder: Path


@contextlib.contextmanager
def open_rig() -> Iterator[Rig]:
    """Start the parts, and stop them at the end."""
    with (
        tempfile.TemporaryDirectory(prefix="warmline-bench-") as folder,
        KafkaCluster(1) as kafka,
        ValkeyServer() as redis,
    ):
        yield Rig(kafka.bootstrap, redis.url, (kafka.kind, redis.kind), Path(folder))


@contextlib.contextmanager
def open_store() -> Iterator[Rig]:
    """Start Redis alone, for what measures nothing else."""
    with tempfile.TemporaryDirectory(prefix="warmline-bench-") as folder, ValkeyServer() as redis:
        yield Rig("", redis.url, ("none", redis.kind), Path(folder))


def create_topics(rig: Rig, prefix: str, extra: Sequence[str] = (), *, ours: bool = True) -> None:
    """Create our topics under a prefix, and extra ones. The broker stamps every record with its own clock."""
    stamped = {"message.timestamp.type": "LogAppendTime"}
    # Event times here lie in the past: records must not be deleted for their age while they are measured.
    forever = {"retention.ms": "-1"}
    wanted = [
        NewTopic(each.topic, each.num_partitions, 1, config={**each.config, **stamped, **forever})
        for each in (new_topics(prefix, PARTITIONS, 1) if ours else ())
    ]
    wanted += [NewTopic(prefix + name, PARTITIONS, 1, config={**stamped, **forever}) for name in extra]
    admin = AdminClient({"bootstrap.servers": rig.bootstrap})
    for future in admin.create_topics(wanted, operation_timeout=30).values():
        future.result(40)


@dataclass
class Running:
    """A process under measurement."""

    process: subprocess.Popen[bytes]
    log: Path

    def cpu_s(self) -> float:
        """Return the CPU seconds that the process has taken so far, all threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def check(self) -> None:
        """Raise if the process has ended."""
        if self.process.poll() is not None:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
            raise BenchError(f"the process ended with {self.process.returncode}:\n{tail}")


@contextlib.contextmanager
def running(
    name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path, cwd: Path = ROOT
) -> Iterator[Running]:
    """Run a process, and end it in order at the end."""
    log = folder / f"{name}-{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(command), stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **environment}, cwd=cwd
        )
    try:
        yield Running(process, log)
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def service(rig: Rig, name: str, prefix: str, **settings: str) -> Iterator[Running]:
    """Run one of our services as `warmline run` does in production, with the default settings."""
    environment = {
        "WARMLINE_KAFKA_BROKERS": rig.bootstrap,
        "WARMLINE_REDIS_URL": rig.redis_url,
        "WARMLINE_TOPIC_PREFIX": prefix,
        "WARMLINE_REDIS_PREFIX": prefix.rstrip("."),
        "WARMLINE_LOG_LEVEL": "warning",
        **{f"WARMLINE_{key.upper()}": value for key, value in settings.items()},
    }
    with running(name, [sys.executable, "-m", "warmline", "run", name], environment, rig.folder) as process:
        yield process


class Progress:
    """How far a consumer group has come in a topic, and how many records a topic holds, asked from the side.

    Args:
        rig: The parts.
        group: The group; any name where only `records` is asked.
        topic: The topic.
    """

    def __init__(self, rig: Rig, group: str, topic: str) -> None:
        self._consumer = Consumer({"bootstrap.servers": rig.bootstrap, "group.id": group})
        self._places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
        self._last = 0

    def records(self) -> int:
        """Return the number of records in the topic."""
        return self._ask(
            lambda: [
                self._consumer.get_watermark_offsets(place, timeout=TIMEOUT_S)[1]  # the high one
                for place in self._places
            ]
        )

    def committed(self) -> int:
        """Return how many records the group has committed."""
        return self._ask(lambda: [place.offset for place in self._consumer.committed(self._places, timeout=TIMEOUT_S)])

    def _ask(self, offsets: Callable[[], list[int]]) -> int:
        """Return the sum of the offsets; what it was before, while their leader or coordinator moves."""
        try:
            self._last = sum(max(offset, 0) for offset in offsets())
        except KafkaException as error:
            if error.args[0].code() not in MOVING:
                raise
        return self._last

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._consumer.close()


def await_progress(progress: Callable[[], int], target: int, process: Running) -> None:
    """Return once `progress` has reached the target.

    Raises:
        BenchError: The process ended, or nothing moved for long.
    """
    last, moved_at = -1, time.monotonic()
    while (now := progress()) < target:
        process.check()
        if now != last:
            last, moved_at = now, time.monotonic()
        elif time.monotonic() - moved_at > QUIET_S:
            raise BenchError(f"stuck at {now} of {target} for {QUIET_S:.0f} s; log: {process.log.read_text()[-2000:]}")
        time.sleep(POLL_S)
