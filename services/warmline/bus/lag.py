"""How far a service is behind, from what its client has heard anyway: the broker is never asked for it."""

from collections.abc import Callable, Mapping, Sequence

from prometheus_client import Gauge

from warmline.bus.record import Record

Place = tuple[str, int]
"""Topic, without the prefix, and partition."""

TELL_EVERY_S = 1.0
"""Often enough for any scrape, and nothing beside a batch: one look-up in memory a partition."""


class Lag:
    """Keeps a service's gauge. What is done counts, not what is read: a batch that is held back is still to do.

    Args:
        service: Name, for the gauge.
        topics: What it reads, without the prefix; one of which nothing is owned, or known yet, has 0.
        gauge: By service and topic.
        monotonic: Clock, seconds.
    """

    def __init__(self, service: str, topics: Sequence[str], gauge: Gauge, monotonic: Callable[[], float]) -> None:
        self._gauges = {topic: gauge.labels(service, topic) for topic in topics}
        self._monotonic = monotonic
        self._next_s = 0.0
        self._owned = 0
        self._done: dict[Place, int] = {}
        self._read_to: dict[Place, int] = {}

    def assign(self, committed: Mapping[Place, int | None]) -> None:
        """Take over the whole assignment, with the group's committed offsets; None where there is none yet."""
        self._owned = len(committed)
        self._read_to.clear()
        starts = {place: self._done.get(place) if offset is None else offset for place, offset in committed.items()}
        self._done = {place: offset for place, offset in starts.items() if offset is not None}

    def begin(self, records: Sequence[Record]) -> None:
        """Take note of records in hand: of a partition without a committed offset the first one is where it begins."""
        if len(self._done) < self._owned:
            for record in records:
                self._done.setdefault((record.topic, record.partition), record.offset)

    def done(self, offsets: Mapping[Place, int]) -> None:
        """Take note of offsets that were committed."""
        self._done.update(offsets)

    def read_to_end(self, place: Place, end: int) -> None:
        """Take note that a partition was read to its end: `settled` believes it, once what was read is done.

        The committed offset alone would stay behind where the end is no record but the mark of a transaction.
        """
        self._read_to[place] = end

    def settled(self) -> None:
        """Take note that everything read so far is done."""
        for place, end in self._read_to.items():
            self._done[place] = max(end, self._done.get(place, 0))
        self._read_to.clear()

    def tell(self, end_of: Callable[[Place], int | None]) -> None:
        """Set the gauge, where a second has passed since the last time.

        Args:
            end_of: Returns a partition's high watermark as of the last fetch; None while there was none.
        """
        now = self._monotonic()
        if now < self._next_s:
            return
        self._next_s = now + TELL_EVERY_S
        behind = dict.fromkeys(self._gauges, 0)
        for place, offset in self._done.items():
            end = end_of(place)
            if end is not None:
                behind[place[0]] += max(0, end - offset)
        for topic, records in behind.items():
            self._gauges[topic].set(records)
