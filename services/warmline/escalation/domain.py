"""Escalation's arithmetic over one conversation: windows and feedback in, the life of alerts out."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from warmline.contracts.events import ESCALATION_ALERT
from warmline.contracts.feedback import AlertFeedback
from warmline.contracts.lives import begins_life, past_and_began, was_taken_in
from warmline.contracts.times import Times
from warmline.contracts.waiting import Word, name_of_word, next_due, passing, put_off, still_waiting, word_of
from warmline.contracts.window import ConversationWindow
from warmline.escalation.evidence import pass_over, take_in
from warmline.escalation.feedback import first_waiting, hear, knows
from warmline.escalation.learnt import contact_over, leads_in
from warmline.escalation.lifecycle import follow, goes_on, may_open, owed_by
from warmline.escalation.policy import EscalationPolicy
from warmline.escalation.risk import Measures, measures_of, terms_of
from warmline.escalation.routing import CALL_BACK
from warmline.escalation.state import EscalationState, Evidence
from warmline.escalation.steps import Cause, close
from warmline.store.keyed import Emit, Stamps, Step

Happened = tuple[list[Emit], list[Struct]]
"""Events to publish, and what was learnt."""


class EscalationDomain:
    """Implements `KeyedDomain` over `conversation.window` and `escalation.feedback` events, by conversation."""

    name = "escalation"
    shown_type = ESCALATION_ALERT
    state_type = EscalationState

    def __init__(self, policy_of: Callable[[str | None], EscalationPolicy], policy_version: str) -> None:
        self._policy_of = policy_of
        self._version = policy_version
        self._measures: dict[int, Measures] = {}  # by identity: one object a policy, few in all

    def key_of(self, event: Struct) -> str | None:
        """Return the conversation, or None for a type that is none of escalation's."""
        return event.conversation_id if isinstance(event, ConversationWindow | AlertFeedback) else None

    def cause_of(self, event: Struct) -> str:
        """Return the window's place in its life, or the feedback's id."""
        if isinstance(event, ConversationWindow):
            return f"window:{event.incarnation}:{event.revision}"
        if isinstance(event, AlertFeedback):
            return name_of_word(event.feedback_id)
        raise TypeError(f"{type(event).__name__} concerns no alert")

    def event_time_of(self, event: Struct) -> int:
        """Return the window's event time, and 0 for feedback.

        Feedback is dated by a person's clock: while old records are replayed that is years ahead of the
        conversations, and as a watermark it would expire every open alert of the partition.
        """
        return event.as_of if isinstance(event, ConversationWindow) else 0

    def apply(self, state: EscalationState | None, event: Struct, stamps: Stamps) -> Step[EscalationState]:
        """Take a window or a feedback in."""
        if isinstance(event, ConversationWindow):
            return self._apply_window(state or EscalationState(event.conversation_id), event, stamps)
        if isinstance(event, AlertFeedback):
            return self._apply_feedback(state or EscalationState(event.conversation_id), event, stamps)
        raise TypeError(f"{type(event).__name__} concerns no alert")

    def due(self, state: EscalationState) -> int | None:
        """Return when the open alert expires or a waiting word is heard, and the lateness after it."""
        measures = self._measures_of(state.queue)
        due = next_due(first_waiting(state), _expires_at(state, measures))
        return None if due is None else due + measures.lateness_ms

    def fire(self, state: EscalationState, watermark_ms: int, stamps: Stamps) -> Step[EscalationState]:
        """Expire the open alert where it is time, and hear what had waited."""
        due = self.due(state)
        if due is None or due > watermark_ms:
            return Step(state, "ignored")
        until_ms = watermark_ms - self._measures_of(state.queue).lateness_ms
        return Step(state, "applied", *self._pass(state, until_ms, watermark_ms, stamps))

    def ttl_s(self, state: EscalationState) -> int:
        """Return how long the state outlives its last change; never less than an open alert lives."""
        policy = self._policy_of(state.queue)
        return policy.keep_s + policy.expire_after_s + policy.routes.call_back.act_within_s + policy.lateness_s

    def _apply_window(
        self, state: EscalationState, window: ConversationWindow, stamps: Stamps
    ) -> Step[EscalationState]:
        if was_taken_in(state, window):
            return Step(state, "duplicate")
        begins = begins_life(state, window)
        # Fired before this window or not, in whatever batch: the outcome must not depend on who came first.
        before, heard = self._pass(state, window.as_of, window.as_of, stamps)
        emits: list[Emit] = []
        owed: list[str] = []
        if not begins and _comes_after_the_end(state, window):
            pass_over(state, window)
        else:
            if state.alert is not None and (begins or window.episode > state.episode):
                owed = owed_by(state.alert)
                emits = [close(state, state.alert, "ended", self._cause_by(window, stamps))]
            rested_on = state.evidence if owed else ()
            if begins:
                state = _begin_life(state, window)
            emits += self._follow(state, window, stamps, owed, rested_on)
        state.waiting = still_waiting(state.waiting, window.as_of)
        learnt = [*heard, *leads_in(emits), *contact_over(state, window, emits)]
        return Step(state, "applied", before + emits, learnt)

    def _follow(
        self,
        state: EscalationState,
        window: ConversationWindow,
        stamps: Stamps,
        owed: Sequence[str],
        carried: Sequence[Evidence],
    ) -> list[Emit]:
        measures = self._measures_of(window.queue)
        take_in(state, window, measures, carried)
        state.terms = terms_of(window, state, measures)
        if state.alert is None and not owed and not may_open(state, window, measures):
            return []
        return follow(state, window, measures, self._cause_by(window, stamps), owed)

    def _apply_feedback(self, state: EscalationState, feedback: AlertFeedback, stamps: Stamps) -> Step[EscalationState]:
        word = word_of(feedback, stamps.received_ms)
        put = put_off(state, word, is_known=knows(state, word.about))
        if put is not None:
            return Step(state, put)
        heard: list[Happened] = []
        while (said := first_waiting(state)) is not None and said.at <= word.at:
            heard.append(self._hear(state, said, stamps))
        heard.append(self._hear(state, word, stamps))
        return Step(state, "applied", *_together(heard))

    def _pass(self, state: EscalationState, until_ms: int, said_until_ms: int, stamps: Stamps) -> Happened:
        """Let time pass, each at its time: the open alert expires by then, words that were said before are heard.

        Until its timer is told, a lateness after its expiry, an alert is open for who speaks of it.
        """
        measures = self._measures_of(state.queue)
        happening = passing(
            until_ms,
            lambda: first_waiting(state),
            lambda: _expires_at(state, measures),
            open_ms=measures.lateness_ms,
            said_until_ms=said_until_ms,
        )
        return _together(
            [
                (self._expire(state, stamps), []) if word is None else self._hear(state, word, stamps)
                for word in happening
            ]
        )

    def _hear(self, state: EscalationState, word: Word, stamps: Stamps) -> Happened:
        """Take one word in, from among those that wait or not."""
        state.waiting = [each for each in state.waiting if each is not word]
        at = max(state.as_of, word.at)
        came = Times(spoken=word.at, received=word.received_ms)
        policy = self._policy_of(state.queue)
        return hear(state, word, Cause(name_of_word(word.feedback_id), at, came, stamps.now_ms, policy, self._version))

    def _expire(self, state: EscalationState, stamps: Stamps) -> list[Emit]:
        alert, measures = state.alert, self._measures_of(state.queue)
        at = _expires_at(state, measures)
        if alert is None or at is None:
            return []
        in_hand = alert.rule == CALL_BACK and alert.acknowledged_by is not None
        cause = Cause(f"due:expired:{at}", at, Times(spoken=at), stamps.now_ms, measures.policy, self._version)
        return [close(state, alert, "handed_over" if in_hand else "expired", cause)]

    def _cause_by(self, window: ConversationWindow, stamps: Stamps) -> Cause:
        policy = self._policy_of(window.queue)
        return Cause(_name_of(window), window.as_of, window.times, stamps.now_ms, policy, self._version)

    def _measures_of(self, queue: str | None) -> Measures:
        policy = self._policy_of(queue)
        measures = self._measures.get(id(policy))
        if measures is None:
            measures = self._measures[id(policy)] = measures_of(policy)
        return measures


def _together(happened: Sequence[Happened]) -> Happened:
    return [emit for emits, _ in happened for emit in emits], [each for _, learnt in happened for each in learnt]


def _comes_after_the_end(state: EscalationState, window: ConversationWindow) -> bool:
    """Tell whether a window begins, or goes on with, an episode in which nobody is there, while a call-back waits."""
    alert = state.alert
    if alert is None or alert.rule != CALL_BACK or window.episode <= state.episode:
        return False
    return not goes_on(alert, window)


def _begin_life(state: EscalationState, window: ConversationWindow) -> EscalationState:
    """Return a fresh state that remembers which lives and alerts came before."""
    past, began = past_and_began(state, window)
    return EscalationState(
        window.conversation_id,
        incarnation=window.incarnation,
        closed=state.closed,
        feedbacks=state.feedbacks,
        past=past,
        closed_rules=state.closed_rules,
        began=began,
        waiting=state.waiting,
        closed_cues=state.closed_cues,
    )


def _name_of(window: ConversationWindow) -> str:
    """Return what names a window's cause in its episode: starts and ends may come again there, at another time."""
    if window.heard is None and window.cause in {"started", "ended"}:
        return f"{window.cause}:{window.times.spoken}"
    return window.cause


def _expires_at(state: EscalationState, measures: Measures) -> int | None:
    """Return when the open alert expires: a call-back by when it was due, every other after long silence."""
    if state.alert is None:
        return None
    return state.alert.act_by if state.alert.rule == CALL_BACK else state.as_of + measures.expire_after_ms
