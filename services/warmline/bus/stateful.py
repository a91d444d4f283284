"""The loop's handler for a keyed domain: decode, process over the store, and fire due times by the watermark."""

import logging
from collections.abc import Callable, Sequence

from msgspec import Struct

from warmline.bus.decode import Decoder
from warmline.bus.future import refuse_future
from warmline.bus.handler import Handler
from warmline.bus.interval import Interval
from warmline.bus.record import Record, TransientError
from warmline.contracts.dates import time_of
from warmline.contracts.times import Times
from warmline.contracts.topics import CONVERSATION_SCORES, CONVERSATION_WINDOWS, TOPICS
from warmline.store.incoming import Incoming
from warmline.store.keyed import KeyedDomain, S
from warmline.store.outbox import Outcome
from warmline.store.processor import Processor
from warmline.store.progress import NOTHING_MS, Progress, Upstream
from warmline.store.store import Store, StoreUnavailableError
from warmline.store.timeline import Timeline
from warmline.store.watermark import Watermarks

log = logging.getLogger(__name__)

LOOK_MS = 2_000
"""So much further a batch has to bring a partition's time for what falls due within it to be looked for. Whoever reads
what comes of it is late by no more; and where time goes on as it is lived, two ticks a second look often enough."""

TICK_MS = 500  # due times are minutes away: half a second late is not seen, and Redis is asked twice a second
OURS = frozenset({CONVERSATION_SCORES, CONVERSATION_WINDOWS})
"""Topics that Warmline alone writes: their records are what they look like."""


class StatefulHandler(Handler):
    """Runs one domain.

    Args:
        domain: What to do.
        processor: Runs it over the store.
        store: The same store, for the clocks.
        topics: Topics that are read; the first one's event times drive the watermark.
        partitions_of: Returns how many partitions a topic has.
        future_tolerance_s: What comes from outside and is dated further ahead is refused.
        now_ms: Wall clock, ms UTC.
        count: Told every acknowledged outcome, for the metrics.
        upstream: How far whoever writes the first topic has come; None where it comes from outside.
        progress: Told how far this service has come; None where nobody follows it.
    """

    def __init__(  # noqa: PLR0913 # one place wires a service, and names each part
        self,
        *,
        domain: KeyedDomain[S],
        processor: Processor[S],
        store: Store,
        topics: Sequence[str],
        partitions_of: Callable[[str], int],
        future_tolerance_s: int,
        now_ms: Callable[[], int],
        count: Callable[[Sequence[Outcome]], None],
        upstream: Upstream | None = None,
        progress: Progress | None = None,
    ) -> None:
        types_of = {topic.name: topic.types for topic in TOPICS}
        self._decoders = {topic: Decoder(types_of[topic], ours=topic in OURS) for topic in topics}
        self._domain = domain
        self._processor = processor
        self._store = store
        self._buckets = store.buckets
        self._clock_topic = topics[0]
        self._partitions_of = partitions_of
        self._future_tolerance_s = future_tolerance_s
        self._now_ms = now_ms
        self._count = count
        self._upstream = upstream
        self._progress = progress
        self._partitions = 0
        self._sure: dict[int, int] = {}  # up to which wall clock all is handled, here and upstream
        self._watermarks = Watermarks(now_ms)
        self._looked: dict[int, int] = {}  # at which watermark what is due was last looked for
        self._looked_before: dict[int, int] = {}  # the same, as of what is acknowledged
        self._looks_within = True
        self._buckets_of: dict[int, list[int]] = {}
        self._between_ticks = Interval(TICK_MS)
        self._ticked = False

    def decode(self, record: Record) -> Struct:
        """Return the record's event, by its topic's types, unless it is from the future."""
        event = self._decoders[record.topic].decode(record)
        if record.topic not in OURS:
            refuse_future(time_of(event), self._now_ms(), self._future_tolerance_s)
        return event

    def begin(self) -> None:
        """Forget what was returned and not acknowledged: it is returned again."""
        self._processor.begin()
        self._looked = dict(self._looked_before)
        self._looks_within = True

    def handle(self, batch: Sequence[tuple[Record, Struct]]) -> list[Outcome]:
        """Apply the batch over the store, and what falls due while its records bring time on."""
        incomings = []
        seen = []
        partitions = {record.partition for record, _ in batch if record.topic == self._clock_topic}
        timeline = Timeline(self._partitions, {each: self._watermarks.at(each) for each in partitions})
        for place, (record, event) in enumerate(batch):
            named = (record.topic, record.partition, record.offset)
            self._processor.read(*named)
            incomings.append(Incoming(*named, event, _received(record, event), record.context))
            if record.topic == self._clock_topic:
                self._mind_partition(record, event)
                event_ms = record.sure_ms(self._domain.event_time_of(event))
                timeline.goes_on(record.partition, place, event_ms)
                seen.append((record.partition, event_ms))
        looked = self._look(timeline)
        try:
            outcomes = self._processor.process(incomings, timeline)
        except (TransientError, StoreUnavailableError):
            raise
        except Exception:
            if not looked:
                raise
            # Of a record, or of a key that is due: only the former is to be blamed on a record. What is due waits for
            # the look between batches, where it stops the service if it is at fault.
            self._looks_within, looked = False, {}
            timeline.look_nowhere()
            outcomes = self._processor.process(incomings, timeline)
        self._go_on(seen)
        if self._processor.fired_all:
            self._looked.update(looked)
        return outcomes

    def acknowledged(self, outcomes: Sequence[Outcome]) -> None:
        """Let the outcomes leave the outbox with the next write."""
        self._processor.acknowledged()
        self._looked_before = dict(self._looked)
        self._count(outcomes)

    def assigned(self, committed: dict[tuple[str, int], int | None]) -> None:
        """Take over partitions: forget what another owner may have changed, and restore the clocks."""
        self._processor.forget_all()
        for (topic, partition), offset in committed.items():
            self._processor.committed(topic, partition, offset or 0)
        mine = {partition for topic, partition in committed if topic == self._clock_topic}
        for gone in self._buckets_of.keys() - mine:
            self._watermarks.forget(gone)
            self._sure.pop(gone, None)
            self._looked.pop(gone, None)
            self._looked_before.pop(gone, None)
        for partition in mine:  # of those of before as well: they may have gone and come back since
            clock, here_ms = self._store.load_clock(partition), self._watermarks.at(partition)
            if clock is not None and (here_ms is None or clock[0] > here_ms):
                self._watermarks.restore(partition, *clock)
        self._partitions = partitions = self._partitions_of(self._clock_topic)
        if self._buckets % partitions:
            log.warning(
                "the partitions do not divide the buckets: some due times wait for a neighbour's watermark",
                extra={"partitions": partitions, "buckets": self._buckets},
            )
        if self._progress:
            self._progress.keep(mine)
        self._buckets_of = {each: list(range(each, self._buckets, partitions)) for each in mine}
        if self._upstream:
            self._upstream.look(mine, partitions)

    def committed(self, offsets: dict[tuple[str, int], int]) -> None:
        """Remember what is acknowledged for good."""
        for (topic, partition), offset in offsets.items():
            self._processor.committed(topic, partition, offset)

    def caught_up(self, topic: str, partition: int, as_of_ms: int) -> None:
        """Let an idle partition's watermark go on with the clock, as far as it is known to have been idle."""
        if topic != self._clock_topic:
            return
        sure_ms = self._upstream.sure_ms(partition, as_of_ms) if self._upstream else as_of_ms
        self._watermarks.caught_up(partition, sure_ms)
        self._sure[partition] = sure_ms
        if self._progress:
            self._progress.handled(partition, sure_ms)

    def tick(self) -> list[Outcome]:
        """Fire what the watermarks make due."""
        now = self._now_ms()
        if not self._between_ticks.is_over(now):
            return []
        if self._upstream:
            self._upstream.look(self._buckets_of.keys(), self._partitions)
        self._processor.settle()  # of the batch before, which is acknowledged
        watermark_of = self._watermark_of_partition()
        outcomes = self._processor.fire(
            {bucket: at for partition, at in watermark_of.items() for bucket in self._buckets_of[partition]}
        )
        if self._processor.fired_all:
            self._looked.update(watermark_of)
            self._looked_before.update(watermark_of)
        self._ticked = True
        self._between_ticks.begin(now)  # not before: where the store was away, it is asked again at once
        return outcomes

    def settle(self) -> None:
        """Set what is due next, once what was due is acknowledged."""
        self._processor.settle()
        if self._ticked:
            self._ticked = False
            if self._progress and self._processor.fired_all:  # not before: what was due by then is published now
                self._progress.tell(self._partitions)

    def _go_on(self, seen: Sequence[tuple[int, int]]) -> None:
        """Let time go on by partitions' event times, and save it.

        Before the offsets are committed: who takes over after a crash may get no record to tell how late it is. Where
        it cannot be saved, it goes back: the batch begins again with the time that it began with.
        """
        before = self._watermarks.kept()
        for partition, event_ms in seen:
            self._watermarks.seen(partition, event_ms)
        try:
            for partition, event_ms, wall_ms in self._watermarks.unsaved():
                self._store.save_clock(partition, event_ms, wall_ms)
                self._watermarks.saved(partition, event_ms)
        except StoreUnavailableError:
            self._watermarks.go_back(before)
            raise

    def _look(self, timeline: Timeline) -> dict[int, int]:
        """Say where what falls due within the batch is to be looked for. Returns these partitions' last watermarks."""
        looked: dict[int, int] = {}
        if self._is_mixed() or not self._looks_within:
            return looked
        for partition, newest in timeline.newest_of.items():
            before = self._looked.get(partition)
            if before is None or newest - before > LOOK_MS:
                timeline.look_at(partition, self._buckets_of.get(partition, []))
                looked[partition] = newest
        return looked

    def _is_mixed(self) -> bool:
        """Tell whether records say nothing of those of whoever stands still upstream."""
        return self._upstream is not None and self._upstream.is_mixed

    def _watermark_of_partition(self) -> dict[int, int]:
        is_mixed = self._is_mixed()
        watermark_of: dict[int, int] = {}
        for partition in self._buckets_of:
            watermark = self._watermarks.at(partition)
            if watermark is None:
                continue
            if is_mixed:
                watermark = min(watermark, self._sure.get(partition, NOTHING_MS))
            watermark_of[partition] = watermark
        return watermark_of

    def _mind_partition(self, record: Record, event: Struct) -> None:
        """Tell those who follow where a key is in another partition than that in which they find it."""
        if self._progress is None or self._buckets % self._partitions:
            return
        key = self._domain.key_of(event)
        if key is not None and self._store.bucket(key) % self._partitions != record.partition:
            self._progress.not_aligned()


def _received(record: Record, event: Struct) -> int | None:
    """Return when the broker took the turn behind this event: the first hop's stamp where the event carries it."""
    times = getattr(event, "times", None)
    if isinstance(times, Times) and times.received is not None:
        return times.received
    return record.received_ms
