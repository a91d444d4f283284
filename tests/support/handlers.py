"""A stateful handler over a store in memory, as every test of one wires it."""

from collections.abc import Callable, Sequence
from typing import Any

from tests.support.memory_store import MemoryStore
from warmline.bus.stateful import StatefulHandler
from warmline.contracts.topics import CONVERSATION_SCORES
from warmline.store.processor import Processor
from warmline.store.progress import Progress, Upstream

FUTURE_TOLERANCE_S = 300


def stateful(  # what tests want otherwise, by name
    domain: Any,
    store: MemoryStore,
    now_ms: Callable[[], int],
    *,
    topics: Sequence[str] = (CONVERSATION_SCORES,),
    partitions: int = 1,
    upstream: Upstream | None = None,
    progress: Progress | None = None,
) -> StatefulHandler:
    """Return the handler, without any partition yet."""
    return StatefulHandler(
        domain=domain,
        processor=Processor(domain, store, now_ms),
        store=store,
        topics=topics,
        partitions_of=lambda _topic: partitions,
        future_tolerance_s=FUTURE_TOLERANCE_S,
        now_ms=now_ms,
        count=lambda _outcomes: None,
        upstream=upstream,
        progress=progress,
    )
