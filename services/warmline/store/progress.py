"""How far a service has come with what it reads, for those who read what it writes.

A topic that is read to its end is silent only as far as whoever writes it has come. While scoring stands still, the
topic of windows is empty and the calls go on: if time went on too, they would be told to have ended. So a service that
others follow tells, for each partition it reads, up to which wall clock all that was there is handled and what came of
it published. Whoever follows believes in silence so far and no further, and tells no more in turn: a halt is felt all
the way down.

Of a partition of which nothing is told all silence is believed: nobody stands before (scores of another's making), or
an earlier version of the service does.
"""

from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from msgspec import Struct

from warmline.store.store import StoreUnavailableError

LOOKS = 1_000
"""Readings that are kept: at two a second, of eight minutes. So far behind a service may be and still know what silence
was by the time at which an end was asked for that it has reached only now."""
MS = 1000
NOTHING_MS = 0
"""Wall clock before all silence, ms UTC."""


class Told(Struct, frozen=True):
    """What a service tells of itself.

    Attributes:
        partitions: How many partitions it reads.
        reached: Partition to the wall clock, ms UTC, up to which all that was there is handled and published.
        aligned: Whether each key was seen in the partition where the reader of what it writes finds it: producers are
            free to partition as they like.
    """

    partitions: int
    reached: Mapping[int, int]
    aligned: bool = True


class ProgressStore(Protocol):
    """Where one service's progress is kept. Both methods may raise StoreUnavailableError, and may be called again."""

    def tell(self, told: Told) -> None:
        """Keep what is told. What was once told not to be aligned stays so."""
        ...

    def hear(self, partitions: Collection[int], of: int) -> Told | None:
        """Return what was told of some partitions of the reader's topic; None where nothing was told at all.

        Args:
            partitions: Those that the reader owns. Where the service reads as many as the reader, and is aligned, only
                these are returned; else all.
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
        self._untold: dict[int, int] = {}
        self._aligned = True

    def handled(self, partition: int, as_of_ms: int) -> None:
        """Take note that all that was in a partition at a wall clock, ms UTC, is handled and published."""
        if as_of_ms > NOTHING_MS:
            self._untold[partition] = as_of_ms

    def not_aligned(self) -> None:
        """Take note that a key came from another partition than that in which a reader finds it."""
        self._aligned = False

    def keep(self, partitions: Collection[int]) -> None:
        """Forget what is untold of other partitions: what time makes due in them is for another owner to publish."""
        self._untold = {partition: at for partition, at in self._untold.items() if partition in partitions}

    def tell(self, partitions: int) -> None:
        """Tell what has been taken note of; while the store is away it waits for the next time.

        Args:
            partitions: How many the topic has.
        """
        if not self._untold:
            return
        try:
            self._store.tell(Told(partitions, self._untold, self._aligned))
        except StoreUnavailableError:  # nothing is lost: those who follow wait, as they do for this store anyway
            return
        self._untold = {}


class Upstream:
    """What is known of the service before this one.

    Where that one reads another number of partitions, or is not aligned, a key may come from any of them, and the one
    that is furthest behind counts.

    Args:
        store: Where that one tells how far it has come.
        now_ms: Wall clock, ms UTC.
        behind: Told at each look how long ago it had come as far as it has with the partition where it is furthest
            behind, seconds; 0 where nothing is told.
    """

    def __init__(self, store: ProgressStore, now_ms: Callable[[], int], behind: Callable[[float], object]) -> None:
        self._store = store
        self._now_ms = now_ms
        self._behind = behind
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
        now_ms = self._now_ms()  # after the reading: what is asked from here on comes later
        self._looks.append((now_ms, told))
        self._behind(max(0, now_ms - min(told.reached.values(), default=now_ms)) / MS if told else 0)

    def sure_ms(self, partition: int, as_of_ms: int) -> int:
        """Return up to which wall clock a partition's silence is silence, ms UTC.

        Args:
            partition: Its number.
            as_of_ms: Wall clock at which its end was asked for. Only what was seen before that counts: what the other
                service has published since would not lie before that end.
        """
        for seen_ms, told in reversed(self._looks):
            if seen_ms < as_of_ms:
                return as_of_ms if told is None else min(as_of_ms, self._reached(told, partition, as_of_ms))
        return NOTHING_MS

    @property
    def is_mixed(self) -> bool:
        """Whether a key may come from any partition: then the records of one say nothing of another's time.

        As long as it is not known, it may.
        """
        if not self._looks:
            return True
        told = self._looks[-1][1]
        return told is not None and not self._is_like_ours(told)

    def _is_like_ours(self, told: Told) -> bool:
        return told.aligned and told.partitions == self._of

    def _reached(self, told: Told, partition: int, unknown_ms: int) -> int:
        if self._is_like_ours(told):
            return told.reached.get(partition, unknown_ms)
        return min(told.reached.values(), default=unknown_ms)
