"""A state as a process holds it between batches, so that a conversation's next turn needs no read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

from warmline.store.keyed import S
from warmline.store.outbox import TIMER_OFFSET, Entry, Outcome
from warmline.telemetry.trace_context import NO_CONTEXT, Context


@dataclass(slots=True)
class Held(Generic[S]):
    """One key's state, version and outbox.

    Attributes:
        state: The domain's state; None where none is stored.
        version: Version last seen in the store; 0 where none is stored.
        waiting: The outbox: outcomes that are not known to be acknowledged.
        inherited_timers: Outcomes of due times that another owner may not have published; they go first.
        now: Newest shown event as JSON, until it is written.
        context: Of the trace of the newest record taken in here; what a due time brings out goes on with it.
    """

    state: S | None
    version: int
    waiting: list[Entry]
    inherited_timers: list[Outcome]
    now: bytes | None = None
    context: Context = NO_CONTEXT

    def record(self, entry: Entry) -> None:
        """Put the outcomes of one cause into the outbox."""
        if entry.outcomes:
            self.waiting.append(entry)

    def acknowledge_timers(self) -> None:
        """Drop the outcomes of due times: they were published with whatever the state gave last.

        Those of records wait for the committed offset, which says the same of them.
        """
        self.waiting = [entry for entry in self.waiting if entry.offset != TIMER_OFFSET]
        self.inherited_timers = []


def recorded_outcomes(entries: Sequence[Entry], cause: str) -> list[Outcome]:
    """Return the outcomes of a cause that is in the state already; none where they were acknowledged."""
    for entry in entries:
        if entry.cause == cause and entry.offset != TIMER_OFFSET:
            return entry.outcomes
    return []
