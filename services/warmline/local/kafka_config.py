"""The server properties of a small local Kafka cluster."""

from dataclasses import dataclass
from pathlib import Path

from warmline.local.ports import LOOPBACK


@dataclass(frozen=True)
class Node:
    """One process that is broker and controller at once."""

    id: int
    port: int
    controller_port: int
    folder: Path

    @property
    def address(self) -> str:
        """Where clients find the broker."""
        return f"{LOOPBACK}:{self.port}"


def server_properties(node: Node, nodes: list[Node], overrides: dict[str, str]) -> str:
    """Return the content of `server.properties` for one node of a cluster.

    Args:
        node: The node itself.
        nodes: All nodes of the cluster, itself included.
        overrides: Settings that win over ours; `{default}` in one stands for ours.
    """
    copies = str(min(3, len(nodes)))
    in_sync = "2" if len(nodes) >= 3 else "1"
    listeners = f"PLAINTEXT://{node.address},CONTROLLER://{LOOPBACK}:{node.controller_port}"
    settings = {
        "node.id": str(node.id),
        "process.roles": "broker,controller",
        "controller.quorum.voters": ",".join(f"{n.id}@{LOOPBACK}:{n.controller_port}" for n in nodes),
        "listeners": listeners,
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(node.folder / "data"),
        # A misspelt topic is an error, as in production.
        "auto.create.topics.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        # 50 each by default: creating and moving them is most of the first group join and of a fail-over.
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.num.partitions": "2",
        # Groups form at once, and a dead member is noticed as fast as a test asks for.
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
        "group.consumer.min.heartbeat.interval.ms": "500",
        "group.consumer.heartbeat.interval.ms": "500",
        "group.consumer.min.session.timeout.ms": "1000",
        "group.consumer.session.timeout.ms": "6000",
        # A killed broker is fenced after this long: below the default 9 s, above the pauses of a busy laptop.
        "broker.heartbeat.interval.ms": "500",
        "broker.session.timeout.ms": "4000",
        # Followers that sleep 1 s after an error make every fail-over 1 s longer.
        "replica.fetch.backoff.ms": "200",
        # Sized for a heap of a few hundred megabytes and a two-core machine.
        "num.network.threads": "2",
        "num.io.threads": "4",
        "background.threads": "4",
        "log.cleaner.dedupe.buffer.size": "8388608",
        "log.index.size.max.bytes": "1048576",
        "log.segment.bytes": "134217728",
    }
    settings |= {name: value.replace("{default}", settings.get(name, "")) for name, value in overrides.items()}
    return "".join(f"{name}={value}\n" for name, value in settings.items())
