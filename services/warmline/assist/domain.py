"""Assist's arithmetic over one conversation: windows and dismissals in, the lives of moves out."""

from collections.abc import Callable

from msgspec import Struct

from warmline.assist.cards import Cause, lapse_of, withdraw
from warmline.assist.choice import MS, Table, table_of
from warmline.assist.feedback import first_waiting, hear, knows
from warmline.assist.lifecycle import follow
from warmline.assist.policy import AssistPolicy
from warmline.assist.state import AssistState
from warmline.assist.taking_in import take_in
from warmline.contracts.assist import AssistFeedback
from warmline.contracts.events import AGENT_ASSIST
from warmline.contracts.lives import begins_life, past_and_began, was_taken_in
from warmline.contracts.times import Times
from warmline.contracts.waiting import Word, name_of_word, next_due, passing, put_off, still_waiting, word_of
from warmline.contracts.window import ConversationWindow
from warmline.store.keyed import Emit, Stamps, Step


class AssistDomain:
    """Implements `KeyedDomain` over `conversation.window` and `assist.feedback` events, by conversation."""

    name = "assist"
    shown_type = AGENT_ASSIST
    state_type = AssistState

    def __init__(self, policy_of: Callable[[str | None], AssistPolicy], policy_version: str) -> None:
        self._policy_of = policy_of
        self._version = policy_version
        self._tables: dict[int, Table] = {}  # by identity: one object a policy, few in all

    def key_of(self, event: Struct) -> str | None:
        """Return the conversation, or None for a type that is none of assist's."""
        return event.conversation_id if isinstance(event, ConversationWindow | AssistFeedback) else None

    def cause_of(self, event: Struct) -> str:
        """Return the window's place in its life, or the feedback's id."""
        if isinstance(event, ConversationWindow):
            return f"window:{event.incarnation}:{event.revision}"
        if isinstance(event, AssistFeedback):
            return name_of_word(event.feedback_id)
        raise TypeError(f"{type(event).__name__} concerns no move")

    def event_time_of(self, event: Struct) -> int:
        """Return the window's event time, and 0 for feedback: a person's clock must not expire others' moves."""
        return event.as_of if isinstance(event, ConversationWindow) else 0

    def apply(self, state: AssistState | None, event: Struct, stamps: Stamps) -> Step[AssistState]:
        """Take a window or a dismissal in."""
        if isinstance(event, ConversationWindow):
            return self._apply_window(state or AssistState(event.conversation_id), event, stamps)
        if isinstance(event, AssistFeedback):
            return self._apply_feedback(state or AssistState(event.conversation_id), event, stamps)
        raise TypeError(f"{type(event).__name__} concerns no move")

    def due(self, state: AssistState) -> int | None:
        """Return when the live move expires or a waiting dismissal is heard, and the lateness after it."""
        due = next_due(first_waiting(state), _expiry(state))
        return None if due is None else due + self._lateness_ms(state)

    def fire(self, state: AssistState, watermark_ms: int, stamps: Stamps) -> Step[AssistState]:
        """Expire the live move where it is time, and hear what had waited."""
        due = self.due(state)
        if due is None or due > watermark_ms:
            return Step(state, "ignored")
        return Step(state, "applied", self._pass(state, watermark_ms - self._lateness_ms(state), stamps))

    def ttl_s(self, state: AssistState) -> int:
        """Return how long the state outlives its last change; never less than a live move lives."""
        policy = self._policy_of(state.queue)
        longest = max(policy.expire_s, policy.handoff_expire_s, policy.praise_expire_s)
        return policy.keep_s + longest + policy.lateness_s

    def _apply_window(self, state: AssistState, window: ConversationWindow, stamps: Stamps) -> Step[AssistState]:
        if was_taken_in(state, window):
            return Step(state, "duplicate")
        begins = begins_life(state, window)
        cause = self._cause_by(window, stamps)
        # Fired before this window or not, in whatever batch: the outcome must not depend on who came first.
        emits = self._pass(state, window.as_of, stamps)
        if begins or window.episode > state.episode:
            emits += withdraw(state, "ended", cause)
        if begins:
            state = _begin_life(state, window)
        take_in(state, window, cause.table.policy)
        emits += follow(state, window, cause)
        state.waiting = still_waiting(state.waiting, window.as_of)
        return Step(state, "applied", emits)

    def _apply_feedback(self, state: AssistState, feedback: AssistFeedback, stamps: Stamps) -> Step[AssistState]:
        word = word_of(feedback, stamps.received_ms)
        put = put_off(state, word, is_known=knows(state, word.about))
        if put is not None:
            return Step(state, put)
        emits: list[Emit] = []
        while (said := first_waiting(state)) is not None and said.at <= word.at:
            emits += self._hear(state, said, stamps)
        return Step(state, "applied", emits + self._hear(state, word, stamps))

    def _pass(self, state: AssistState, until_ms: int, stamps: Stamps) -> list[Emit]:
        """Let time pass, each at its time: the live move expires by then, dismissals from before are heard."""
        emits: list[Emit] = []
        for word in passing(until_ms, lambda: first_waiting(state), lambda: _expiry(state)):
            emits += self._expire(state, stamps) if word is None else self._hear(state, word, stamps)
        return emits

    def _hear(self, state: AssistState, word: Word, stamps: Stamps) -> list[Emit]:
        """Take one dismissal in, from among those that wait or not."""
        state.waiting = [each for each in state.waiting if each is not word]
        at = max(state.as_of, word.at)
        came = Times(spoken=word.at, received=word.received_ms)
        table = self._table_of(state.queue)
        return hear(state, word, Cause(name_of_word(word.feedback_id), at, came, stamps.now_ms, table, self._version))

    def _expire(self, state: AssistState, stamps: Stamps) -> list[Emit]:
        live = state.live
        if live is None:
            return []
        cause = Cause("", 0, Times(spoken=0), stamps.now_ms, self._table_of(state.queue), self._version)
        return withdraw(state, "expired", lapse_of(live, cause))

    def _cause_by(self, window: ConversationWindow, stamps: Stamps) -> Cause:
        return Cause(
            id=window.cause,
            at=window.as_of,
            came=window.times,
            now_ms=stamps.now_ms,
            table=self._table_of(window.queue),
            policy_version=self._version,
            agent_id=window.agent_id,
            agent_role=window.agent_role,
        )

    def _lateness_ms(self, state: AssistState) -> int:
        return self._policy_of(state.queue).lateness_s * MS

    def _table_of(self, queue: str | None) -> Table:
        policy = self._policy_of(queue)
        table = self._tables.get(id(policy))
        if table is None:
            table = self._tables[id(policy)] = table_of(policy)
        return table


def _expiry(state: AssistState) -> int | None:
    return None if state.live is None else state.live.expires_at


def _begin_life(state: AssistState, window: ConversationWindow) -> AssistState:
    """Return a fresh state that remembers lives, moves and dismissals."""
    past, began = past_and_began(state, window)
    return AssistState(
        window.conversation_id,
        incarnation=window.incarnation,
        given=state.given,
        dismissed=state.dismissed,
        feedbacks=state.feedbacks,
        past=past,
        began=began,
        waiting=state.waiting,
    )
