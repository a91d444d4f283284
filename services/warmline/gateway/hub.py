"""The event stream: what came lately, who listens, and where each of them stands.

What a reader may rely on: with the id of the last event it has, it gets every later event of its topics exactly once
and in partition order, from this gateway or any other on the same topics, as long as what it missed is still held
(`RETAINED_BYTES`, and after a restart what was read anew: see `feed.py`). Else it first gets `reset`, which means: you
have missed something, read the state anew. A reader without an id gets what comes from now on. Who comes from a
gateway that has read further waits a moment (`events_out.py`): that is no gap.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from warmline.contracts import topics
from warmline.gateway.positions import CODES, Offsets, Positions, segment

RETAINED_BYTES = 64 * 1024 * 1024  # ten minutes at 70 windows of 1.5 KB a second
ENTRY_BYTES = 200  # what an entry costs beside its value
QUEUE_EVENTS = 2_000  # a reader this far behind is slow: it is let go, and comes back with its id
QUEUE_BYTES = 4 * 1024 * 1024

RESET = b'event: reset\nid: %b\ndata: {"reason":"gap"}\n\n'

EVENT_NAMES = {
    topics.CONVERSATION_WINDOWS: b"window",
    topics.ESCALATION_ALERTS: b"alert",
    topics.CONVERSATION_SUMMARIES: b"summary",
    topics.AGENT_ASSIST: b"assist",
}


@dataclass(slots=True)
class Entry:
    """One event.

    Attributes:
        topic: Its topic.
        partition: Its partition.
        offset: Its offset.
        order: Place among all events that this hub has seen.
        value: The event as published, on one line.
    """

    topic: str
    partition: int
    offset: int
    order: int
    value: bytes


@dataclass(slots=True)
class PartitionLog:
    """What is held of one partition: everything from `first` up to, not including, `next`."""

    first: int
    next: int
    entries: deque[Entry] = field(default_factory=deque)


class Subscriber:
    """One reader: what it has still to be sent.

    Attributes:
        topics: What it reads.
        dropped: It was too slow.
        wake: Called when there is something to send.
        let_go: Called once, when it was too slow.
    """

    __slots__ = ("_bytes", "_queue", "dropped", "let_go", "topics", "wake")

    def __init__(
        self, wanted: tuple[str, ...], wake: Callable[[], object] = bool, let_go: Callable[[], object] = bool
    ) -> None:
        self.topics = wanted
        self.dropped = False
        self.wake = wake
        self.let_go = let_go
        self._queue: deque[bytes] = deque()
        self._bytes = 0

    def push(self, frame: bytes) -> None:
        """Add a frame; a reader that is too slow loses all it had, and is let go."""
        if self.dropped:
            return
        if len(self._queue) >= QUEUE_EVENTS or self._bytes + len(frame) > QUEUE_BYTES:
            self.dropped = True
            self._queue.clear()
            self.let_go()
            return
        self._queue.append(frame)
        self._bytes += len(frame)
        self.wake()

    def take(self) -> bytes:
        """Return and forget everything that waits."""
        frames = b"".join(self._queue)
        self._queue.clear()
        self._bytes = 0
        return frames


class Hub:
    """Everything lives on the event loop's thread; nothing here waits."""

    def __init__(self, retained_bytes: int = RETAINED_BYTES) -> None:
        self._retained_bytes = retained_bytes
        self._bytes = 0
        self._order = 0
        self._logs: dict[tuple[str, int], PartitionLog] = {}
        self._oldest: deque[PartitionLog] = deque()
        self._offsets: Positions = {topic: {} for topic in CODES}
        self._segments: dict[str, str] = {}
        self.subscribers: set[Subscriber] = set()
        self._waiting: set[Subscriber] = set()

    def begin(self, topic: str, partition: int, offset: int) -> None:
        """Say from where a partition is read. Where it was read up to another place before, that is forgotten."""
        held = self._logs.get((topic, partition))
        if topic in CODES and (held is None or held.next != offset):
            self._logs[topic, partition] = PartitionLog(offset, offset)
            self._move(topic, partition, offset)

    def publish(self, topic: str, partition: int, offset: int, value: bytes) -> None:
        """Take in an event and queue it for whoever reads its topic."""
        if topic not in CODES:
            return
        log = self._logs.get((topic, partition))
        if log is None or offset < log.next:  # offsets that go back: the topic was made anew
            log = self._logs[topic, partition] = PartitionLog(offset, offset)
        self._order += 1
        entry = Entry(topic, partition, offset, self._order, value.replace(b"\n", b" ").replace(b"\r", b" "))
        log.entries.append(entry)
        log.next = offset + 1
        self._move(topic, partition, offset + 1)
        self._oldest.append(log)
        self._bytes += len(entry.value) + ENTRY_BYTES
        while self._bytes > self._retained_bytes:
            self._forget_oldest()
        self._queue(entry)

    def subscribe(self, subscriber: Subscriber, since: Positions | None) -> Iterator[bytes]:
        """Take a reader in and return the frames of what it missed, in order; live events queue up behind them."""
        wanted = subscriber.topics
        self._waiting.discard(subscriber)
        self.subscribers.add(subscriber)
        if since is None:
            return iter([self._mark(wanted)])
        if not self._holds_all(wanted, since):
            return iter([RESET % self._id(wanted).encode()])
        return self._missed(wanted, since)

    def wait(self, subscriber: Subscriber) -> None:
        """Know a reader that cannot be taken in yet: it is told when something has changed."""
        self._waiting.add(subscriber)

    def wake(self) -> None:
        """Tell every reader that something has changed: that it can be taken in, or that it is over."""
        for subscriber in (*self.subscribers, *self._waiting):
            subscriber.wake()

    def is_ahead(self, wanted: tuple[str, ...], since: Positions) -> bool:
        """Tell whether a reader has missed nothing, but has read further elsewhere than was read here so far."""
        if self._holds_all(wanted, since):
            return False
        reached: Positions = {
            topic: {
                partition: min(offset, log.next) if (log := self._logs.get((topic, partition))) else offset
                for partition, offset in offsets.items()
            }
            for topic, offsets in since.items()
        }
        return self._holds_all(wanted, reached)

    def leave(self, subscriber: Subscriber) -> None:
        """Forget a reader."""
        self.subscribers.discard(subscriber)
        self._waiting.discard(subscriber)

    def _queue(self, entry: Entry) -> None:
        frames: dict[tuple[str, ...], bytes] = {}
        for subscriber in tuple(self.subscribers):
            if entry.topic not in subscriber.topics:
                continue
            frame = frames.get(subscriber.topics)
            if frame is None:
                frame = frames[subscriber.topics] = _frame(entry, self._id(subscriber.topics))
            subscriber.push(frame)

    def _missed(self, wanted: tuple[str, ...], since: Positions) -> Iterator[bytes]:
        """Collect now, since entries may be forgotten while they are sent; the frames are made one by one."""
        at: Positions = {topic: {**self._offsets[topic], **since.get(topic, {})} for topic in wanted}
        entries = [
            entry
            for (topic, partition), log in self._logs.items()
            if topic in since and topic in wanted
            for entry in log.entries
            if entry.offset >= since[topic].get(partition, 0)
        ]
        entries.sort(key=lambda entry: entry.order)
        for topic in wanted:  # what the id does not know of a topic that it names has not been read
            if topic in since:
                at[topic] = {partition: since[topic].get(partition, 0) for partition in self._offsets[topic]}
        return _frames(entries, at, wanted)

    def _holds_all(self, wanted: tuple[str, ...], since: Positions) -> bool:
        return all(self._holds(topic, offsets) for topic, offsets in since.items() if topic in wanted)

    def _holds(self, topic: str, offsets: Offsets) -> bool:
        known = {partition: log for (name, partition), log in self._logs.items() if name == topic}
        if any(partition not in known for partition, offset in offsets.items() if offset):
            return False
        return all(log.first <= offsets.get(partition, 0) <= log.next for partition, log in known.items())

    def _mark(self, wanted: tuple[str, ...]) -> bytes:
        """An id without an event: a reader to whom nothing came before it was cut off can resume all the same."""
        return b"id: " + self._id(wanted).encode() + b"\n\n"

    def _id(self, wanted: tuple[str, ...]) -> str:
        return "-".join(part for topic in wanted if len(part := self._segments.get(topic, "")) > 1)

    def _move(self, topic: str, partition: int, offset: int) -> None:
        self._offsets[topic][partition] = offset
        self._segments[topic] = segment(topic, self._offsets[topic])

    def _forget_oldest(self) -> None:
        log = self._oldest.popleft()
        entry = log.entries.popleft()
        log.first = entry.offset + 1
        self._bytes -= len(entry.value) + ENTRY_BYTES


def _frames(entries: list[Entry], at: Positions, wanted: tuple[str, ...]) -> Iterator[bytes]:
    for entry in entries:
        at[entry.topic][entry.partition] = entry.offset + 1
        yield _frame(entry, "-".join(segment(topic, at[topic]) for topic in wanted if at[topic]))


def _frame(entry: Entry, event_id: str) -> bytes:
    return b"event: %b\nid: %b\ndata: %b\n\n" % (EVENT_NAMES[entry.topic], event_id.encode(), entry.value)
