"""Where a Kafka for the tests comes from."""

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from tests.parts.docker_engine import containers, require_image
from tests.parts.obtain import LackingError
from warmline.local.kafka_embedded import EmbeddedBroker, EmbeddedUnavailableError
from warmline.local.kafka_jars import KAFKA, FetchFailedError
from warmline.local.kafka_jvm import KafkaCluster, KafkaUnavailableError
from warmline.local.ports import free_ports
from warmline.local.waiting import NotInTimeError, wait_until

ADDRESS = "WARMLINE_TEST_KAFKA"
IMAGE = f"apache/kafka:{KAFKA}"


@dataclass(frozen=True)
class KafkaPart:
    """A broker that a test can use, what it is in words, and what its consumers have to set."""

    bootstrap: str
    kind: str
    consumer_settings: Mapping[str, str] = field(default_factory=dict)


def from_address(_stack: ExitStack) -> KafkaPart:
    """The cluster that the environment names."""
    if address := os.environ.get(ADDRESS):
        return KafkaPart(address, f"Kafka at {address} ({ADDRESS})")
    raise LackingError(f"{ADDRESS} is not set")


def from_docker(stack: ExitStack) -> KafkaPart:
    """The official image in a container."""
    require_image(IMAGE)
    return start_container(stack, IMAGE)


def from_java(stack: ExitStack) -> KafkaPart:
    """Apache Kafka on this machine's Java."""
    cluster = start_cluster(stack, brokers=1)
    return KafkaPart(cluster.bootstrap, cluster.kind)


def start_cluster(stack: ExitStack, brokers: int) -> KafkaCluster:
    """Start brokers of our own, which a test may kill."""
    try:
        return stack.enter_context(KafkaCluster(brokers))
    except (KafkaUnavailableError, FetchFailedError) as reason:
        raise LackingError(str(reason)) from reason


def start_container(stack: ExitStack, image: str) -> KafkaPart:
    """Start a broker in a container from an image that takes `KAFKA_NAME_OF_SETTING`, as apache/kafka does."""
    container = containers()(image)
    host, (port,) = container.get_docker_client().host(), free_ports(1)
    # A broker tells its clients where to find it: the port on the host is chosen before it starts.
    container.with_bind_ports(9092, port).with_envs(
        KAFKA_NODE_ID="1",
        KAFKA_PROCESS_ROLES="broker,controller",
        KAFKA_LISTENERS="PLAINTEXT://:9092,CONTROLLER://:9093",
        KAFKA_ADVERTISED_LISTENERS=f"PLAINTEXT://{host}:{port}",
        KAFKA_LISTENER_SECURITY_PROTOCOL_MAP="PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        KAFKA_CONTROLLER_LISTENER_NAMES="CONTROLLER",
        KAFKA_CONTROLLER_QUORUM_VOTERS="1@localhost:9093",
        KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR="1",
        KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS="4",
        KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR="1",
        KAFKA_TRANSACTION_STATE_LOG_MIN_ISR="1",
        KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS="0",
        KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS="1000",
        KAFKA_AUTO_CREATE_TOPICS_ENABLE="false",
    )
    stack.enter_context(container)
    bootstrap = f"{host}:{port}"
    try:
        wait_until(lambda: answers(bootstrap), timeout=90, what=f"{image} in a container")
    except NotInTimeError as late:
        late.add_note(b"".join(container.get_logs()).decode(errors="replace")[-3000:])
        raise
    return KafkaPart(bootstrap, f"{image} in Docker")


def answers(bootstrap: str) -> bool:
    """Whether a client gets the cluster's metadata."""
    client = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0, "reconnect.backoff.max.ms": 200})
    try:
        return bool(client.list_topics(timeout=1).brokers)
    except KafkaException:
        return False


def from_wheel(no_real_one: str) -> Callable[[ExitStack], KafkaPart]:
    """The embedded broker, for tests that need no rebalance; the reason against a real one goes into its skip."""

    def start(stack: ExitStack) -> KafkaPart:
        try:
            broker = stack.enter_context(EmbeddedBroker())
        except EmbeddedUnavailableError as reason:
            raise LackingError(f"{no_real_one}; {reason}") from reason
        return KafkaPart(broker.bootstrap, broker.kind, broker.consumer_settings)

    return start


REAL = (from_address, from_docker, from_java)
"""The sources of a real broker, in the order in which they are tried."""
