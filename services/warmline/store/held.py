"""A state as a process holds it between batches, so that a conversation's next turn needs no read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic

from warmline.store.keyed import S
from warmline.store.outbox import TIMER_OFFSET, Entry, mark_of
from warmline.telemetry.trace_context import NO_CONTEXT, Context


@dataclass(slots=True)
class Held(Generic[S]):
    """One key's state, version and outbox. The outbox is `inherited` and then `recorded`: oldest first.

    Attributes:
        state: The domain's state; None where none is stored.
        version: Version last seen in the store; 0 where none is stored.
        inherited: What the outbox held when the state was loaded, and is not known to be acknowledged: its owner may
            not have published it, so it goes before anything newer of this state.
        recorded: What came of causes taken in here since, and is not known to be acknowledged.
        done: Marks of entries known to be acknowledged that the store's outbox holds all the same until a write.
        given: How many of `inherited`, from the first, the latest call gave out to be published; 0 once acknowledged.
        now: Newest shown event as JSON, until it is written.
        context: Of the trace of the newest record taken in here; what a due time brings out goes on with it.
    """

    state: S | None
    version: int
    inherited: list[Entry] = field(default_factory=list)
    recorded: list[Entry] = field(default_factory=list)
    done: list[bytes] = field(default_factory=list)
    given: int = 0
    now: bytes | None = None
    context: Context = NO_CONTEXT

    def record(self, entry: Entry) -> None:
        """Put the outcomes of one cause into the outbox."""
        if entry.outcomes:
            self.recorded.append(entry)

    def begin(self) -> None:
        """Give out what is inherited from its first again: what an earlier call gave may never have been published."""
        self.given = 0

    def give_all(self) -> list[Entry]:
        """Return all that is inherited and not given out yet: something newer is about to be published."""
        return self._give(len(self.inherited))

    def give_timers(self) -> list[Entry]:
        """Return what is inherited, up to its last due time: the rest has records that bring it back."""
        timers = [number for number, entry in enumerate(self.inherited, 1) if entry.offset == TIMER_OFFSET]
        return self._give(timers[-1]) if timers else []

    def give_again(self, cause: str, known: int, is_acknowledged: Callable[[Entry], bool]) -> list[Entry]:
        """Return the outcomes of a cause that is in the state already, after what is inherited and older.

        Nothing where they are acknowledged, or were given out since `begin`.

        Args:
            cause: Its id.
            known: How many of `recorded` an earlier call gave out; the rest goes out with this one.
            is_acknowledged: Whether a recorded entry is known to be acknowledged.
        """
        for number, entry in enumerate(self.inherited, 1):
            if _is_of(entry, cause):
                return self._give(number)
        for entry in self.recorded[:known]:
            if _is_of(entry, cause) and not is_acknowledged(entry):
                return [*self.give_all(), entry]
        return []

    def acknowledge(self, is_acknowledged: Callable[[Entry], bool]) -> None:
        """Drop what was inherited and given out, and the outcomes of due times: the broker has them.

        Those of records taken in here go by the committed offset, which says the same of them to whoever loads the
        state, so that no mark is needed. They go now: of a conversation that is over no write would come to drop them,
        and all that was ever said of it would be held.

        Args:
            is_acknowledged: Whether a recorded entry is known to be acknowledged.
        """
        timers = [entry for entry in self.recorded if entry.offset == TIMER_OFFSET]
        if self.recorded:
            self.recorded = [
                entry for entry in self.recorded if entry.offset != TIMER_OFFSET and not is_acknowledged(entry)
            ]
        self.done += map(mark_of, self.inherited[: self.given] + timers)
        self.inherited = self.inherited[self.given :]
        self.given = 0

    def _give(self, until: int) -> list[Entry]:
        entries = self.inherited[self.given : until]
        self.given = max(self.given, until)
        return entries


def _is_of(entry: Entry, cause: str) -> bool:
    return entry.cause == cause and entry.offset != TIMER_OFFSET
