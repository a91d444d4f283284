"""A call centre that never closes: the shipped samples, told again and again, at a pace that can be changed.

Every turn carries its conversation's number in its words, so that none is answered from the cache of texts: scoring has
real work. Whoever says `night_falls()` puts the conversations that begin from then on into the queue `night`, which a
changed policy can name.
"""

import heapq
import itertools
import threading
import time
from collections.abc import Iterator

from msgspec import Struct, structs

from tests.support.publishing import EventProducer
from tests.support.spoken import START_MS, conversations, moved
from warmline.contracts.dates import time_of
from warmline.contracts.turn import Turn

NIGHT = "night"
STEP_MS = 3_000  # from one conversation's start to the next
TICK_S = 0.1


class CallCentre:
    """Events without end, in the order of arrival."""

    def __init__(self) -> None:
        self._samples = conversations()
        self._numbers = itertools.count()
        self._next_start = START_MS
        self._coming: list[tuple[int, int, Struct]] = []
        self._order = itertools.count()
        self._queue: str | None = None

    def night_falls(self) -> None:
        self._queue = NIGHT

    def __iter__(self) -> Iterator[Struct]:
        while True:
            while not self._coming or self._next_start <= self._coming[0][0]:
                self._begin(next(self._numbers))
            yield heapq.heappop(self._coming)[2]

    def _begin(self, number: int) -> None:
        reached = self._next_start
        copy, which = divmod(number, len(self._samples))
        for event in moved(self._samples[which], self._next_start, copy):
            reached = max(reached, time_of(event))
            heapq.heappush(self._coming, (reached, next(self._order), self._told(event, number)))
        self._next_start += STEP_MS

    def _told(self, event: Struct, number: int) -> Struct:
        changes: dict[str, str] = {}
        if isinstance(event, Turn):
            changes["text"] = f"{event.text} number {number}"
        if self._queue and hasattr(event, "queue"):
            changes["queue"] = self._queue
        return structs.replace(event, **changes)


class Sender(threading.Thread):
    """Sends a call centre's events, `pace` a second, until it is told to stop.

    Attributes:
        pace: Events a second; may be changed at any time.
        sent: What was sent so far.
    """

    def __init__(self, bootstrap: str, topic: str, centre: CallCentre, pace: float) -> None:
        super().__init__(name="sender", daemon=True)
        self._producer = EventProducer(bootstrap)
        self._topic = topic
        self._events = iter(centre)
        self._over = threading.Event()
        self.pace = pace
        self.sent: list[Struct] = []

    def run(self) -> None:
        owed, before = 0.0, time.monotonic()
        while not self._over.wait(TICK_S):
            now = time.monotonic()
            owed += min(now - before, 1.0) * self.pace
            before = now
            batch = list(itertools.islice(self._events, int(owed)))
            owed -= len(batch)
            self._producer.send(self._topic, batch)
            self.sent += batch

    def stop(self) -> None:
        """End, with every acknowledgement there."""
        self._over.set()
        self.join(60)
        assert not self.is_alive()
        self._producer.flush()

    def send(self, events: list[Struct]) -> None:
        """Send some more, once it has stopped, and await every acknowledgement."""
        self._producer.send(self._topic, events)
        self._producer.flush()
