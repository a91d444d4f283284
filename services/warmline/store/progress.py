"""How far a service has come with what it reads, for those who read what it writes.

A topic that is read to its end is silent only as far as whoever writes it has come. While scoring stands still, the
topic of windows is empty and the calls go on: if time went on too, they would be told to have ended. So a service that
others follow tells, for each partition it reads, up to which wall clock all that was there is handled and what came of
it published. Whoever follows believes in silence so far and no further, and tells no more in turn: a halt is felt all
the way down.

Nothing told at all means that nobody stands before: scores of another's making, or an earlier version of the service.
"""

from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from msgspec import Struct

from warmline.store.store import StoreUnavailableError

LOOKS = 100  # readings that are kept; at two a second, far older ones than a question about an end is
NOTHING_MS = 0
"""Wall clock before all silence, ms UTC."""


class Told(Struct, frozen=True):
    """What a service tells of itself.

    Attributes:
        partitions: How many partitions it reads.
        reached: Partition to the wall clock, ms UTC, up to which all that was there is handled and published.
    """

    partitions: int
    reached: Mapping[int, int]


class ProgressStore(Protocol):
    """Where one service's progress is kept. Both methods may raise StoreUnavailableError, and may be called again."""

    def tell(self, told: Told) -> None:
        """Keep what is told; a partition never goes back."""
        ...

    def hear(self, partitions: Collection[int], of: int) -> Told | None:
        """Return what was told of some partitions of the reader's topic; None where nothing was told at all.

        Args:
            partitions: Those that the reader owns. Where the service reads as many as the reader, a key's records
                are in the same one of either, and only these are returned; else all.
            of: How many partitions the reader's topic has.
        """
        ...


class Progress:
    """Tells how far a service has come, once what time made due meanwhile is published as well.

    Args:
        store: Where to.
    """

    def __init__(self, store: ProgressStore) -> None:
        self._store = store
        self._reached: dict[int, int] = {}
        self._untold: dict[int, int] = {}

    def handled(self, partition: int, as_of_ms: int) -> None:
        """Take note that all that was in a partition at a wall clock, ms UTC, is handled and published."""
        if as_of_ms > self._reached.get(partition, NOTHING_MS):
            self._reached[partition] = self._untold[partition] = as_of_ms

    def tell(self, partitions: int) -> None:
        """Tell what has been taken note of; while the store is away it waits for the next time.

        Args:
            partitions: How many the topic has.
        """
        if not self._untold:
            return
        try:
            self._store.tell(Told(partitions, self._untold))
        except StoreUnavailableError:  # nothing is lost: those who follow wait, as they do for this store anyway
            return
        self._untold = {}


class Upstream:
    """What is known of the service before this one.

    Where that one reads another number of partitions, a key may come from any of them, and the one that is furthest
    behind counts: one that is never read to its end holds back all.

    Args:
        store: Where that one tells how far it has come.
        now_ms: Wall clock, ms UTC.
    """

    def __init__(self, store: ProgressStore, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._now_ms = now_ms
        self._of = 0
        self._looks: deque[tuple[int, Told | None]] = deque(maxlen=LOOKS)

    def look(self, partitions: Collection[int], of: int) -> None:
        """Look how far it has come. To be called again and again; while the store is away, what was seen last counts.

        Args:
            partitions: Those that this process owns.
            of: How many the topic has.
        """
        self._of = of
        try:
            told = self._store.hear(partitions, of)
        except StoreUnavailableError:
            return
        self._looks.append((self._now_ms(), told))  # after the reading: what is asked from here on comes later

    def sure_ms(self, partition: int, as_of_ms: int) -> int:
        """Return up to which wall clock a partition's silence is silence, ms UTC.

        Args:
            partition: Its number.
            as_of_ms: Wall clock at which its end was asked for. Only what was seen before that counts: what the other
                service has published since would not lie before that end.
        """
        for seen_ms, told in reversed(self._looks):
            if seen_ms <= as_of_ms:
                return min(as_of_ms, self._reached(told, partition)) if told else as_of_ms
        return NOTHING_MS

    def _reached(self, told: Told, partition: int) -> int:
        if told.partitions == self._of:
            return told.reached.get(partition, NOTHING_MS)
        return min(told.reached.get(each, NOTHING_MS) for each in range(told.partitions))
