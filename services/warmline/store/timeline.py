"""How far event time comes while a batch is read, record by record: what falls due before which of them.

What is due goes out before the record that makes it due, whatever batch both came in. Whoever reads what is published
has due times of its own: were an end published after an hour of others' records, it would be late by an hour there.
"""

from bisect import bisect_left
from collections.abc import Mapping

from msgspec import Struct


class Passing(Struct, frozen=True):
    """Where a due time is passed.

    Attributes:
        place: Place in the batch of the record that passes it; 0 where no record does.
        watermark_ms: The watermark that this record brings, or where none does, the one before the batch, ms UTC.
    """

    place: int
    watermark_ms: int


class Timeline:
    """Watermarks of some slots: partitions, or buckets themselves. A bucket belongs to the slot of its remainder.

    Args:
        slots: How many there are, above 0.
        before: Slot to the watermark before the batch, ms UTC; None or missing where nothing is known.
    """

    def __init__(self, slots: int, before: Mapping[int, int | None]) -> None:
        self._slots = slots
        self._before = dict(before)
        self._newest = {slot: at for slot, at in before.items() if at is not None}
        self._watermarks: dict[int, list[int]] = {}  # of a slot, rising
        self._places: dict[int, list[int]] = {}  # of the records that brought them
        self._looked_at: dict[int, int] = {}  # bucket to the last watermark

    def goes_on(self, slot: int, place: int, event_ms: int) -> None:
        """Take note that a record of the batch brings a slot's time to some event time, if it is not there yet."""
        newest = self._newest.get(slot)
        if newest is None or event_ms > newest:
            self._newest[slot] = event_ms
            self._watermarks.setdefault(slot, []).append(event_ms)
            self._places.setdefault(slot, []).append(place)

    def newest(self, slot: int) -> int | None:
        """Return how far a slot's time has come, ms UTC; None where nothing is known."""
        return self._newest.get(slot)

    @property
    def newest_of(self) -> Mapping[int, int]:
        """Each slot whose time a record of the batch brought on, to its last watermark, ms UTC."""
        return {slot: watermarks[-1] for slot, watermarks in self._watermarks.items()}

    def look_at(self, slot: int, buckets: list[int]) -> None:
        """Say that what falls due in these buckets of a slot is to be taken in with the batch."""
        newest = self.newest(slot)
        if newest is not None:
            self._looked_at.update(dict.fromkeys(buckets, newest))

    @property
    def ends(self) -> Mapping[int, int]:
        """The last watermark of each bucket whose due times are to be taken in, ms UTC."""
        return self._looked_at

    def passing(self, bucket: int, due_ms: int) -> Passing | None:
        """Return where a due time is passed; None where it is not, or is not to be taken in."""
        if due_ms > self._looked_at.get(bucket, due_ms - 1):
            return None
        slot = bucket % self._slots
        before_ms = self._before.get(slot)
        if before_ms is not None and before_ms >= due_ms:
            return Passing(0, before_ms)
        index = bisect_left(self._watermarks[slot], due_ms)
        return Passing(self._places[slot][index], self._watermarks[slot][index])

    def reached(self, bucket: int, place: int) -> int | None:
        """Return how far everybody's time had come before a record of the batch, ms UTC; None where unknown."""
        slot = bucket % self._slots
        index = bisect_left(self._places.get(slot, []), place)
        return self._watermarks[slot][index - 1] if index else self._before.get(slot)


def no_time() -> Timeline:
    """Return a timeline of which nothing is known: nothing falls due."""
    return Timeline(1, {})


def standing_at(watermark_of_bucket: Mapping[int, int], buckets: int) -> Timeline:
    """Return a timeline that stands still, for what is due in between batches.

    Args:
        watermark_of_bucket: Watermarks of the buckets to look at, ms UTC.
        buckets: How many there are.
    """
    timeline = Timeline(buckets, watermark_of_bucket)
    for bucket in watermark_of_bucket:
        timeline.look_at(bucket, [bucket])
    return timeline
