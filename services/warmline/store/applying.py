"""One key's part of a batch: its records and its due times, each at its place."""

from collections.abc import Callable, Sequence
from typing import Generic

import msgspec
from msgspec import Struct

from warmline.store.held import Held
from warmline.store.incoming import Incoming
from warmline.store.keyed import Emit, KeyedDomain, S, Stamps, Verdict
from warmline.store.outbox import TIMER_OFFSET, Entry, Outcome
from warmline.store.overdue import due_after_records
from warmline.store.timeline import AT_THE_END, Timeline

Moment = tuple[int, int]
"""What outcomes are put in order by, across keys: twice the place of the record that they go out with, and one more
where it caused them; for what falls due before it, when that was due, ms UTC."""

Placed = tuple[int, Incoming]
"""A record with its place in the batch."""


class Part(Struct):
    """What came of one key's part.

    Attributes:
        outcomes: What to publish, and when.
        verdicts: Of the records, in order.
        learnt: What the domain learnt.
        changed: Whether the state is another now.
        due_ms: When the key is due next, ms UTC; None for never, or where nothing changed.
        fired: How many due times were taken in.
    """

    outcomes: list[tuple[Moment, list[Outcome]]]
    verdicts: list[Verdict]
    learnt: list[Struct]
    changed: bool = False
    due_ms: int | None = None
    fired: int = 0


class Applying(Generic[S]):
    """Takes keys' records and due times in, one key after another.

    Args:
        domain: What to do.
        now_ms: Wall clock, ms UTC.
        republish: Told how many recorded outcomes are published again.
        is_acknowledged: Whether an outbox's entry is known to be acknowledged by the group's committed offsets.
    """

    def __init__(
        self,
        domain: KeyedDomain[S],
        now_ms: Callable[[], int],
        republish: Callable[[int], None],
        is_acknowledged: Callable[[Entry], bool],
    ) -> None:
        self._domain = domain
        self._now_ms = now_ms
        self._republish = republish
        self._is_acknowledged = is_acknowledged
        self._json = msgspec.json.Encoder()

    def apply(
        self, held: Held[S], incomings: Sequence[Placed], due_ms: int | None, bucket: int, timeline: Timeline
    ) -> Part:
        """Take in one key's records in order, and what falls due before, between and after them.

        Args:
            held: The key's state; changed in place.
            incomings: Its records; none where only its due time has come.
            due_ms: When the store says that it is due, ms UTC; None for not within the batch.
            bucket: The key's bucket.
            timeline: How far time comes with each record of the batch.
        """
        now_ms, known = self._now_ms(), len(held.recorded)
        held.begin()
        part = Part([], [], [], due_ms=due_ms)
        looks = bucket in timeline.ends  # else nothing falls due within the batch, and only the last due time counts
        applied_at: int | None = None
        for place, incoming in incomings:
            if looks:
                self._fire(held, part, place, bucket, timeline, now_ms)
            if self._take_in(held, part, place, incoming, known, now_ms, bucket, timeline):
                applied_at = place
                if looks:
                    part.due_ms = self._due(held, timeline.reached(bucket, place))
        if incomings and held.inherited:
            self._repeat(part, (2 * AT_THE_END, 0), held.give_timers(), bucket, timeline)
        if looks:
            self._fire(held, part, AT_THE_END, bucket, timeline, now_ms)
        elif applied_at is not None:
            part.due_ms = self._due(held, timeline.reached(bucket, applied_at))
        return part

    def _take_in(  # noqa: PLR0913, PLR0917 # the loop's own variables
        self,
        held: Held[S],
        part: Part,
        place: int,
        incoming: Incoming,
        known: int,
        now_ms: int,
        bucket: int,
        timeline: Timeline,
    ) -> bool:
        """Take one record in. Returns whether it was applied."""
        domain = self._domain
        step = domain.apply(held.state, incoming.event, Stamps(incoming.received_ms, now_ms))
        part.verdicts.append(step.verdict)
        part.learnt += step.learnt
        moment = (2 * place + 1, 0)
        if step.verdict == "duplicate":
            again = held.give_again(domain.cause_of(incoming.event), known, self._is_acknowledged)
            self._repeat(part, moment, again, bucket, timeline)
        if step.verdict != "applied":
            return False
        held.state = step.state
        held.context = incoming.context
        if held.inherited:
            self._repeat(part, moment, held.give_all(), bucket, timeline)
        recorded = self._encode(step.emits, incoming.received_ms, held)
        cause = domain.cause_of(incoming.event)
        held.record(Entry(cause, incoming.topic, incoming.partition, incoming.offset, recorded))
        self._give(part, moment, recorded)
        part.changed = True
        return True

    def _due(self, held: Held[S], reached_ms: int | None) -> int | None:
        """Return when a key is due after records of it, ms UTC."""
        return None if held.state is None else due_after_records(self._domain.due(held.state), reached_ms)

    def _fire(
        self, held: Held[S], part: Part, until: int, bucket: int, timeline: Timeline, now_ms: int
    ) -> None:  # what falls due before the record at place `until` is taken in
        while part.due_ms is not None:
            passing = timeline.passing(bucket, part.due_ms)
            if passing is None or passing.place > until:
                return
            moment = (2 * passing.place, part.due_ms)
            part.due_ms = None
            self._repeat(part, moment, held.give_all(), bucket, timeline)
            if held.state is None:
                return  # it expired
            step = self._domain.fire(held.state, passing.watermark_ms, Stamps(None, now_ms))
            if step.verdict == "applied":
                held.state = step.state
                recorded = self._encode(step.emits, None, held)
                held.record(Entry(str(moment[1]), "", TIMER_OFFSET, TIMER_OFFSET, recorded))
                self._give(part, moment, recorded)
                part.changed = True
                part.fired += 1
            part.due_ms = self._domain.due(held.state)
            if part.due_ms is not None and part.due_ms <= passing.watermark_ms:
                return  # a domain that does not take in all that is due is asked again at the next look

    def _repeat(self, part: Part, latest: Moment, entries: Sequence[Entry], bucket: int, timeline: Timeline) -> None:
        """Give out again what the outbox holds; what a due time brought out, where the batch passes that.

        Not all with the key's own records: its event time would come before that of others' records in between.
        """
        if entries:
            self._republish(sum(len(entry.outcomes) for entry in entries))
        for entry in entries:
            moment = latest
            if entry.offset == TIMER_OFFSET and entry.cause:
                due_ms = int(entry.cause)
                moment = min(latest, (2 * timeline.place_of(bucket, due_ms), due_ms))
            self._give(part, moment, entry.outcomes)

    @staticmethod
    def _give(part: Part, moment: Moment, outcomes: list[Outcome]) -> None:
        """Note what to publish at a moment, and never before what is older of the same key."""
        if outcomes:
            part.outcomes.append((max(moment, part.outcomes[-1][0]) if part.outcomes else moment, outcomes))

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
