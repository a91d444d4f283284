"""Faust's consumer with what its own lacks: commit exactly these offsets, and read the committed ones."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError  # type: ignore[import-untyped]
from aiokafka.structs import OffsetAndMetadata, TopicPartition  # type: ignore[import-untyped]
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
from mode.threads import WorkerThread

from warmline.bus.record import TransientError
from warmline.wellbeing.ledger import Place
from warmline.wellbeing.tolerant_records import read_tolerantly

log = logging.getLogger(__name__)

NOT_OURS = (KafkaError, IllegalStateError, AssertionError)
"""What aiokafka raises about a partition that has just moved (an assertion, in places), or a broker that is away."""


class DaemonThread(WorkerThread):
    """A thread that the process does not wait for when it ends.

    Where the broker does not answer, leaving the group takes as long as a request may, far beyond the stop's deadline.
    What was done is committed by then, and what was not comes again.
    """

    def __init__(self, service: Any, **options: Any) -> None:
        super().__init__(service, **options)
        self.daemon = True


class ExplicitThread(AIOKafkaConsumerThread):
    """The thread that owns the aiokafka consumer, and answers its heartbeats while our loop is busy."""

    Worker = DaemonThread

    def set_shutdown(self) -> None:
        """Say that the thread is done."""
        with suppress(RuntimeError):  # our loop is closed: the stop's deadline has passed, and nobody waits to hear it
            super().set_shutdown()

    def _create_consumer(self, loop: asyncio.AbstractEventLoop) -> Any:
        read_tolerantly()
        return super()._create_consumer(loop)

    async def commit_explicit(self, offsets: Mapping[Any, Any]) -> None:
        """Commit offsets."""
        await self.call_thread(self._ensure_consumer().commit, offsets)

    async def committed_of(self, partition: TopicPartition) -> int | None:
        """Return the group's committed offset of a partition; None where there is none."""
        offset: int | None = await self.call_thread(self._ensure_consumer().committed, partition)
        return offset

    def answered_ms(self, partition: TopicPartition) -> int | None:
        """Return when the last answer to a fetch of a partition was read, ms UTC; None while there was none."""
        at_ms: int | None = self._ensure_consumer().last_poll_timestamp(partition)
        return at_ms


class ExplicitConsumer(Consumer):
    """Commits what it is told to, when it is told to, and nothing by itself."""

    _thread: ExplicitThread

    def _new_consumer_thread(self) -> ExplicitThread:
        return ExplicitThread(self, loop=self.loop, beacon=self.beacon)

    async def commit_explicit(self, offsets: Mapping[Place, int]) -> bool:
        """Commit offsets. Returns False where the partitions have moved: their new owner reads the records again.

        Raises:
            TransientError: The broker does not answer.
        """
        wanted = {TopicPartition(*place): OffsetAndMetadata(offset, "") for place, offset in offsets.items()}
        try:
            await self._thread.commit_explicit(wanted)
        except (CommitFailedError, IllegalStateError):
            return False
        except KafkaError as error:
            raise TransientError(f"cannot commit: {error!r}") from error
        return True

    async def starts_of(self, places: Iterable[Place]) -> dict[Place, tuple[int | None, int]]:
        """Return each partition's committed offset, None where there is none, and where reading begins.

        Raises:
            TransientError: The broker does not answer, or the partitions have moved meanwhile.
        """
        wanted = {place: TopicPartition(*place) for place in places}
        try:
            first = await self.earliest_offsets(*wanted.values()) if wanted else {}
            ends = await self.highwaters(*wanted.values()) if wanted else {}
            starts = {}
            for place, partition in wanted.items():
                committed = await self._thread.committed_of(partition)
                if committed is not None and committed > ends[partition]:
                    where = {"topic": place.topic, "partition": place.partition, "committed": committed}
                    log.error("the log ends before what was committed: it lost its end", extra=where)
                    committed = ends[partition]
                starts[place] = (committed, max(committed or 0, first[partition]))
        except NOT_OURS as error:
            raise TransientError(f"cannot read committed offsets: {error!r}") from error
        return starts

    async def seek_to(self, place: Place, offset: int) -> None:
        """Fetch a partition again from an offset; not where it has moved."""
        with suppress(*NOT_OURS):
            await self.seek(TopicPartition(*place), offset)

    def end_of(self, place: Place) -> int | None:
        """Return the high watermark as of the last fetch; None while there was none, and where it has moved."""
        try:
            end: int | None = self.highwater(TopicPartition(*place))
        except NOT_OURS:
            return None
        return end

    def answered_ms(self, place: Place) -> int | None:
        """Return when the last answer to a fetch was read, ms UTC; None while there was none, and where it has moved.

        What a partition's high watermark was by then is what `end_of` and `left_to_fetch` go by.
        """
        try:
            return self._thread.answered_ms(TopicPartition(*place))
        except NOT_OURS:
            return None

    async def left_to_fetch(self, place: Place, taken_to: int) -> bool | None:
        """Return whether a partition has records that were not taken, as far as the last fetch could tell.

        Args:
            place: The partition.
            taken_to: The offset after the newest record taken.

        Returns:
            False: it has none. True: it has. None: all is fetched, but not all was handed on; what is missing is on its
            way, or is no record (the marker of a transaction).
        """
        end = self.end_of(place)
        if end is None:
            return True
        if taken_to > end:  # the log lost its end: what comes now has offsets that were taken before; see `starts_of`
            return True
        if taken_to == end:
            return False
        try:
            position = await self.position(TopicPartition(*place))
        except NOT_OURS:
            return True
        return True if position is None or position < end else None


class ExplicitTransport(Transport):
    """Makes the explicit consumer."""

    Consumer = ExplicitConsumer
