"""How full the store is, by its own word: asked for seldom, on a thread and a connection of its own."""

import logging
import math
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from redis import Redis
from redis.cluster import RedisCluster

from warmline.settings import Settings, SettingsError
from warmline.store.connect import FAULTS, Client, connect
from warmline.telemetry.metrics import Metrics

log = logging.getLogger(__name__)

ASK_EVERY_S = 30.0
"""Memory fills over hours, and an alert waits for minutes; one INFO costs the server less than a state does."""


class MemoryGauge:
    """Keeps the store's two gauges until closed.

    Args:
        settings: Where the store is.
        metrics: The list of metrics.
        every_s: How often to ask, seconds.
    """

    def __init__(self, settings: Settings, metrics: Metrics, every_s: float = ASK_EVERY_S) -> None:
        self._settings = settings
        self._used = metrics.store_memory
        self._most = metrics.store_memory_max
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="store-memory", daemon=True)
        self._tell(math.nan, math.nan)

    def __enter__(self) -> "MemoryGauge":
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stop.set()  # not awaited: it may be in the middle of a connection's time-out

    def _run(self) -> None:
        client: Client | None = None
        while not self._stop.is_set():
            try:
                client = client or connect(self._settings)  # a Cluster's client asks for the slots when it is made
                self._tell(*fullest(client))
            except (*FAULTS, OSError, SettingsError) as error:
                self._tell(math.nan, math.nan)
                log.debug("the store does not say how full it is", extra={"error": type(error).__name__})
            self._stop.wait(self._every_s)
        if client is not None:
            client.close()

    def _tell(self, used: float, most: float) -> None:
        self._used.set(used)
        self._most.set(most)


def fullest(client: Client) -> tuple[int, int]:
    """Return the memory used and the most allowed (0: no limit), bytes; on a Cluster of the primary that is fullest.

    Raises:
        RedisError: The store does not answer, or does not let this user ask.
    """
    ask: Callable[..., Any] = client.info
    if isinstance(client, Redis):
        return _used_and_most(ask("memory"))
    answer = ask("memory", target_nodes=RedisCluster.PRIMARIES)
    nodes = [answer] if "used_memory" in answer else list(answer.values())  # of a single node it is the bare answer
    return max(map(_used_and_most, nodes), key=lambda node: (node[0] / node[1] if node[1] else 0, node[0]))


def _used_and_most(info: dict[str, Any]) -> tuple[int, int]:
    return int(info["used_memory"]), int(info["maxmemory"])
