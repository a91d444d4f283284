"""Runs a domain over the store: load, apply, compare-and-set; outcomes come back to be published.

A batch, in steps (the service's loop does 1 and 5 to 7, this module 2 to 4):

    1 read the batch
    2 load the states that are not held in memory
    3 apply the events to the states, in order
    4 compare-and-set all changed states with the new outcomes in their outbox; where another version is there, forget
      the state, load it again and apply again
    5 publish the outcomes and await their acknowledgement
    6 commit the offsets
    7 `acknowledged`: the outcomes leave the outbox with the next write

What a crash leaves behind, and why nothing is lost or doubled:

    before 4  nothing happened; the records come again
    after 4   the state has the cause and the outbox its outcomes: the record comes again, is a duplicate, and its
              recorded outcomes are published, with the same ids and content
    after 5   the same; published twice with the same ids
    after 6   the outbox holds outcomes that were acknowledged; they are dropped at the first write after the group's
              committed offset is known to lie beyond their cause
    an old owner that wakes up   its version does not fit; it loads, finds duplicates, and publishes recorded outcomes

Outcomes of due times have no record that comes again. Their due time stays in the store until they are acknowledged,
and whoever loads a state publishes what its outbox still holds of them.

Whoever loads a state also publishes everything else that its outbox holds and that is not known to be acknowledged,
oldest first, before anything newer of that state: due times may come before the records do that a crash left to be read
again, and what a reader gets first of a state must come in the order in which it was stored. What came with a state and
was acknowledged leaves the outbox with this process's next write, even where another owner has written it once more.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Generic

import msgspec
from msgspec import Struct

from warmline.store.held import Held
from warmline.store.holding import Holding
from warmline.store.incoming import Incoming
from warmline.store.keyed import Emit, KeyedDomain, S, Stamps, Verdict
from warmline.store.outbox import TIMER_OFFSET, Entry, Outcome, encode_outbox
from warmline.store.overdue import due_after_records
from warmline.store.store import KEEP_DUE, Settle, Store, StoreUnavailableError, Write

MAX_ATTEMPTS = 20  # each lost compare-and-set means that another owner got on; twenty in a row is no accident
DUE_LIMIT = 100  # due states of one bucket taken at once, so that a backlog of timers does not starve the records
MS = 1000

Placed = tuple[int, Incoming]
"""A record with its place in the batch."""


class Processor(Generic[S]):
    """Applies batches of one service.

    Args:
        domain: What to do.
        store: Where states live.
        now_ms: Wall clock, ms UTC.
        observe: Told how many events of a batch had each verdict.
        conflict: Told of each lost compare-and-set.
        republish: Told how many recorded outcomes are published again.
        learn: Told what the domain learnt, once the state is stored.
        settled: Told how many due times were taken in for good.
        max_states: Most states held in memory between batches.

    Attributes:
        fired_all: Whether the latest `fire` took in all that was due.
    """

    def __init__(  # noqa: PLR0913 # one place that wires, the rest by name
        self,
        domain: KeyedDomain[S],
        store: Store,
        now_ms: Callable[[], int],
        *,
        observe: Callable[[Verdict, int], None] = lambda _verdict, _count: None,
        conflict: Callable[[], None] = lambda: None,
        republish: Callable[[int], None] = lambda _count: None,
        learn: Callable[[Struct], None] = lambda _learnt: None,
        settled: Callable[[int], None] = lambda _count: None,
        max_states: int = 50_000,
    ) -> None:
        self._domain = domain
        self._store = store
        self._now_ms = now_ms
        self._observe = observe
        self._conflict = conflict
        self._republish = republish
        self._learn = learn
        self._settled = settled
        decode = msgspec.msgpack.Decoder(domain.state_type).decode
        self._held: Holding[S] = Holding(decode, self._is_acknowledged, max_states)
        self._fired: list[str] = []
        self.fired_all = True
        self._committed: dict[tuple[str, int], int] = {}
        self._json = msgspec.json.Encoder()
        self._pack = msgspec.msgpack.Encoder()

    @property
    def live_states(self) -> int:
        """How many states are held in memory."""
        return len(self._held)

    def process(
        self, batch: Sequence[Incoming], reached: Callable[[int], int | None] = lambda _bucket: None
    ) -> list[Outcome]:
        """Apply a batch and store it. Returns what to publish, in the order of the records that caused it.

        That order keeps the event time of what is published as even across keys as what was read: whoever reads it
        may have due times of its own, and its watermark must not run ahead of the keys that come last in a batch.

        Args:
            batch: The records.
            reached: Returns how far a bucket's watermark had come before them, ms UTC; None where nothing is known.

        Raises:
            StoreUnavailableError: The store is away; call again with the same batch.
        """
        arrivals: dict[str, list[Placed]] = {}
        for place, incoming in enumerate(batch):
            key = self._domain.key_of(incoming.event)
            if key is None:
                self._observe("ignored", 1)
                continue
            arrivals.setdefault(key, []).append((place, incoming))
        outcomes: list[tuple[int, list[Outcome]]] = []
        pending: Iterable[str] = arrivals
        try:
            for _ in range(MAX_ATTEMPTS):
                done, pending = self._attempt({key: arrivals[key] for key in pending}, reached)
                outcomes += done
                if not pending:
                    outcomes.sort(key=itemgetter(0))  # stable: a key's own order stays
                    return [outcome for _, caused in outcomes for outcome in caused]
        except BaseException:
            self._held.forget_unsure(arrivals)
            raise
        self._held.forget_unsure(arrivals)
        raise StoreUnavailableError(f"{len(list(pending))} states changed under us {MAX_ATTEMPTS} times in a row")

    def fire(self, watermark_of_bucket: Mapping[int, int]) -> list[Outcome]:
        """Take in due times up to each bucket's watermark. Returns what to publish; `settle` when acknowledged.

        Raises:
            StoreUnavailableError: The store is away; call again.
        """
        keys = self._store.due(watermark_of_bucket, DUE_LIMIT) if watermark_of_bucket else []
        most = max(Counter(map(self._store.bucket, keys)).values(), default=0)
        self.fired_all = most < DUE_LIMIT
        if not keys:
            return []
        try:
            return self._fire(keys, watermark_of_bucket)
        except BaseException:
            self._held.forget_unsure(keys)
            raise

    def acknowledged(self) -> None:
        """Say that everything the last `process` or `fire` returned has been acknowledged by the broker."""
        self._held.acknowledge()

    def settle(self) -> None:
        """Set the next due time of what was fired, once its outcomes are acknowledged.

        Raises:
            StoreUnavailableError: The store is away; the due times will fire again, with the same ids.
        """
        settles = []
        for key in self._fired:
            held = self._held.get(key)
            if held is None:
                continue  # forgotten since: its due time is still there and fires again
            due = None if held.state is None else self._domain.due(held.state)
            settles.append(Settle(key, held.version, due))
        self._fired = []
        if settles:
            self._store.settle(settles)
            self._settled(len(settles))
        for settle in settles:
            if settle.version == 0:
                self._held.drop(settle.key)

    def committed(self, topic: str, partition: int, offset: int) -> None:
        """Say that the group's committed offset of a partition is `offset`: everything below it is acknowledged."""
        self._committed[topic, partition] = offset

    def forget_all(self) -> None:
        """Drop every state and every committed offset from memory: the assignment changed."""
        self._held.forget_all()
        self._fired = []
        self._committed.clear()

    def _attempt(
        self, arrivals: Mapping[str, list[Placed]], reached: Callable[[int], int | None]
    ) -> tuple[list[tuple[int, list[Outcome]]], list[str]]:
        """Apply and write once. Returns what may be published by place, and the keys whose version did not fit."""
        loaded = set(self._load(arrivals))
        outcomes_of: dict[str, list[tuple[int, list[Outcome]]]] = {}
        verdicts_of: dict[str, list[Verdict]] = {}
        learnt_of: dict[str, list[Struct]] = {}
        writes = []
        for key, incomings in arrivals.items():
            applied = self._apply(self._held[key], incomings)
            if "ignored" in applied[1] and key not in loaded:
                # Nothing is written, so no version would tell that another process has stored meanwhile what the event
                # concerns: the partitions of a service's topics need not be one owner's.
                self._held.forget([key])
                self._load([key])
                applied = self._apply(self._held[key], incomings)
            outcomes_of[key], verdicts_of[key], learnt_of[key] = applied
            held = self._held[key]
            if "applied" in verdicts_of[key]:
                writes.append(self._write(key, held, reached(self._store.bucket(key))))
            elif held.state is None:
                self._held.drop(key)  # nothing was and nothing is stored
        lost = self._compare_and_set(writes)
        for key in lost:
            del outcomes_of[key], verdicts_of[key], learnt_of[key]
        for each in chain.from_iterable(learnt_of.values()):
            self._learn(each)
        for verdict, count in Counter(verdict for verdicts in verdicts_of.values() for verdict in verdicts).items():
            self._observe(verdict, count)
        self._held.touch(outcomes_of)
        return [placed for outcomes in outcomes_of.values() for placed in outcomes], lost

    def _apply(
        self, held: Held[S], incomings: Sequence[Placed]
    ) -> tuple[list[tuple[int, list[Outcome]]], list[Verdict], list[Struct]]:
        """Apply one key's events in order. Returns what to publish by place in the batch, verdicts, what was learnt."""
        domain = self._domain
        before = len(held.recorded)
        now_ms = self._now_ms()
        held.begin()
        outcomes: list[tuple[int, list[Outcome]]] = []
        verdicts: list[Verdict] = []
        learnt: list[Struct] = []
        for place, incoming in incomings:
            step = domain.apply(held.state, incoming.event, Stamps(incoming.received_ms, now_ms))
            verdicts.append(step.verdict)
            learnt += step.learnt
            if step.verdict == "applied":
                held.state = step.state
                held.context = incoming.context
                if held.inherited:
                    outcomes.append((place, self._repeated(held.give_all())))
                recorded = self._encode(step.emits, incoming.received_ms, held)
                cause = domain.cause_of(incoming.event)
                held.record(Entry(cause, incoming.topic, incoming.partition, incoming.offset, recorded))
                outcomes.append((place, recorded))
            elif step.verdict == "duplicate":
                again = held.give_again(domain.cause_of(incoming.event), before, self._is_acknowledged)
                outcomes.append((place, self._repeated(again)))
        if held.inherited:
            outcomes.append((incomings[-1][0], self._repeated(held.give_timers())))
        return outcomes, verdicts, learnt

    def _fire(self, keys: Sequence[str], watermark_of_bucket: Mapping[int, int]) -> list[Outcome]:
        watermark_of = {key: watermark_of_bucket[self._store.bucket(key)] for key in keys}
        # Where the state held knows of nothing due, another process has written since: its due time is what counts.
        self._held.forget(key for key in keys if not self._knows_due(key, watermark_of[key]))
        self._load(keys)
        outcomes_of: dict[str, list[Outcome]] = {}
        writes = []
        for key, watermark in watermark_of.items():
            held = self._held[key]
            held.begin()
            outcomes_of[key] = self._repeated(held.give_all())
            if held.state is None:
                continue  # it expired; settling takes its due time away
            step = self._domain.fire(held.state, watermark, Stamps(None, self._now_ms()))
            if step.verdict == "applied":
                held.state = step.state
                recorded = self._encode(step.emits, None, held)
                held.record(Entry("", "", TIMER_OFFSET, TIMER_OFFSET, recorded))
                outcomes_of[key] += recorded
                writes.append(self._write(key, held, watermark, fired=True))
        for key in self._compare_and_set(writes):
            del outcomes_of[key]  # someone else got on with it: look again at the next round
            self.fired_all = False
        self._fired = list(outcomes_of)
        self._held.touch(outcomes_of)
        return [outcome for outcomes in outcomes_of.values() for outcome in outcomes]

    def _knows_due(self, key: str, watermark_ms: int) -> bool:
        held = self._held.get(key)
        due = None if held is None or held.state is None else self._domain.due(held.state)
        return due is not None and due <= watermark_ms

    def _load(self, keys: Iterable[str]) -> list[str]:
        """Load what is not held. Returns the keys that were loaded."""
        missing = self._held.missing(keys)
        if missing:
            for key, stored in zip(missing, self._store.load(missing), strict=True):
                self._held.take_up(key, stored)
        return missing

    def _repeated(self, outcomes: list[Outcome]) -> list[Outcome]:
        if outcomes:
            self._republish(len(outcomes))
        return outcomes

    def _is_acknowledged(self, entry: Entry) -> bool:
        return entry.offset != TIMER_OFFSET and entry.offset < self._committed.get((entry.topic, entry.partition), 0)

    def _encode(self, emits: Sequence[Emit], received_ms: int | None, held: Held[S]) -> list[Outcome]:
        """Encode what one cause gave; the newest of the shown type becomes the state's `now`."""
        outcomes = []
        for emit in emits:
            value = self._json.encode(emit.event)
            if emit.type == self._domain.shown_type:
                held.now = value
            name = (emit.topic, emit.key, emit.type, emit.id)
            outcomes.append(Outcome(*name, emit.time_ms, received_ms, value, held.context))
        return outcomes

    def _compare_and_set(self, writes: Sequence[Write]) -> list[str]:
        """Write; forget the states whose version did not fit, and return their keys."""
        lost = []
        for write, fits in zip(writes, self._store.compare_and_set(writes) if writes else [], strict=True):
            if fits:
                held = self._held[write.key]
                held.version = write.expected + 1
                held.done = []  # the outbox that was written is without them
            else:
                self._conflict()
                lost.append(write.key)
        self._held.forget(lost)
        return lost

    def _write(self, key: str, held: Held[S], reached_ms: int | None, *, fired: bool = False) -> Write:
        assert held.state is not None  # noqa: S101 # a state was just applied
        held.recorded = [entry for entry in held.recorded if not self._is_acknowledged(entry)]
        now, held.now = held.now, None
        return Write(
            key=key,
            expected=held.version,
            state=self._pack.encode(held.state),
            outbox=encode_outbox(held.inherited + held.recorded),
            now=now,
            due=KEEP_DUE if fired else due_after_records(self._domain.due(held.state), reached_ms),
            ttl_ms=self._domain.ttl_s(held.state) * MS,
        )
