"""What Faust reads, on its way to the pump: batches, generations, offsets."""

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import Any

from warmline.bus.record import Record
from warmline.telemetry.trace_context import context_of
from warmline.wellbeing.ledger import Ledger, Place

MS = 1000
GATHER_S = 0.25  # Faust hands records on one by one, and slowly; signals wait for minutes, and round trips cost
IDLE_S = 1.0  # what was fetched is handed on within a moment
LONG_IDLE_S = 5.0  # where it is not, it was no record


class Intake:
    """Takes batches from what the app's agent puts in, and keeps the account of offsets.

    Args:
        app: The Faust app.
        prefix: Setting `topic_prefix`.
        batch_max: Most records waiting; then Faust's own buffer fills, and it stops fetching.
        wait_s: Longest wait for the first record of a batch, seconds.
    """

    def __init__(self, app: Any, prefix: str, batch_max: int, wait_s: float) -> None:
        self._app = app
        self._prefix = prefix
        self._wait_s = wait_s
        self._arrived: asyncio.Queue[Any] = asyncio.Queue(batch_max)
        self._ahead: Any = None
        self._stream: Any = None
        self._generation = -1
        self._owned: list[Place] = []
        self._ledger = Ledger()
        self._arrived_s: dict[Place, float] = {}
        self._answered_ms: dict[Place, int] = {}
        self._owed_since: dict[Place, float] = {}
        self._rebalancing_since = 0.0
        self._looked = float("-inf")

    async def feed(self, stream: Any) -> None:
        """Put in whatever a stream gives. The stream's acknowledgements mean nothing: see the ledger."""
        self._stream = stream.noack()
        async for event in self._stream.events():
            await self._arrived.put(event)

    @property
    def moved(self) -> bool:
        """Whether the group has given an assignment that `begin_generation` has not taken in."""
        app = self._app
        return not app.rebalancing and app.consumer_generation_id not in (self._generation, 0, -1)

    def stuck_for_s(self) -> float:
        """Return how long Faust has owed records, seconds: a rebalance does not end, or what is there does not come."""
        now = asyncio.get_running_loop().time()
        looked, self._looked = self._looked, now
        if now - looked > LONG_IDLE_S:  # we were held back ourselves
            self._owed_since.clear()
        if not self._app.rebalancing or now - looked > LONG_IDLE_S:
            self._rebalancing_since = now
        return now - min(self._rebalancing_since, *self._owed_since.values(), now)

    async def begin_generation(self) -> dict[tuple[str, int], int | None]:
        """Take in the assignment. Returns topic, without the prefix, and partition to committed offset.

        Raises:
            TransientError: The broker does not answer, or the partitions move on.
        """
        generation = self._app.consumer_generation_id
        self._owned = [Place(each.topic, each.partition) for each in self._app.consumer.assignment()]
        starts = await self._app.consumer.starts_of(self._owned)
        self._ledger.assign({place: first for place, (_, first) in starts.items()})
        now = asyncio.get_running_loop().time()
        self._arrived_s = dict.fromkeys(self._owned, now)
        self._answered_ms.clear()
        self._owed_since.clear()
        self._generation = generation
        return {self.bare(place): committed for place, (committed, _) in starts.items()}

    async def take(self, most: int) -> list[Record]:
        """Return what comes within a moment, after waiting a while for the first; none of an earlier generation."""
        records: list[Record] = []
        until = asyncio.get_running_loop().time() + self._wait_s
        while len(records) < most:
            try:
                async with asyncio.timeout_at(until):
                    await self._admit(await self._next(), records)
            except TimeoutError:
                break
            if self._ahead is not None:
                break
            if len(records) == 1:
                until = asyncio.get_running_loop().time() + GATHER_S
            while len(records) < most and self._ahead is None and not self._arrived.empty():
                await self._admit(self._arrived.get_nowait(), records)
        return records

    def done(self, records: Iterable[Record]) -> None:
        """Take note that records are stored, and their outcomes acknowledged."""
        for record in records:
            self._ledger.done(Place(self._prefix + record.topic, record.partition), record.offset)

    def to_commit(self) -> dict[Place, int]:
        """Return the offsets to commit; none where the group has moved on, since then the records come again."""
        offsets = self._ledger.to_commit()
        return offsets if self._app.consumer_generation_id == self._generation else {}

    def bare(self, place: Place) -> tuple[str, int]:
        """Return a partition's topic without the prefix, and its number."""
        return place.topic.removeprefix(self._prefix), place.partition

    def end_of(self, place: tuple[str, int]) -> int | None:
        """Return a partition's high watermark as of the last fetch, by its bare name; None while there was none."""
        end: int | None = self._app.consumer.end_of(Place(self._prefix + place[0], place[1]))
        return end

    async def seek_holes(self) -> None:
        """Seek again where records before the first one seen did not come."""
        for place, offset in self._ledger.holes().items():
            await self._app.consumer.seek_to(place, offset)

    async def read_to_the_end(self) -> list[tuple[tuple[str, int], int]]:
        """Return partitions that are read to their end and were idle for a while, by their bare names.

        Returns:
            Each with a wall clock before which all of it was there, ms UTC: when the broker's last but one answer was
            read. The last one was asked for after that. When it came says less: it may have waited for us to read it.
        """
        now = asyncio.get_running_loop().time()
        found = []
        for place in self._owned:
            idle_s = now - self._arrived_s.get(place, now)
            if idle_s < IDLE_S or not self._is_drained():
                continue
            as_of_ms = self._asked_after(place)  # before the end is looked at: a newer answer may come meanwhile
            left = await self._app.consumer.left_to_fetch(place, self._ledger.taken_to(place))
            if left:
                self._owed_since.setdefault(place, now)
            else:
                self._owed_since.pop(place, None)
            at_end = left is False or (left is None and idle_s > LONG_IDLE_S)
            if at_end and as_of_ms is not None and self._is_drained():
                found.append((self.bare(place), as_of_ms))
        return found

    def _asked_after(self, place: Place) -> int | None:
        """Return when the answer before a partition's last one was read; None where there is no new one since."""
        answered_ms, before_ms = self._app.consumer.answered_ms(place), self._answered_ms.get(place)
        if answered_ms is not None:
            self._answered_ms[place] = answered_ms
        return None if answered_ms == before_ms else before_ms

    def _is_drained(self) -> bool:
        """Return whether nothing waits between Faust's fetching and the pump."""
        waiting = self._ahead is not None or not self._arrived.empty()
        return not waiting and self._stream is not None and self._stream.channel.queue.empty()

    async def _next(self) -> Any:
        if self._ahead is not None:
            event, self._ahead = self._ahead, None
            return event
        return await self._arrived.get()

    async def _admit(self, event: Any, records: list[Record]) -> None:
        message = event.message
        place = Place(message.topic, message.partition)
        if message.generation_id != self._generation:
            if message.generation_id == self._app.consumer_generation_id:
                self._ahead = event  # of an assignment that is to be taken in first
                await asyncio.sleep(self._wait_s)
            return
        self._arrived_s[place] = asyncio.get_running_loop().time()
        self._owed_since.pop(place, None)
        admission = self._ledger.admit(place, message.offset)
        if admission == "seek":
            await self._app.consumer.seek_to(place, self._ledger.holes()[place])
        elif admission == "take":
            records.append(
                Record(
                    message.topic.removeprefix(self._prefix),
                    message.partition,
                    message.offset,
                    message.key,
                    message.value,
                    partial(list, message.headers or ()),
                    round((message.timestamp or 0) * MS),
                    context_of(message.headers),
                )
            )
