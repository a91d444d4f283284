"""The pump's handler: decode, process over the store, fire due times by the low watermark.

It blocks, and runs on the pump's worker thread alone, so that Faust's event loop stays free for heartbeats.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct

from warmline.bus.decode import Decoder
from warmline.bus.future import refuse_future
from warmline.bus.handler import Handler
from warmline.bus.interval import Interval
from warmline.bus.record import Record
from warmline.contracts.topics import TOPICS
from warmline.store.incoming import Incoming
from warmline.store.outbox import Outcome
from warmline.store.processor import Processor
from warmline.store.progress import Upstream
from warmline.store.store import Store
from warmline.wellbeing.clocks import LowWatermark
from warmline.wellbeing.domain import WellbeingDomain
from warmline.wellbeing.state import Account

TICK_MS = 200  # signals wait for minutes of lateness: a fifth of a second more is not seen
SYNC_MS = 1_000  # how old what other instances know of the watermark may get


class AgentHandler(Handler):
    """Runs the wellbeing domain over the store.

    Args:
        domain: What to do.
        processor: Runs it over the store.
        store: The same store, for the clocks.
        partitions: Topic, without the prefix, to its number of partitions; due times belong to the first one's owners.
        future_tolerance_s: An event dated further ahead is refused: it would make everything else late.
        now_ms: Wall clock, ms UTC.
        count: Told every acknowledged outcome, for the metrics.
        upstream: How far whoever writes the first topic has come.
    """

    def __init__(  # noqa: PLR0913 # one place wires a service, and names each part
        self,
        *,
        domain: WellbeingDomain,
        processor: Processor[Account],
        store: Store,
        partitions: dict[str, int],
        future_tolerance_s: int,
        now_ms: Callable[[], int],
        count: Callable[[Sequence[Outcome]], None],
        upstream: Upstream | None = None,
    ) -> None:
        types_of = {topic.name: topic.types for topic in TOPICS}
        self._decoders = {topic: Decoder(types_of[topic]) for topic in partitions}
        self._domain = domain
        self._processor = processor
        self._store = store
        self._clock_topic = next(iter(partitions))
        self._bucket_partitions = partitions[self._clock_topic]
        self._slots: dict[
            tuple[str, int], int
        ] = {}  # the store keeps one clock a number: the second topic's partitions follow the first one's
        for topic, number in partitions.items():
            for partition in range(number):
                self._slots[topic, partition] = len(self._slots)
        self._future_tolerance_s = future_tolerance_s
        self._now_ms = now_ms
        self._count = count
        self._upstream = upstream
        self._mine: list[int] = []
        self._watermark = LowWatermark(now_ms)
        self._own: set[int] = set()
        self._buckets: list[int] = []
        self._between_ticks = Interval(TICK_MS)
        self._between_syncs = Interval(SYNC_MS)
        self._fired = False

    def decode(self, record: Record) -> Struct:
        """Return the record's event, by its topic's types."""
        event = self._decoders[record.topic].decode(record)
        refuse_future(self._domain.event_time_of(event), self._now_ms(), self._future_tolerance_s)
        return event

    def handle(self, batch: Sequence[tuple[Record, Struct]]) -> list[Outcome]:
        """Apply the batch over the store."""
        incomings = []
        for record, event in batch:
            place = (record.topic, record.partition)
            incomings.append(Incoming(*place, record.offset, event, record.received_ms, record.context))
            self._watermark.seen(self._slots[place], record.sure_ms(self._domain.event_time_of(event)))
        outcomes = self._processor.process(incomings)
        # Before the offsets are committed: who takes over after a crash may get no record to tell how late it is.
        self._save_clocks()
        return outcomes

    def acknowledged(self, outcomes: Sequence[Outcome]) -> None:
        """Let the outcomes leave the outbox with the next write."""
        self._processor.acknowledged()
        self._count(outcomes)

    def assigned(self, committed: dict[tuple[str, int], int | None]) -> None:
        """Take over partitions: forget what another owner may have changed, and take up the clocks."""
        self._processor.forget_all()
        for (topic, partition), offset in committed.items():
            self._processor.committed(topic, partition, offset or 0)
        saved = {slot: self._store.load_clock(slot) for slot in self._slots.values()}
        self._own = {self._slots[place] for place in committed}
        own = {slot: clock for slot, clock in saved.items() if slot in self._own}
        others = {slot: clock for slot, clock in saved.items() if slot not in self._own}
        self._watermark.assign(own, others)
        self._mine = [partition for topic, partition in committed if topic == self._clock_topic]
        self._buckets = [
            bucket for each in self._mine for bucket in range(each, self._store.buckets, self._bucket_partitions)
        ]

    def committed(self, offsets: dict[tuple[str, int], int]) -> None:
        """Remember what is acknowledged for good."""
        for (topic, partition), offset in offsets.items():
            self._processor.committed(topic, partition, offset)

    def caught_up(self, topic: str, partition: int, as_of_ms: int) -> None:
        """Let a partition hold nothing back that was known when nothing more was in it."""
        if self._upstream and topic == self._clock_topic:
            as_of_ms = self._upstream.sure_ms(partition, as_of_ms)
        self._watermark.caught_up(self._slots[topic, partition], as_of_ms)

    def tick(self) -> list[Outcome]:
        """Fire what the watermark makes due."""
        now = self._now_ms()
        if not self._between_ticks.is_over(now):
            return []
        self._between_ticks.begin(now)
        if self._between_syncs.is_over(now):
            self._between_syncs.begin(now)
            self._sync()
        watermark = self._watermark.at()
        if watermark is None:
            return []
        outcomes = self._processor.fire(dict.fromkeys(self._buckets, watermark))
        self._fired = True
        return outcomes

    def settle(self) -> None:
        """Set what is due next, once what was due is acknowledged."""
        if self._fired:
            self._processor.settle()
            self._fired = False

    def _sync(self) -> None:
        """Tell the other instances how far ours have come, and hear how far theirs and the service before have."""
        self._save_clocks()
        if self._upstream:
            self._upstream.look(self._mine, self._bucket_partitions)
        others = [slot for slot in self._slots.values() if slot not in self._own]
        self._watermark.hear({slot: self._store.load_clock(slot) for slot in others})

    def _save_clocks(self) -> None:
        for slot, clock in self._watermark.to_save().items():
            self._store.save_clock(slot, *clock)
