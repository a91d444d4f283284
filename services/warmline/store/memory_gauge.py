"""How full the store is and what it does then, by its own word: asked seldom, on a thread and connection of its own."""

import logging
import math
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from msgspec import Struct
from redis import Redis
from redis.cluster import RedisCluster

from warmline.settings import Settings, SettingsError
from warmline.store.connect import FAULTS, Client, connect
from warmline.telemetry.metrics import Metrics

log = logging.getLogger(__name__)

ASK_EVERY_S = 30.0
"""Memory fills over hours, and an alert waits for minutes; one INFO costs the server less than a state does."""

KEEPS = "noeviction"
"""The only maxmemory-policy under which a full store refuses writes instead of dropping states: all others may drop any
of ours, since each has a time to live. Some managed offers come with another."""


class Memory(Struct, frozen=True):
    """What a store says of its memory.

    Attributes:
        used: Bytes.
        most: Bytes it may use; 0 is no limit.
        evicts: Whether it drops keys when that is full.
    """

    used: int
    most: int
    evicts: bool


class MemoryGauge:
    """Keeps the store's three gauges until closed.

    Args:
        settings: Where the store is.
        metrics: The list of metrics.
        every_s: How often to ask, seconds.
    """

    def __init__(self, settings: Settings, metrics: Metrics, every_s: float = ASK_EVERY_S) -> None:
        self._settings = settings
        self._used = metrics.store_memory
        self._most = metrics.store_memory_max
        self._evicts = metrics.store_evicts
        self._warned = False
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="store-memory", daemon=True)
        self._tell_nothing()

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
                self._tell(memory_of(client))
            except (*FAULTS, OSError, SettingsError) as error:
                self._tell_nothing()
                log.debug("the store does not say how full it is", extra={"error": type(error).__name__})
            self._stop.wait(self._every_s)
        if client is not None:
            client.close()

    def _tell(self, memory: Memory) -> None:
        self._used.set(memory.used)
        self._most.set(memory.most)
        self._evicts.set(memory.evicts)
        if memory.evicts and not self._warned:
            self._warned = True
            log.error("Redis may drop states of live conversations when it is full: set maxmemory-policy to noeviction")

    def _tell_nothing(self) -> None:
        for gauge in (self._used, self._most, self._evicts):
            gauge.set(math.nan)


def memory_of(client: Client) -> Memory:
    """Ask a store for its memory; a Cluster for its fullest primary's, and whether any primary evicts.

    Raises:
        RedisError: The store does not answer, or does not let this user ask.
    """
    ask: Callable[..., Any] = client.info
    if isinstance(client, Redis):
        return _memory(ask("memory"))
    answer = ask("memory", target_nodes=RedisCluster.PRIMARIES)
    nodes = [answer] if "used_memory" in answer else list(answer.values())  # of a single node it is the bare answer
    primaries = [_memory(node) for node in nodes]
    fullest = max(primaries, key=lambda each: (each.used / each.most if each.most else 0, each.used))
    return Memory(fullest.used, fullest.most, evicts=any(each.evicts for each in primaries))


def _memory(info: dict[str, Any]) -> Memory:
    most = int(info["maxmemory"])
    return Memory(int(info["used_memory"]), most, evicts=most > 0 and info.get("maxmemory_policy", KEEPS) != KEEPS)
