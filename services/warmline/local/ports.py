"""Free loopback ports for local servers."""

import random
import socket
from contextlib import ExitStack

LOOPBACK = "127.0.0.1"

# Below the range from which systems take the ports of outgoing connections (32768 on Linux, 49152 elsewhere). A server
# that is killed and restarted on the same port would else find it taken now and then: by a client's connection, or
# even by a reconnecting client that was given its target as source port and now talks to itself.
RANGE = range(15000, 32000)


_given: set[int] = set()
"""Ports that this process was given before: whoever got one may not listen on it yet."""


def free_ports(count: int, above: int = 0) -> list[int]:
    """Return distinct ports on the loopback address that nothing listens on; none twice, while others are left.

    Args:
        count: How many.
        above: Where it is not 0, the ports so far above each are free too: a Redis Cluster's nodes talk on those.

    Raises:
        OSError: There are not so many.
    """
    ports: list[int] = []
    candidates = random.SystemRandom().sample(range(RANGE.start, RANGE.stop - above), len(RANGE) - above)
    with ExitStack() as held:
        for port in sorted(candidates, key=_given.__contains__):
            if len(ports) == count:
                break
            with ExitStack() as tried:
                try:
                    for each in {port, port + above}:
                        tried.enter_context(socket.socket()).bind((LOOPBACK, each))
                except OSError:
                    continue
                held.enter_context(tried.pop_all())
            ports.append(port)
    if len(ports) < count:
        raise OSError(f"of the ports {RANGE.start} to {RANGE.stop - 1} no {count} are free")
    _given.update(ports)
    return ports
