"""The consumer loop of every confluent-kafka service.

One thread, no overlap, in numbered steps:

    1 read a batch: `poll` for the first record, then whatever is there already, so that an idle stream waits for
      nothing and a backlog fills the batch
    2 decode; what cannot be is a dead letter, and too many of them stop the service here, before anything is lost
    3 handle: the service's own work (the model; or load, apply, compare-and-set); what it refuses is a dead letter too,
      and counts towards the same limit
    4 publish outcomes and dead letters, and await the broker's acknowledgement of all
    5 commit the offsets
    6 tell the handler that it is acknowledged
    7 believe what the client told of partitions' ends, since what was read before them is done now
    8 do what time alone makes due: publish, await, settle

Rebalance callbacks run inside `poll`, between batches, when nothing is in flight. Where a dependency is away, the batch
is held, the partitions are paused, and `poll` goes on so that the group does not take the partitions away; if it does
all the same, their records leave the held batch, since the new owner reads them again: for good, though the partitions
may come back before the batch is done.

A stop has one deadline for whatever is still to be waited for. It runs from the first beat that sees the order.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from confluent_kafka import Consumer, KafkaException, TopicPartition
from msgspec import Struct

from warmline.bus.assignment import Assignment
from warmline.bus.committer import Committer
from warmline.bus.dead_letters import DeadLetter, DeadLetterLimit
from warmline.bus.deadline import Deadline
from warmline.bus.ends import Ends
from warmline.bus.handler import Handler
from warmline.bus.lag import Lag, Place
from warmline.bus.poison import Isolation
from warmline.bus.publisher import Publisher
from warmline.bus.reader import Reader
from warmline.bus.record import Record, TransientError
from warmline.bus.refused import decoded, tell_refused
from warmline.store.outbox import Outcome
from warmline.store.store import StoreUnavailableError
from warmline.telemetry.health import Health
from warmline.telemetry.metrics import Metrics
from warmline.telemetry.traces import BatchTrace, Traces

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Batch = list[tuple[Record, Struct]]

BACKOFF_FIRST_S = 0.1
BACKOFF_MOST_S = 5.0  # a dependency that is back is found within this; polling goes on every HOLD_POLL_S meanwhile
HOLD_POLL_S = 0.25
OFFSET_TIMEOUT_S = 10.0  # for the group coordinator to answer


class StoppedEarlyError(Exception):
    """The deadline of a stop passed while a dependency was away. Nothing is lost: the batch was not committed."""


@dataclass(frozen=True, slots=True)
class LoopOptions:
    """How the loop runs.

    Attributes:
        topics: Topics to read, without the prefix.
        prefix: Put before every topic name.
        batch_max: Most records of a batch.
        batch_wait_s: Longest wait for the first record, seconds.
        drain_s: Deadline of a stop, seconds.
        service: Name, for metrics.
    """

    topics: tuple[str, ...]
    prefix: str
    batch_max: int
    batch_wait_s: float
    drain_s: float
    service: str


class Loop:
    """Runs one handler over one consumer until told to stop.

    Args:
        consumer: Not yet subscribed.
        ends: Asked how far time may go on without records.
        publisher: Where outcomes go.
        handler: The service.
        limit: Watches the dead letters.
        options: How to run.
        metrics: The list of metrics.
        health: Kept up to date.
        stop: Set from a signal handler or a test: finish the batch in hand and return.
        monotonic: Clock of the deadlines and stage times, seconds.
        traces: What is done with the records' traces.
        gate: Returns once the group may be joined: all that is built stands by then.
    """

    def __init__(  # noqa: PLR0913 # one place wires a service, and names each part
        self,
        *,
        consumer: Consumer,
        ends: Ends,
        publisher: Publisher,
        handler: Handler,
        limit: DeadLetterLimit,
        options: LoopOptions,
        metrics: Metrics,
        health: Health,
        stop: threading.Event,
        monotonic: Callable[[], float],
        traces: Traces | None = None,
        gate: Callable[[], None] = lambda: None,
    ) -> None:
        self._consumer = consumer
        self._publisher = publisher
        self._handler = handler
        self._limit = limit
        self._options = options
        self._metrics = metrics
        self._health = health
        self._stop = stop
        self._monotonic = monotonic
        self._traces = traces or Traces()
        self._gate = gate
        metrics.assigned.labels(options.service).set(0)  # known from the start: who never joins must be seen as well
        self._lag = Lag(options.service, options.topics, metrics.consumer_lag, monotonic)
        self._assignment = Assignment(self._rebalanced)
        self._reader = Reader(consumer, options.prefix)
        self._ends = ends
        self._done: dict[Place, int] = {}  # partition, with the prefix, to the offset after all that is done of it
        self._kept: set[tuple[str, int]] = set()  # owned ever since the batch in hand was read
        self._isolation = Isolation(handler, self._beat)
        self._deadline: Deadline | None = None
        self._committer = Committer(consumer, self._beat)
        publisher.while_waiting(self._beat)

    def run(self) -> None:
        """Read, handle, publish and commit until stopped; then leave the group.

        Raises:
            DeadLetterLimitError: Too many records were refused.
            StoppedEarlyError: The stop's deadline passed while something was away.
            KafkaException: A fatal error of the client.
        """
        options = self._options
        self._gate()
        self._assignment.subscribe(self._consumer, [options.prefix + topic for topic in options.topics])
        try:
            while not self._stop.is_set():
                self._beat()
                records = self._reader.read(options.batch_wait_s, options.batch_max)
                self._kept = set(self._assignment.owned)
                if self._assignment.changed:
                    self._tell_assignment()
                if records:
                    with self._traces.batch(records) as trace:
                        self._batch(trace)
                self._believe_ends()
                self._time_passes()
        finally:
            if not self._committer.pending:  # else the client must not be taken from under another thread
                self._consumer.close()

    def _batch(self, trace: BatchTrace) -> None:
        records = trace.records
        service = self._options.service
        self._metrics.batch_size.labels(service).observe(len(records))
        self._lag.begin(records)
        good, undecoded = decoded(self._handler, records)
        self._limit.check(len(records), len(undecoded))
        kept: frozenset[Place] = frozenset()

        def process() -> tuple[list[Outcome], list[DeadLetter]]:
            nonlocal kept
            mine = frozenset(self._kept)
            self._handler.begin()
            done = self._isolation.handle(self._owned(good))
            kept = mine  # not before: where the store went away meanwhile, nothing is known of what is ours alone
            return done

        outcomes, poisoned = self._patiently("process", process)
        # Before anything is published or committed: these records come again, and what is stored is as after a crash.
        self._limit.check(0, len(poisoned))
        letters: list[DeadLetter] = []

        def publish() -> None:
            nonlocal outcomes, poisoned, letters
            if not self._publisher.unsure:  # else some of it may be published, and all of it has to be
                if kept != self._kept:
                    # Lost while this was held: the new owner publishes it. What is still ours is done again, to the
                    # same outcomes, since nothing says which outcome came of which record.
                    outcomes, poisoned = process()
                letters = [each for each in undecoded if self._is_kept(each.record)] + poisoned
            self._publisher.publish(outcomes, letters, lambda: self._offsets(records))

        self._patiently("publish", publish)
        self._commit(records)
        self._handler.acknowledged(outcomes)
        tell_refused(letters, service, self._metrics, trace)

    def _time_passes(self) -> None:
        outcomes = self._patiently("timers", self._handler.tick)
        if outcomes:
            self._patiently("publish", lambda: self._publisher.publish(outcomes, [], list))
            self._handler.acknowledged(outcomes)
        self._patiently("settle", self._handler.settle)

    def _believe_ends(self) -> None:
        """Tell of partitions of which all is done that was there at some time, as the broker confirms."""
        if self._assignment.changed:
            return  # the handler knows nothing yet of what was assigned since; the next round tells it first
        self._done.update(self._reader.ends(self._assignment.owned))
        for (name, partition), as_of_ms in self._ends.confirmed(self._done):
            topic = name.removeprefix(self._options.prefix)
            self._handler.caught_up(topic, partition, as_of_ms)
            self._lag.read_to_end((topic, partition), self._done[name, partition])
        self._lag.settled()

    def _patiently(self, stage: str, call: Callable[[], Answer]) -> Answer:
        """Call until it succeeds: hold the batch, keep polling, back off. Times the stage."""
        service = self._options.service
        started = self._monotonic()
        backoff = BACKOFF_FIRST_S
        held = False
        try:
            while True:
                try:
                    answer = call()
                except (TransientError, StoreUnavailableError) as error:
                    if not held:
                        held = True
                        self._assignment.hold_back(self._consumer)
                        self._metrics.paused.labels(service).set(1)
                        self._health.waiting_for.add(type(error).__name__)
                        log.warning("held back, and trying again", extra={"stage": stage, "why": str(error)})
                    self._metrics.retries.labels(service).inc()
                    self._wait(backoff)
                    backoff = min(backoff * 2, BACKOFF_MOST_S)
                else:
                    self._metrics.stage_seconds.labels(service, stage).observe(self._monotonic() - started)
                    return answer
        finally:
            if held:
                self._health.waiting_for.clear()
                self._metrics.paused.labels(service).set(0)
                self._assignment.let_go(self._consumer)

    def _wait(self, seconds: float) -> None:
        """Keep polling for a while."""
        until = Deadline.after(seconds, self._monotonic)
        while not until.passed:
            self._beat()
            self._reader.poll_held(min(HOLD_POLL_S, until.left_s))

    def _owned(self, batch: Batch) -> Batch:
        return [each for each in batch if self._is_kept(each[0])]

    def _is_kept(self, record: Record) -> bool:
        return (self._options.prefix + record.topic, record.partition) in self._kept

    def _offsets(self, records: Sequence[Record]) -> list[TopicPartition]:
        """Return where reading goes on after these records, in the partitions that were owned all the while.

        Not in those that went and came back: their records left the batch, and may not have been handled by anyone.
        """
        following: dict[tuple[str, int], int] = {}
        for record in records:  # in order within a partition: the last one counts
            following[self._options.prefix + record.topic, record.partition] = record.offset + 1
        return [TopicPartition(*place, offset) for place, offset in following.items() if place in self._kept]

    def _commit(self, records: Sequence[Record]) -> None:
        if self._publisher.commits:
            offsets = self._offsets(records)
        else:
            offsets = self._patiently("commit", lambda: self._commit_once(records))
        prefix = self._options.prefix
        self._done.update({(each.topic, each.partition): each.offset for each in offsets})
        committed = {(each.topic.removeprefix(prefix), each.partition): each.offset for each in offsets}
        self._handler.committed(committed)
        self._lag.done(committed)

    def _commit_once(self, records: Sequence[Record]) -> list[TopicPartition]:
        """Commit what is ours of a batch, and return it: the rest's new owner may have committed more by now."""
        offsets = self._offsets(records)
        if offsets and not self._committer.commit(offsets):
            self._assignment.changed = True
            return []
        return offsets

    def _tell_assignment(self) -> None:
        self._assignment.changed = False
        self._health.joined = self._assignment.joined
        self._metrics.assigned.labels(self._options.service).set(len(self._assignment.owned))
        committed = self._patiently("assign", self._read_committed)
        self._lag.assign(committed)
        self._done = {}  # not what was committed: a log that was lost or made anew meanwhile may be shorter
        self._patiently("assign", lambda: self._handler.assigned(committed))

    def _read_committed(self) -> dict[tuple[str, int], int | None]:
        wanted = [TopicPartition(topic, partition) for topic, partition in self._assignment.owned]
        if not wanted:
            return {}
        try:
            answers = self._consumer.committed(wanted, timeout=OFFSET_TIMEOUT_S)
        except KafkaException as error:
            raise TransientError(f"cannot read committed offsets: {error}") from error
        prefix = self._options.prefix
        return {
            (each.topic.removeprefix(prefix), each.partition): each.offset if each.offset >= 0 else None
            for each in answers
        }

    def _rebalanced(self, kind: str, count: int) -> None:
        self._kept &= self._assignment.owned
        self._reader.keep(self._assignment.owned)
        self._metrics.rebalances.labels(self._options.service, kind).inc()
        log.info("partitions %s", kind, extra={"count": count})

    def _beat(self) -> None:
        """Say that the loop comes round.

        Raises:
            StoppedEarlyError: The stop's deadline has passed.
        """
        self._health.beat()
        self._metrics.loop_seen.labels(self._options.service).set_to_current_time()
        self._lag.tell(self._end_of)
        if self._stop.is_set():
            self._deadline = self._deadline or Deadline.after(self._options.drain_s, self._monotonic)
            if self._deadline.passed:
                raise StoppedEarlyError("a dependency stayed away until the stop's deadline; nothing was committed")

    def _end_of(self, place: Place) -> int | None:
        try:
            _, end = self._consumer.get_watermark_offsets(
                TopicPartition(self._options.prefix + place[0], place[1]), cached=True
            )
        except KafkaException:  # the client has dropped the partition
            return None
        return end if end >= 0 else None
