"""Free loopback ports for local servers."""

import random
import socket
from contextlib import ExitStack

LOOPBACK = "127.0.0.1"

# Below the range from which systems take the ports of outgoing connections (32768 on Linux, 49152 elsewhere). A server
# that is killed and restarted on the same port would else find it taken now and then: by a client's connection, or
# even by a reconnecting client that was given its target as source port and now talks to itself.
RANGE = range(15000, 32000)


def free_ports(count: int, above: int = 0) -> list[int]:
    """Return distinct ports on the loopback address that nothing listens on.

    Args:
        count: How many.
        above: Where it is not 0, the ports so far above each are free too: a Redis Cluster's nodes talk on those.
    """
    ports: list[int] = []
    with ExitStack() as held:
        candidates = iter(random.SystemRandom().sample(range(RANGE.start, RANGE.stop - above), len(RANGE) - above))
        while len(ports) < count:
            port = next(candidates)
            try:
                for each in {port, port + above}:
                    held.enter_context(socket.socket()).bind((LOOPBACK, each))
            except OSError:
                continue
            ports.append(port)
    return ports
