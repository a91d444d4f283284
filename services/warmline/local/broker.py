"""One broker for a laptop: real Kafka where this machine can run it, else the embedded one, and says which."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

from warmline.local.kafka_embedded import EmbeddedBroker
from warmline.local.kafka_jars import FetchFailedError
from warmline.local.kafka_jvm import KafkaCluster, KafkaUnavailableError, why_no_kafka

Choice = Literal["auto", "kafka", "embedded"]


@dataclass(frozen=True)
class OpenBroker:
    """A running broker.

    Attributes:
        bootstrap: For `bootstrap.servers`.
        kind: What it is, for people: `Apache Kafka 4.3.1 on this machine's Java 17`.
        limits: What it is not for; empty for real Kafka.
        why_embedded: Why `auto` did not take real Kafka; empty if it did.
        consumer_settings: What consumers have to set on it, in librdkafka's names.
        stop: Ends it.
    """

    bootstrap: str
    kind: str
    stop: Callable[[], None]
    limits: str = ""
    why_embedded: str = ""
    consumer_settings: Mapping[str, str] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()


def open_broker(choice: Choice = "auto", data_dir: Path | None = None) -> OpenBroker:
    """Start a broker.

    Args:
        choice: `kafka` (an error where it cannot run), `embedded`, or `auto`: the first of the two that works.
        data_dir: Where real Kafka keeps its data over restarts; by default nothing is kept.

    Raises:
        KafkaUnavailableError: `kafka` was asked for and something is missing.
        EmbeddedUnavailableError: The embedded broker is needed and its wheel is missing.
        FetchFailedError: `kafka` was asked for and its jars could not be fetched.
        StartFailedError: The broker did not come up.
    """
    if choice == "embedded":
        return _open_embedded("")
    reason = why_no_kafka()
    if reason is None:
        try:
            return _open_kafka(data_dir)
        except FetchFailedError as failed:
            if choice == "kafka":
                raise
            reason = str(failed)
    if choice == "kafka":
        raise KafkaUnavailableError(f"Apache Kafka cannot run here: {reason}")
    return _open_embedded(reason)


def _open_kafka(data_dir: Path | None) -> OpenBroker:
    cluster = KafkaCluster(1, data_dir).start()
    return OpenBroker(bootstrap=cluster.bootstrap, kind=cluster.kind, stop=cluster.stop)


def _open_embedded(reason: str) -> OpenBroker:
    broker = EmbeddedBroker().start()
    return OpenBroker(
        bootstrap=broker.bootstrap,
        kind=broker.kind,
        stop=broker.stop,
        limits=broker.limits,
        why_embedded=reason,
        consumer_settings=broker.consumer_settings,
    )
