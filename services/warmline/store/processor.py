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
and whoever loads a state publishes what its outbox still holds of them. Where a key falls due in the midst of a batch
that brings a new record of its own, that comes again, and with it what the outbox holds: its next due time is set at
once.

Whoever loads a state also publishes everything else that its outbox holds and that is not known to be acknowledged,
oldest first, before anything newer of that state: due times may come before the records do that a crash left to be read
again, and what a reader gets first of a state must come in the order in which it was stored. What came with a state and
was acknowledged leaves the outbox with this process's next write, even where another owner has written it once more.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Generic

import msgspec
from msgspec import Struct

from warmline.store.applying import Applying, Moment, Part, Placed, Tools
from warmline.store.held import Held
from warmline.store.holding import Holding
from warmline.store.incoming import Incoming
from warmline.store.keyed import KeyedDomain, S, Verdict
from warmline.store.outbox import TIMER_OFFSET, Entry, Outcome, encode_outbox
from warmline.store.store import KEEP_DUE, Settle, Store, StoreUnavailableError, Write
from warmline.store.timeline import Timeline, no_time, standing_at

MAX_ATTEMPTS = 20  # each lost compare-and-set means that another owner got on; twenty in a row is no accident
DUE_LIMIT = 100  # due states of one bucket taken at once, so that a backlog of timers does not starve the records
MS = 1000


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
        fired_all: Whether the latest look, by `fire` or within a batch, took in all that was due.
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
        self._observe = observe
        self._conflict = conflict
        self._learn = learn
        self._settled = settled
        decode = msgspec.msgpack.Decoder(domain.state_type).decode
        self._held: Holding[S] = Holding(decode, self._is_acknowledged, max_states)
        self._tools = Tools(domain, now_ms, republish, self._is_acknowledged)
        self._fired: set[str] = set()
        self._fired_within = 0  # due times of keys that had records in the same batch: nothing is left to settle
        self.fired_all = True
        self._committed: dict[tuple[str, int], int] = {}
        self._pack = msgspec.msgpack.Encoder()

    @property
    def live_states(self) -> int:
        """How many states are held in memory."""
        return len(self._held)

    def begin(self) -> None:
        """Say that nothing of what was returned since the last `acknowledged` is published unless it is returned again.

        Its states are forgotten: they are loaded with what their outboxes hold, and that is given out anew.
        """
        self._held.forget_unsure(())
        self._fired, self._fired_within = set(), 0

    def process(self, batch: Sequence[Incoming], timeline: Timeline | None = None) -> list[Outcome]:
        """Apply a batch and store it. Returns what to publish, in the order of the records that caused it.

        That order keeps the event time of what is published as even across keys as what was read: whoever reads it
        may have due times of its own, and its watermark must not run ahead of the keys that come last in a batch. What
        falls due within the batch, where the timeline is to be looked at, goes out before the record that passes it;
        `settle` when acknowledged.

        Args:
            batch: The records.
            timeline: How far time comes with each of them; None where nothing is known.

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
        timeline = timeline or no_time()
        # Not what an earlier part of the same batch took in: that stays due until it is acknowledged.
        dues = {key: due_ms for key, due_ms in self._due(timeline) if key not in self._fired}
        return self._take_in(arrivals, dues, timeline)

    def fire(self, watermark_of_bucket: Mapping[int, int]) -> list[Outcome]:
        """Take in due times up to each bucket's watermark. Returns what to publish; `settle` when acknowledged.

        Raises:
            StoreUnavailableError: The store is away; call again.
        """
        timeline = standing_at(watermark_of_bucket, self._store.buckets)
        self.fired_all = True  # where there is nothing to look at
        return self._take_in({}, dict(self._due(timeline)), timeline)

    def acknowledged(self) -> None:
        """Say that everything the last `process` or `fire` returned has been acknowledged by the broker."""
        self._held.acknowledge()

    def settle(self) -> None:
        """Set the next due time of what was fired, once its outcomes are acknowledged.

        Raises:
            StoreUnavailableError: The store is away; the due times will fire again, with the same ids.
        """
        settles = []
        for key in sorted(self._fired):
            held = self._held.get(key)
            if held is None:
                continue  # forgotten since: its due time is still there and fires again
            due = None if held.state is None else self._domain.due(held.state)
            settles.append(Settle(key, held.version, due))
        self._fired = set()
        if settles:
            self._store.settle(settles)
        if settles or self._fired_within:
            self._settled(len(settles) + self._fired_within)
        self._fired_within = 0
        for settle in settles:
            if settle.version == 0:
                self._held.drop(settle.key)

    def committed(self, topic: str, partition: int, offset: int) -> None:
        """Say that the group's committed offset of a partition is `offset`: everything below it is acknowledged."""
        self._committed[topic, partition] = offset

    def read(self, topic: str, partition: int, offset: int) -> None:
        """Say that a record is taken in: what was committed beyond it, was committed of a log that has lost its end.

        Offsets begin anew there, and what comes of its new records must not count as acknowledged.
        """
        if offset < self._committed.get((topic, partition), 0):
            self._committed[topic, partition] = offset

    def forget_all(self) -> None:
        """Drop every state and every committed offset from memory: the assignment changed."""
        self._held.forget_all()
        self._fired, self._fired_within = set(), 0
        self._committed.clear()

    def _due(self, timeline: Timeline) -> list[tuple[str, int]]:
        """Return what falls due within a timeline, and when."""
        if not timeline.ends:
            return []
        self.fired_all = True
        dues = self._store.due(timeline.ends, DUE_LIMIT)
        if max(Counter(self._store.bucket(key) for key, _ in dues).values(), default=0) >= DUE_LIMIT:
            self.fired_all = False
        return dues

    def _take_in(
        self, arrivals: Mapping[str, list[Placed]], dues: Mapping[str, int], timeline: Timeline
    ) -> list[Outcome]:
        """Take in records, by key, and due times, until all of the records are stored."""
        outcomes: list[tuple[Moment, list[Outcome]]] = []
        keys = arrivals.keys() | dues.keys()
        try:
            # Where the state held knows of nothing due, another process has written since: its due time counts.
            self._held.forget(key for key, due_ms in dues.items() if not self._knows_due(key, due_ms))
            pending, due_of = [*arrivals, *(key for key in dues if key not in arrivals)], dues
            for _ in range(MAX_ATTEMPTS):
                done, lost = self._attempt(pending, arrivals, due_of, timeline)
                outcomes += done
                pending = [key for key in lost if key in arrivals]
                due_of = {}  # those of before, and someone else got on with these keys
                if len(pending) < len(lost):
                    self.fired_all = False  # look again at the next round
                if not pending:
                    outcomes.sort(key=itemgetter(0))  # stable: a key's own order stays
                    return [outcome for _, given in outcomes for outcome in given]
        except BaseException:
            self._held.forget_unsure(keys)
            raise
        self._held.forget_unsure(keys)
        raise StoreUnavailableError(f"{len(pending)} states changed under us {MAX_ATTEMPTS} times in a row")

    def _attempt(
        self, keys: Sequence[str], arrivals: Mapping[str, list[Placed]], due_of: Mapping[str, int], timeline: Timeline
    ) -> tuple[list[tuple[Moment, list[Outcome]]], list[str]]:
        """Apply and write once. Returns what may be published and when, and the keys whose version did not fit."""
        with_records = [key for key in keys if key in arrivals]
        loaded = set(self._load(with_records))
        parts = {key: self._with_records(key, arrivals[key], due_of.get(key), timeline, loaded) for key in with_records}
        parts |= self._without([key for key in keys if key not in arrivals], due_of, timeline)
        writes = []
        for key, part in parts.items():
            held = self._held[key]
            if part.changed:
                # A record that was new comes again to whoever owns it, until it is committed, and with it what the
                # outbox holds. Where there is none, nothing but the due time brings that back.
                writes.append(self._write(key, held, part.due_ms if "applied" in part.verdicts else KEEP_DUE))
            elif held.state is None and key in arrivals:
                self._held.drop(key)  # nothing was and nothing is stored
        lost = self._compare_and_set(writes)
        for key in lost:
            del parts[key]
        self._took_in(parts, arrivals)
        return [placed for part in parts.values() for placed in part.outcomes], lost

    def _with_records(
        self, key: str, incomings: list[Placed], due_ms: int | None, timeline: Timeline, loaded: Collection[str]
    ) -> Part:
        """Apply one key's records, and what falls due among them."""
        part = self._apply(key, incomings, due_ms, timeline)
        if "ignored" in part.verdicts and key not in loaded:
            # Nothing is written, so no version would tell that another process has stored meanwhile what the event
            # concerns: the partitions of a service's topics need not be one owner's.
            self._held.forget([key])
            self._load([key])
            part = self._apply(key, incomings, due_ms, timeline)
        return part

    def _without(self, keys: Sequence[str], due_of: Mapping[str, int], timeline: Timeline) -> dict[str, Part]:
        """Take in the due times of keys that have no record."""
        self._load(keys)
        return {key: self._apply(key, [], due_of[key], timeline) for key in keys}

    def _apply(self, key: str, incomings: list[Placed], due_ms: int | None, timeline: Timeline) -> Part:
        return Applying(self._tools, self._held[key], self._store.bucket(key), timeline, due_ms).apply(incomings)

    def _took_in(self, parts: Mapping[str, Part], arrivals: Mapping[str, list[Placed]]) -> None:
        """Count and remember what is stored."""
        for each in chain.from_iterable(part.learnt for part in parts.values()):
            self._learn(each)
        for verdict, count in Counter(verdict for part in parts.values() for verdict in part.verdicts).items():
            self._observe(verdict, count)
        for key, part in parts.items():
            if "applied" in part.verdicts:  # its next due time is set
                self._fired.discard(key)
                self._fired_within += part.fired
            elif part.fired or key not in arrivals:
                self._fired.add(key)
        self._held.touch(parts)

    def _knows_due(self, key: str, due_ms: int) -> bool:
        held = self._held.get(key)
        due = None if held is None or held.state is None else self._domain.due(held.state)
        return due is not None and due <= due_ms

    def _load(self, keys: Iterable[str]) -> list[str]:
        """Load what is not held. Returns the keys that were loaded."""
        missing = self._held.missing(keys)
        if missing:
            for key, stored in zip(missing, self._store.load(missing), strict=True):
                self._held.take_up(key, stored)
        return missing

    def _is_acknowledged(self, entry: Entry) -> bool:
        return entry.offset != TIMER_OFFSET and entry.offset < self._committed.get((entry.topic, entry.partition), 0)

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

    def _write(self, key: str, held: Held[S], due_ms: int | None) -> Write:
        assert held.state is not None  # noqa: S101 # a state was just applied
        held.recorded = [entry for entry in held.recorded if not self._is_acknowledged(entry)]
        now, held.now = held.now, None
        return Write(
            key=key,
            expected=held.version,
            state=self._pack.encode(held.state),
            outbox=encode_outbox(held.inherited + held.recorded),
            now=now,
            due=due_ms,
            ttl_ms=self._domain.ttl_s(held.state) * MS,
        )
