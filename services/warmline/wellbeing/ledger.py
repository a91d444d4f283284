"""What of each partition was taken in, and what may be committed: Faust's own account of it is not safe.

Seen in faust-streaming 0.15.3, and the reason why the topics are read with `acks=False` and offsets committed by us:

- Where its C extension is missing, a stream that skips a record of an earlier generation acknowledges it all the same;
  the next commit then passes over records that nobody has processed.
- Its commit passes over one unacknowledged record that lies directly after the committed offset, and over any number of
  them while a partition has no committed offset.
- After a rebalance it seeks to the committed offset, but not where that is none or 0, and drops what was fetched
  meanwhile: records at a partition's start can be lost to a young group. `admit` notices the hole and asks for a
  seek.
"""

from typing import Literal, NamedTuple

Admission = Literal["take", "skip", "seek"]


class Place(NamedTuple):
    """A partition.

    Attributes:
        topic: With the deployment's prefix.
        partition: Its number.
    """

    topic: str
    partition: int


class Ledger:
    """Offsets of the partitions that this instance owns in the present generation."""

    def __init__(self) -> None:
        self._next: dict[Place, int] = {}
        self._started: set[Place] = set()
        self._holes: dict[Place, int] = {}
        self._done: dict[Place, int] = {}

    def assign(self, starts: dict[Place, int]) -> None:
        """Begin a generation.

        Args:
            starts: Every owned partition, and the offset at which reading begins: the committed one, else the first.
        """
        self._next = dict(starts)
        self._started.clear()
        self._holes.clear()
        self._done.clear()

    def admit(self, place: Place, offset: int) -> Admission:
        """Decide on a record as it arrives.

        Returns:
            take: It is the next one. skip: It is not ours, was taken before, or was fetched before a seek and comes
            again. seek: There is a hole before the first record; seek to where it begins, and see what comes.
        """
        expected = self._next.get(place)
        if expected is None or offset < expected:
            return "skip"
        if offset > expected and place not in self._started:
            if place not in self._holes:
                self._holes[place] = offset
                return "seek"
            if offset > self._holes[place]:
                return "skip"  # the record at the hole's end comes again first, if nothing before it does
        self._started.add(place)
        self._holes.pop(place, None)
        self._next[place] = offset + 1
        return "take"

    def taken_to(self, place: Place) -> int:
        """Return the offset after the newest record taken, or where reading begins."""
        return self._next[place]

    def holes(self) -> dict[Place, int]:
        """Return the partitions that wait for records before the first one seen, and where to seek."""
        return {place: self._next[place] for place in self._holes}

    def done(self, place: Place, offset: int) -> None:
        """Take note that a record's effect is stored and its outcomes are acknowledged."""
        if place in self._next:
            self._done[place] = offset + 1

    def to_commit(self) -> dict[Place, int]:
        """Return the offsets to commit, of partitions still owned, and forget them."""
        done, self._done = self._done, {}
        return done
