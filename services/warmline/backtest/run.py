"""The services' domains over a recording, in memory: no Kafka, no Redis, no clock but the recording's."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic

from msgspec import Struct

from warmline.assist.domain import AssistDomain
from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.dates import time_of
from warmline.contracts.score import ScoredTurn
from warmline.contracts.window import ConversationWindow
from warmline.escalation.domain import EscalationDomain
from warmline.policy.model import Policy
from warmline.scoring.domain import passed_on, scored
from warmline.store.keyed import Emit, KeyedDomain, S, Stamps
from warmline.store.memory import MemoryRun
from warmline.wellbeing.domain import WellbeingDomain
from warmline.windows.domain import WindowsDomain


@dataclass
class Service(Generic[S]):
    """One domain and its run."""

    domain: KeyedDomain[S]
    run: MemoryRun[S] = field(init=False)

    def __post_init__(self) -> None:
        self.run = MemoryRun(self.domain)

    def concerns(self, event: Struct) -> bool:
        """Tell whether the event has a key here."""
        return self.domain.key_of(event) is not None

    def drain(self) -> Iterator[Emit]:
        """Fire every due time there is, and those that follow from them, each at its own time."""
        while dues := {due for state in self.run.states.values() if (due := self.domain.due(state)) is not None}:
            for due in sorted(dues):
                yield from self.run.fire(due, Stamps(None, due))


class Backtest:
    """Feeds a recording's events, in the order of arrival, through windows, escalation, wellbeing and assist.

    Processing times are the event time of the cause, so that the same recording gives the same bytes.
    """

    def __init__(self, policy: Policy) -> None:
        self._windows = Service(WindowsDomain(policy.windows, policy.version))
        self._escalation = Service(EscalationDomain(policy.escalation, policy.version))
        self._wellbeing = Service(WellbeingDomain(policy.wellbeing, policy.version))
        self._assist = Service(AssistDomain(policy.assist, policy.version))

    def run(self, events: Iterable[Struct]) -> Iterator[Emit]:
        """Yield every event that the services would publish: those of scoring first, then what follows from each.

        Args:
            events: Scored turns, starts, ends, agent states, feedback, dismissals, surveys; in the order of arrival.
        """
        yield from self.run_so_far(events)
        yield from self._follow("", self._windows.drain())
        yield from self._escalation.drain()
        yield from self._wellbeing.drain()
        yield from self._assist.drain()

    def run_so_far(self, events: Iterable[Struct]) -> Iterator[Emit]:
        """Yield the same but for what only time will bring: events may go on with another call."""
        for event in events:
            yield from self._take(event)

    @property
    def skipped(self) -> dict[str, dict[str, int]]:
        """How many events each service did not apply, by verdict."""
        return {
            "windows": dict(self._windows.run.skipped),
            "escalation": dict(self._escalation.run.skipped),
            "wellbeing": dict(self._wellbeing.run.skipped),
            "assist": dict(self._assist.run.skipped),
        }

    def _take(self, event: Struct) -> Iterator[Emit]:
        if isinstance(event, ScoredTurn):
            emit = scored(event, event.spoken_at, event.spoken_at)
        elif isinstance(event, ConversationStarted | ConversationEnded):
            emit = passed_on(event)
        else:
            yield from self._apply(event, time_of(event))
            return
        yield emit
        yield from self._apply(emit.event, emit.time_ms)

    def _apply(self, event: Struct, at: int) -> Iterator[Emit]:
        stamps = Stamps(at, at)
        if self._windows.concerns(event):
            own = self._windows.domain.key_of(event) or ""
            yield from self._follow(own, self._windows.run.apply(event, stamps))
        if self._escalation.concerns(event):
            yield from self._escalation.run.apply(event, stamps)
        if self._wellbeing.concerns(event):
            yield from self._wellbeing.run.apply(event, stamps)
        if self._assist.concerns(event):
            yield from self._assist.run.apply(event, stamps)

    def _follow(self, own: str, emits: Iterable[Emit]) -> Iterator[Emit]:
        """Yield what windows gave, and what escalation, wellbeing and assist make of it.

        What was due goes before what the event itself gave: it happened before, and a conversation that ended by
        time must be known to have ended before a later event elsewhere moves the watermark past its alert.
        """
        for emit in sorted(emits, key=lambda emit: emit.key == own):
            yield emit
            if isinstance(emit.event, ConversationWindow):
                yield from self._apply(emit.event, emit.time_ms)
