"""Reads the outputs' topics into the view and the event stream: on a thread of its own, without a consumer group.

Every gateway reads every partition. At the start it goes back a fixed time on each topic, so that a restarted gateway
knows the live conversations, and readers of the event stream can go on where they were. Until it has come to the end of
every partition once, the view is not ready. Nothing is ever committed.

On the topics that readers follow it begins one offset earlier. The last offset before may be the mark of a transaction,
which no reader ever gets: whoever has read everything stands on it. If it is a record, it is held for who stands there,
and is no news.
"""

import asyncio
import logging
import threading
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from msgspec import Struct

from warmline.contracts import topics
from warmline.gateway.positions import CODES
from warmline.gateway.view import AlertSeen, MoveSeen, SignalSeen, SummarySeen, TurnSeen, WindowSeen

log = logging.getLogger(__name__)

MINUTE_MS = 60_000
GO_BACK_MS = {
    topics.CONVERSATION_WINDOWS: 30 * MINUTE_MS,  # older conversations are read from the store when asked for
    topics.CONVERSATION_EVENTS: 30 * MINUTE_MS,
    topics.CONVERSATION_SUMMARIES: 60 * MINUTE_MS,
    topics.AGENT_ASSIST: 15 * MINUTE_MS,  # moves expire within minutes
    topics.ESCALATION_ALERTS: 24 * 60 * MINUTE_MS,  # so that yesterday evening's can still be judged
    # All there is: an agent whose band stands still is silent for weeks, and who has no signal counts as calm. Signals
    # are few, some a day of an agent, and the view holds the newest of each agent alone.
    topics.AGENT_WELLBEING: topics.KEPT_MS[topics.AGENT_WELLBEING],
}
"""How far back each topic is read at the start, ms."""

SEEN_TYPES: dict[str, type[Struct]] = {
    topics.CONVERSATION_WINDOWS: WindowSeen,
    topics.CONVERSATION_EVENTS: TurnSeen,
    topics.CONVERSATION_SUMMARIES: SummarySeen,
    topics.ESCALATION_ALERTS: AlertSeen,
    topics.AGENT_WELLBEING: SignalSeen,
    topics.AGENT_ASSIST: MoveSeen,
}
"""What is decoded of each topic's values."""

BATCH = 200  # taken in at once on the event loop: 4 ms at most
POLL_S = 0.1
ASK_TIMEOUT_S = 10.0
BACKOFF_S = 1.0
LOOK_FOR_PARTITIONS_S = 60.0
TAKE_TIMEOUT_S = 0.5

TopicOffset = tuple[str, int, int]
"""Topic without the prefix, partition, offset."""


class Arrival(Struct, frozen=True):
    """One record.

    Attributes:
        topic: Its topic, without the prefix.
        partition: Its partition.
        offset: Its offset.
        seen: What the view needs of it.
        value: As published.
        at_ms: When it was published, ms UTC.
        is_news: Whether it is of the time that is looked back on.
    """

    topic: str
    partition: int
    offset: int
    seen: Struct
    value: bytes
    at_ms: int
    is_news: bool = True


class Feed:
    """The thread.

    Args:
        make_consumer: Makes the consumer.
        prefix: Setting `topic_prefix`.
        names: The topics, without the prefix.
        loop: The event loop on which everything is taken in.
        begin: Told on the loop from where each partition is read.
        take: Takes a batch in, on the loop.
        ready: Told on the loop that the end of every partition was reached.
        now_ms: Wall clock, ms UTC.
        monotonic: Clock, seconds.
    """

    def __init__(  # noqa: PLR0913 # one place that wires, everything by name
        self,
        *,
        make_consumer: Callable[[], Consumer],
        prefix: str,
        names: Sequence[str],
        loop: asyncio.AbstractEventLoop,
        begin: Callable[[Sequence[TopicOffset]], None],
        take: Callable[[Sequence[Arrival]], None],
        ready: Callable[[], None],
        now_ms: Callable[[], int],
        monotonic: Callable[[], float],
    ) -> None:
        self._make_consumer = make_consumer
        self._prefix = prefix
        self._names = tuple(names)
        self._loop = loop
        self._begin = begin
        self._take = take
        self._ready = ready
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._decoders = {name: msgspec.json.Decoder(kind) for name, kind in SEEN_TYPES.items()}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self._read: set[tuple[str, int]] = set()
        self._next: dict[tuple[str, int], int] = {}
        self._before: dict[tuple[str, int], int] = {}
        self._behind: set[tuple[str, int]] = set()
        self._is_ready = False
        self._looked_s = 0.0

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Say that it should end; does not wait."""
        self._stop.set()

    def join(self, within_s: float) -> None:
        """Wait for its end."""
        self._thread.join(within_s)

    def _run(self) -> None:
        while not self._stop.is_set():
            consumer = self._make_consumer()
            try:
                self._follow(consumer)
            except KafkaException as error:
                log.warning("cannot read the topics yet: %s", error.args[0].name())
                self._stop.wait(BACKOFF_S)
            except Exception as error:  # noqa: BLE001 # a thread that ended would leave a view that only looks alive
                frame = traceback.extract_tb(error.__traceback__)[-1]
                log.error("reading begins anew: %s in %s, line %s", type(error).__name__, frame.name, frame.lineno)
                self._stop.wait(BACKOFF_S)
            finally:
                self._read.clear()
                consumer.close()

    def _follow(self, consumer: Consumer) -> None:
        self._assign_new(consumer)
        while not self._stop.is_set():
            if self._monotonic() - self._looked_s > LOOK_FOR_PARTITIONS_S:
                with suppress(KafkaException):  # the broker is away: what is read already goes on when it is back
                    self._assign_new(consumer)
            first = consumer.poll(POLL_S)
            messages = [first, *consumer.consume(BATCH - 1, 0)] if first is not None else []
            arrivals = [arrival for message in messages if (arrival := self._arrival(message)) is not None]
            for arrival in arrivals:  # before they are taken in: what cannot be is not tried for ever
                self._next[arrival.topic, arrival.partition] = arrival.offset + 1
            if arrivals:
                self._on_loop(self._take, arrivals)
            if not self._is_ready and not self._behind:
                self._is_ready = True
                self._on_loop(lambda _nothing: self._ready(), None)

    def _assign_new(self, consumer: Consumer) -> None:
        """Read partitions that are new to us: all of them at first, later those that were added."""
        self._looked_s = self._monotonic()
        known = consumer.list_topics(timeout=ASK_TIMEOUT_S).topics
        starts: list[TopicPartition] = []
        for name in self._names:
            topic = known.get(self._prefix + name)
            if topic is None or topic.error is not None:
                raise KafkaException(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART))
            new = [each for each in sorted(topic.partitions) if (name, each) not in self._read]
            starts += [TopicPartition(self._prefix + name, each, self._from_ms(name)) for each in new]
        if not starts:
            return
        found = consumer.offsets_for_times(starts, timeout=ASK_TIMEOUT_S)
        placed = [self._placed(consumer, each) for each in found]
        told = [(self._name(each), each.partition, each.offset) for each in placed]
        self._on_loop(self._begin, told)
        self._read |= {(name, partition) for name, partition, _ in told}
        self._behind |= {(name, partition) for name, partition, _ in told} if not self._is_ready else set()
        consumer.incremental_assign(placed)

    def _placed(self, consumer: Consumer, found: TopicPartition) -> TopicPartition:
        """Return where to begin in a partition: where it was read up to, else at the time given, else at its end."""
        if found.error is not None:
            raise KafkaException(found.error)
        name, partition = self._name(found), found.partition
        if (held := self._next.get((name, partition))) is not None:
            return TopicPartition(found.topic, partition, held)
        if name not in CODES and found.offset >= 0:
            return TopicPartition(found.topic, partition, found.offset)
        low, end = consumer.get_watermark_offsets(TopicPartition(found.topic, partition), timeout=ASK_TIMEOUT_S)
        news = found.offset if found.offset >= 0 else end
        if name not in CODES or news <= low:
            return TopicPartition(found.topic, partition, news)
        self._before[name, partition] = news - 1
        return TopicPartition(found.topic, partition, news - 1)

    def _arrival(self, message: Message) -> Arrival | None:
        error = message.error()
        name = (message.topic() or "").removeprefix(self._prefix)
        partition, offset = message.partition() or 0, message.offset() or 0
        if error is not None:
            if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 # the only name it has
                self._behind.discard((name, partition))
            elif not error.retriable():
                log.warning("reading %s: %s", name, error.name())
            return None
        value = message.value()
        if not value:
            return None
        try:
            seen = self._decoders[name].decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            if name != topics.CONVERSATION_EVENTS:  # which carries starts and ends too, and what nobody checked
                log.warning("a record of %s cannot be read", name)
            return None
        is_news = self._before.pop((name, partition), None) != offset
        return Arrival(name, partition, offset, seen, value, message.timestamp()[1], is_news)

    def _on_loop(self, call: Callable[..., None], argument: object) -> None:
        """Run a call on the loop and wait for it: nothing piles up between the threads."""

        async def run() -> None:
            call(argument)

        future = asyncio.run_coroutine_threadsafe(run(), self._loop)
        while not self._stop.is_set():
            with suppress(FutureTimeoutError):
                future.result(TAKE_TIMEOUT_S)
                return
        future.cancel()

    def _from_ms(self, name: str) -> int:
        return max(0, self._now_ms() - GO_BACK_MS[name])

    def _name(self, place: TopicPartition) -> str:
        name: str = place.topic.removeprefix(self._prefix)
        return name
