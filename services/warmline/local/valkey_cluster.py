"""A small local Redis or Valkey Cluster: masters that share the slots, for tests of cluster addresses."""

from contextlib import ExitStack
from typing import Self

import redis

from warmline.local.ports import LOOPBACK, free_ports
from warmline.local.valkey import ADVICE, ValkeyServer
from warmline.local.valkey_options import ValkeyOptions

SLOTS = 16384

BUS_PORT_ABOVE = 10_000
"""Nodes talk to each other on a port so far above their own."""

FORM_TIMEOUT = 30.0
"""Seconds; the gossip takes two or three."""


class ValkeyCluster:
    """Masters without replicas.

    Args:
        nodes: How many; at least three, since a majority has to agree on anything.
        password: The default user's password on each node.
    """

    def __init__(self, nodes: int = 3, *, password: str | None = None) -> None:
        options = ValkeyOptions(cluster=True, password=password)
        self.nodes = [ValkeyServer(options, port=port) for port in free_ports(nodes, BUS_PORT_ABOVE)]

    @property
    def addresses(self) -> str:
        """All nodes as `host:port,host:port`."""
        return ",".join(f"{LOOPBACK}:{node.port}" for node in self.nodes)

    @property
    def url(self) -> str:
        """The address of the first node, enough for `redis.RedisCluster.from_url`."""
        return self.nodes[0].url

    @property
    def kind(self) -> str:
        """What this is, for people."""
        return f"{self.nodes[0].kind}, {len(self.nodes)} nodes"

    def start(self) -> Self:
        """Start the nodes, share the slots among them, and wait until each finds the cluster whole."""
        for node in self.nodes:
            node.start()
        with ExitStack() as stack:
            clients = [stack.enter_context(redis.Redis.from_url(node.url)) for node in self.nodes]
            for index, client in enumerate(clients):
                first, last = index * SLOTS // len(clients), (index + 1) * SLOTS // len(clients) - 1
                client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
                # Without distinct epochs two nodes that meet may dispute what each says of itself.
                client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", index + 1)
                client.execute_command("CLUSTER", "MEET", LOOPBACK, self.nodes[0].port)

            def whole() -> bool:
                return all(is_whole(client, len(clients)) for client in clients)

            self.nodes[0].process.wait_until(whole, timeout=FORM_TIMEOUT, advice=ADVICE)
        return self

    def stop(self) -> None:
        """Stop all nodes and remove their data."""
        for node in self.nodes:
            node.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.stop()


def is_whole(client: redis.Redis, nodes: int) -> bool:
    """Whether the node behind the client knows all nodes and an owner for every slot."""
    answer = client.execute_command("CLUSTER", "INFO")  # type: ignore[no-untyped-call]
    # A bare reply or one already parsed, depending on the client's release.
    info = answer if isinstance(answer, dict) else dict(line.split(":", 1) for line in answer.decode().split())
    return (
        info["cluster_state"] == "ok"
        and int(info["cluster_slots_ok"]) == SLOTS
        and int(info["cluster_known_nodes"]) == nodes
    )
