"""How far event time comes while a batch is read, record by record: what falls due before which of them.

What is due goes out before the record that makes it due, whatever batch both came in. Whoever reads what is published
has due times of its own: were an end published after an hour of others' records, it would be late by an hour there.
"""

from bisect import bisect_left
from collections.abc import Mapping

from msgspec import Struct

AT_THE_END = 2**62
"""A place beyond every record's."""


class Passing(Struct, frozen=True):
    """Where a due time is passed.

    Attributes:
        place: Place in the batch of the record that passes it; AT_THE_END where none does.
        watermark_ms: How far time has come with this record, or where none passes it, before the batch, ms UTC.
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
        self._before = {slot: at for slot, at in before.items() if at is not None}
        self._times: dict[int, list[int]] = {}  # of a slot's records in the batch: the newest so far, where it rises
        self._places: dict[int, list[int]] = {}  # of the records that brought them
        self._looked_at: dict[int, int] = {}  # bucket to the last watermark

    def goes_on(self, slot: int, place: int, event_ms: int) -> None:
        """Take note of a record of the batch, and of its event time, ms UTC."""
        times = self._times.get(slot)
        if times is None:
            self._times[slot], self._places[slot] = [event_ms], [place]
        elif event_ms > times[-1]:
            times.append(event_ms)
            self._places[slot].append(place)

    @property
    def newest_of(self) -> Mapping[int, int]:
        """Each slot that has records in the batch, to its watermark after them, ms UTC."""
        return {slot: self._newest(slot) for slot in self._times}

    def look_at(self, slot: int, buckets: list[int]) -> None:
        """Say that what falls due in these buckets of a slot is to be taken in with the batch."""
        self._looked_at.update(dict.fromkeys(buckets, self._newest(slot)))

    def look_nowhere(self) -> None:
        """Say that nothing is to be taken in with the batch after all."""
        self._looked_at = {}

    @property
    def ends(self) -> Mapping[int, int]:
        """The last watermark of each bucket whose due times are to be taken in, ms UTC."""
        return self._looked_at

    def passing(self, bucket: int, due_ms: int) -> Passing | None:
        """Return where a due time is passed; None where it is not, or is not to be taken in.

        By the batch's own records, though time may have come further before them: then they come again, and what falls
        due among them belongs there.
        """
        if due_ms > self._looked_at.get(bucket, due_ms - 1):
            return None
        place = self.place_of(bucket, due_ms)
        slot = bucket % self._slots
        if place == AT_THE_END:
            return Passing(place, self._before[slot])
        return Passing(place, self._times[slot][bisect_left(self._places[slot], place)])

    def place_of(self, bucket: int, due_ms: int) -> int:
        """Return the place of the first record of the batch that is of a time or later; AT_THE_END where none is."""
        times = self._times.get(bucket % self._slots, [])
        index = bisect_left(times, due_ms)
        return self._places[bucket % self._slots][index] if index < len(times) else AT_THE_END

    def reached(self, bucket: int, place: int) -> int | None:
        """Return how far everybody's time had come before a record of the batch, ms UTC; None where unknown."""
        slot = bucket % self._slots
        before = self._before.get(slot)
        index = bisect_left(self._places.get(slot, []), place)
        if not index:
            return before
        newest = self._times[slot][index - 1]
        return newest if before is None else max(newest, before)

    def _newest(self, slot: int) -> int:
        times, before = self._times.get(slot), self._before.get(slot)
        return max(at for at in (times[-1] if times else None, before) if at is not None)


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
