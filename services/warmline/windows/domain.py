"""Windows' arithmetic over one conversation: scored turns, starts and ends in; windows and summaries out.

The state means what the set of its events means, folded in order of event time; order of arrival does not matter
within the lateness. Two things end without an event, at a due time D:

    due:missed:D  a moment has been pending for `missed_after`
    due:quiet:D   nothing has happened for `quiet_timeout`; the conversation has ended

They are published once nothing can come before D any more: at D plus the lateness, by the timer or by the next event,
whichever comes first, with the same ids. A conversation counts as gone quiet where no event followed before then; an
event after that opens the next episode. Should one come late and show that it had not been quiet, the episode goes on.
"""

from collections.abc import Callable

from msgspec import UNSET, Struct, UnsetType

from warmline.contracts.events import CONVERSATION_WINDOW
from warmline.contracts.ids import deterministic_id
from warmline.contracts.window import Standing
from warmline.store.keyed import Emit, Stamps, Step
from warmline.windows.cause import Cause, cause_of_due, cause_of_event
from warmline.windows.emit import window_of
from warmline.windows.fold import go_quiet, take
from warmline.windows.history import COMPACT_AT, COMPACT_EVERY, compact, fold_again, insert, is_known, is_newest
from warmline.windows.intake import TAKEN, cause_of, record_of, time_of
from warmline.windows.moments import Touched, expire, missed_at
from warmline.windows.policy import WindowsPolicy
from warmline.windows.record import Record
from warmline.windows.rules import Rules, rules_of
from warmline.windows.state import Fold, WindowsState
from warmline.windows.summary import summary_of

MAX_QUEUES = 1024  # rules remembered by queue: the name comes with the event, and nobody promises that they are few


class WindowsDomain:
    """Implements `KeyedDomain` over the events of `conversation.scores`, by conversation."""

    name = "windows"
    shown_type = CONVERSATION_WINDOW
    state_type = WindowsState

    def __init__(self, policy_of: Callable[[str | None], WindowsPolicy], policy_version: str) -> None:
        self._policy_of = policy_of
        self._version = policy_version
        self._rules: dict[str | None, Rules] = {}

    def key_of(self, event: Struct) -> str | None:
        """Return the conversation, or None for a type that is none of windows'."""
        return event.conversation_id if isinstance(event, TAKEN) else None

    def cause_of(self, event: Struct) -> str:
        """Return the turn id, or the kind and time of a start or end."""
        return cause_of(event)

    def event_time_of(self, event: Struct) -> int:
        """Return when the turn was spoken, or when the conversation began or ended, ms UTC."""
        if not isinstance(event, TAKEN):
            raise TypeError(f"{type(event).__name__} changes no window")
        return time_of(event)

    def apply(self, state: WindowsState | None, event: Struct, stamps: Stamps) -> Step[WindowsState]:
        """Take an event in; what is due before it goes first.

        The newest event is one step of the fold. It may leave an episode behind: its due time has summarised that.
        """
        if not isinstance(event, TAKEN):
            raise TypeError(f"{type(event).__name__} changes no window")
        cause, at = cause_of(event), time_of(event)
        emits: list[Emit] = []
        if state is None:
            state = _new_state(event.conversation_id, cause, at, self._version)
        elif cause in state.records or (state.known and is_known(state, cause)):
            return Step(state, "duplicate")
        elif at <= state.as_of and (
            at <= state.horizon or at < state.newest - self._rules_of(state.head.queue).lateness
        ):
            return Step(state, "late")
        else:
            self._go_by_these_rules(state)
            due = self.due(state)
            if due is not None and due <= at:
                self._fire(state, at, stamps, emits)
        record = record_of(event, state.voices)
        over: list[Fold] = []
        stood: Standing | UnsetType = UNSET
        if self._continues(state, cause, record):
            touched: Touched = []
            state.records[cause] = record.pack()
            state.head = take(state.head, cause, record, state.voices[record.voice], self._rules_of, touched)
            state.newest = state.as_of = at
        else:
            state.newest = max(state.newest, at)
            state.as_of = max(state.as_of, at)
            over, touched, stood = insert(state, cause, record, self._rules_of)
        state.revision += 1
        self._tell(state, cause_of_event(event, stamps, stood), touched, over, emits)
        records = len(state.records)
        if records >= COMPACT_AT and records % COMPACT_EVERY == 0:
            compact(state, self._rules_of)
        return Step(state, "applied", emits)

    def due(self, state: WindowsState) -> int | None:
        """Return the earliest due time and the lateness after it."""
        head = state.head
        if head.ended is not None:
            return None
        rules = self._rules_of(head.queue)
        quiet_at = head.last_at + rules.quiet
        if head.pending:
            return min(quiet_at, head.needs[-head.pending].opened_at + rules.missed_after) + rules.lateness
        return quiet_at + rules.lateness

    def fire(self, state: WindowsState, watermark_ms: int, stamps: Stamps) -> Step[WindowsState]:
        """Take in every due time whose lateness has passed, in order."""
        emits: list[Emit] = []
        self._go_by_these_rules(state)
        self._fire(state, watermark_ms, stamps, emits)
        return Step(state, "applied" if emits else "ignored", emits)

    def ttl_s(self, state: WindowsState) -> int:
        """Return the policy's time to live; the policy sees to it that it is longer than any due time is ahead."""
        return self._rules_of(state.head.queue).ttl_s

    def _fire(self, state: WindowsState, until: int, stamps: Stamps, emits: list[Emit]) -> None:
        while (due := self.due(state)) is not None and due <= until:
            head = state.head
            rules = self._rules_of(head.queue)
            touched: Touched = []
            at = due - rules.lateness
            if at == missed_at(head, rules):
                kind = "missed"
                expire(head, at, rules, touched)
            else:
                kind = "quiet"
                go_quiet(head, rules, touched)
            state.as_of = max(state.as_of, at)
            state.revision += 1
            self._tell(state, cause_of_due(kind, at, stamps), touched, [], emits)

    def _go_by_these_rules(self, state: WindowsState) -> None:
        """Fold a head that another policy's rules made again.

        Base and head have to be of the same rules: what the base comes to hold of a moment is taken out of the head.
        """
        if state.policy != self._version:
            fold_again(state, self._rules_of)
            state.policy = self._version

    def _continues(self, state: WindowsState, cause: str, record: Record) -> bool:
        """Tell whether an event may simply be added.

        It may where it is the newest, no due time beyond it has fired, and it does not show that a conversation which
        counted as gone quiet had not.
        """
        at = record.at
        if at <= state.newest and not is_newest(state, cause, record):
            return False
        head = state.head
        if head.ended == "timeout" and at - head.last_at < self._rules_of(head.queue).gone:
            return False
        return at >= state.as_of

    def _tell(self, state: WindowsState, cause: Cause, touched: Touched, over: list[Fold], emits: list[Emit]) -> None:
        """Add the window, and the summary of each episode that this cause ended or revised."""
        head = state.head
        rules = self._rules_of(head.queue)
        emits.append(window_of(state, cause, touched, rules, self._version))
        if over:
            emits += [summary_of(state, fold, cause, self._rules_of(fold.queue), self._version) for fold in over]
        if head.ended is not None:
            emits.append(summary_of(state, head, cause, rules, self._version))

    def _rules_of(self, queue: str | None) -> Rules:
        rules = self._rules.get(queue)
        if rules is None:
            if len(self._rules) >= MAX_QUEUES:
                self._rules.clear()
            rules = self._rules[queue] = rules_of(self._policy_of(queue))
        return rules


def _new_state(conversation_id: str, cause: str, at: int, policy: str) -> WindowsState:
    incarnation = deterministic_id("incarnation", conversation_id, cause)
    return WindowsState(conversation_id, incarnation, Fold(at, at), as_of=at, newest=at, policy=policy)
