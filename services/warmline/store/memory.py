"""A domain run over a dict, without Kafka, Redis or versions: the backtest's engine and the tests' oracle."""

import heapq
from typing import Generic

from msgspec import Struct

from warmline.store.keyed import Emit, KeyedDomain, S, Stamps


class MemoryRun(Generic[S]):
    """Applies events in the order given, and fires due times by the watermark alone.

    Attributes:
        states: State by key.
        watermark_ms: Newest event time seen.
        skipped: How many events were not applied, by verdict.
    """

    def __init__(self, domain: KeyedDomain[S]) -> None:
        self._domain = domain
        self._dues: list[tuple[int, str]] = []
        self.states: dict[str, S] = {}
        self.watermark_ms = 0
        self.skipped = {"duplicate": 0, "late": 0, "ignored": 0}

    def apply(self, event: Struct, stamps: Stamps) -> list[Emit]:
        """Fire what the event's time makes due, then take the event in. Returns the events to publish, in order."""
        key = self._domain.key_of(event)
        if key is None:
            self.skipped["ignored"] += 1
            return []
        self.watermark_ms = max(self.watermark_ms, self._domain.event_time_of(event))
        step = self._domain.apply(self.states.get(key), event, stamps)
        if step.verdict == "applied":
            self._keep(key, step.state)
        else:
            self.skipped[step.verdict] += 1
        return step.emits + self.fire(self.watermark_ms, stamps)

    def fire(self, watermark_ms: int, stamps: Stamps) -> list[Emit]:
        """Fire every due time up to a watermark, across all keys, earliest first. Returns the events to publish."""
        emits: list[Emit] = []
        while self._dues and self._dues[0][0] <= watermark_ms:
            due, key = heapq.heappop(self._dues)
            state = self.states[key]
            if self._domain.due(state) != due:
                continue  # moved by a later event; its new due time has its own entry
            step = self._domain.fire(state, watermark_ms, stamps)
            emits += step.emits
            self._keep(key, step.state)
        return emits

    def _keep(self, key: str, state: S) -> None:
        self.states[key] = state
        due = self._domain.due(state)
        if due is not None:
            heapq.heappush(self._dues, (due, key))
