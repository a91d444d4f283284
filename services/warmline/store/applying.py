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

_JSON = msgspec.json.Encoder()


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


class Tools(Struct, Generic[S], frozen=True):
    """What taking in needs, the same for every key.

    Attributes:
        domain: What to do.
        now_ms: Wall clock, ms UTC.
        republish: Told how many recorded outcomes are published again.
        is_acknowledged: Whether an outbox's entry is known to be acknowledged by the group's committed offsets.
    """

    domain: KeyedDomain[S]
    now_ms: Callable[[], int]
    republish: Callable[[int], None]
    is_acknowledged: Callable[[Entry], bool]


class Applying(Generic[S]):
    """Takes one key's records in, and what falls due before, between and after them.

    Args:
        tools: The domain and what stands around it.
        held: The key's state; changed in place.
        bucket: The key's bucket.
        timeline: How far time comes with each record of the batch.
        due_ms: When the store says that the key is due, ms UTC; None for not within the batch.
    """

    def __init__(self, tools: Tools[S], held: Held[S], bucket: int, timeline: Timeline, due_ms: int | None) -> None:
        self._tools = tools
        self._domain = tools.domain
        self._held = held
        self._bucket = bucket
        self._timeline = timeline
        self._now_ms = tools.now_ms()
        self._known = len(held.recorded)
        self._part = Part([], [], [], due_ms=due_ms)
        held.begin()

    def apply(self, incomings: Sequence[Placed]) -> Part:
        """Take the key's records in, in order; none where only its due time has come. Once for each object."""
        part, timeline, bucket = self._part, self._timeline, self._bucket
        looks = bucket in timeline.ends  # else nothing falls due within the batch, and only the last due time counts
        applied_at: int | None = None
        for place, incoming in incomings:
            if looks:
                self._fire(place)
            if self._take_in(place, incoming):
                applied_at = place
                if looks:
                    part.due_ms = self._due(timeline.reached(bucket, place))
        if incomings and self._held.inherited:
            self._repeat((2 * AT_THE_END, 0), self._held.give_timers())
        if looks:
            self._fire(AT_THE_END)
        elif applied_at is not None:
            part.due_ms = self._due(timeline.reached(bucket, applied_at))
        return part

    def _take_in(self, place: int, incoming: Incoming) -> bool:
        """Take one record in. Returns whether it was applied."""
        domain, held, part = self._domain, self._held, self._part
        step = domain.apply(held.state, incoming.event, Stamps(incoming.received_ms, self._now_ms))
        part.verdicts.append(step.verdict)
        part.learnt += step.learnt
        moment = (2 * place + 1, 0)
        if step.verdict == "duplicate":
            cause = domain.cause_of(incoming.event)
            self._repeat(moment, held.give_again(cause, self._known, self._tools.is_acknowledged))
        if step.verdict != "applied":
            return False
        held.state = step.state
        held.context = incoming.context
        if held.inherited:
            self._repeat(moment, held.give_all())
        recorded = self._encode(step.emits, incoming.received_ms)
        cause = domain.cause_of(incoming.event)
        held.record(Entry(cause, incoming.topic, incoming.partition, incoming.offset, recorded))
        self._give(moment, recorded)
        part.changed = True
        return True

    def _due(self, reached_ms: int | None) -> int | None:
        """Return when the key is due after records of it, ms UTC."""
        state = self._held.state
        return None if state is None else due_after_records(self._domain.due(state), reached_ms)

    def _fire(self, until: int) -> None:
        """Take in what falls due before the record at place `until`."""
        held, part = self._held, self._part
        while part.due_ms is not None:
            passing = self._timeline.passing(self._bucket, part.due_ms)
            if passing is None or passing.place > until:
                return
            moment = (2 * passing.place, part.due_ms)
            part.due_ms = None
            self._repeat(moment, held.give_all())
            if held.state is None:
                return  # it expired
            step = self._domain.fire(held.state, passing.watermark_ms, Stamps(None, self._now_ms))
            if step.verdict == "applied":
                held.state = step.state
                recorded = self._encode(step.emits, None)
                held.record(Entry(str(moment[1]), "", TIMER_OFFSET, TIMER_OFFSET, recorded))
                self._give(moment, recorded)
                part.learnt += step.learnt
                part.changed = True
                part.fired += 1
            part.due_ms = self._domain.due(held.state)
            if part.due_ms is not None and part.due_ms <= passing.watermark_ms:
                return  # a domain that does not take in all that is due is asked again at the next look

    def _repeat(self, latest: Moment, entries: Sequence[Entry]) -> None:
        """Give out again what the outbox holds; what a due time brought out, where the batch passes that.

        Not all with the key's own records: its event time would come before that of others' records in between.
        """
        if entries:
            self._tools.republish(sum(len(entry.outcomes) for entry in entries))
        for entry in entries:
            moment = latest
            if entry.offset == TIMER_OFFSET and entry.cause:
                due_ms = int(entry.cause)
                moment = min(latest, (2 * self._timeline.place_of(self._bucket, due_ms), due_ms))
            self._give(moment, entry.outcomes)

    def _give(self, moment: Moment, outcomes: list[Outcome]) -> None:
        """Note what to publish at a moment, and never before what is older of the same key."""
        given = self._part.outcomes
        if outcomes:
            given.append((max(moment, given[-1][0]) if given else moment, outcomes))

    def _encode(self, emits: Sequence[Emit], received_ms: int | None) -> list[Outcome]:
        """Encode what one cause gave; the newest of the shown type becomes the state's `now`."""
        outcomes = []
        for emit in emits:
            value = _JSON.encode(emit.event)
            if emit.type == self._domain.shown_type:
                self._held.now = value
            name = (emit.topic, emit.key, emit.type, emit.id)
            outcomes.append(Outcome(*name, emit.time_ms, received_ms, value, self._held.context))
        return outcomes
