"""What escalation learns about its own alerts while it works: what people say of them, and how far ahead they were."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Literal

from msgspec import Struct

from warmline.contracts.alert import EscalationAlert
from warmline.contracts.window import ConversationWindow
from warmline.escalation.routing import CALL_BACK
from warmline.escalation.state import EscalationState
from warmline.store.keyed import Emit

Outcome = Literal["handed_over", "ended_badly"]
"""What an alert warned of: a hand-over, or an end while the alert was critical and its risk unresolved."""

UNKNOWN = "unknown"
"""The rule of an alert that closed before rules of closed alerts were kept."""


class FeedbackTaken(Struct, frozen=True):
    """One person's word on an alert.

    Attributes:
        rule: What opened the alert.
        verdict: The word: acknowledged, confirmed or false_alarm.
    """

    rule: str
    verdict: str


class LeadKnown(Struct, frozen=True):
    """What an alert warned of has happened.

    Attributes:
        outcome: What.
        lead_ms: Event time from the alert's opening until then, ms.
    """

    outcome: Outcome
    lead_ms: int


class ContactOver(Struct, frozen=True):
    """A contact has ended, told once for each episode in which the customer spoke.

    What a system or a bot says once a contact is over begins an episode, and is no contact.

    Attributes:
        queue: Its queue as last known.
        alerted: Whether an alert opened in it, call-backs apart.
    """

    queue: str | None
    alerted: bool


def contact_over(state: EscalationState, window: ConversationWindow, emits: Sequence[Emit]) -> list[Struct]:
    """Return what a window says of its contact as a whole, and remember in the state that it was told."""
    for emit in emits:
        step = emit.event
        if isinstance(step, EscalationAlert) and step.state == "opened" and step.rule != CALL_BACK:
            state.alerted = state.episode
    if window.ended is None or state.episode <= state.over or not window.customer_turns:
        return []
    state.over = state.episode
    return [ContactOver(window.queue, state.alerted == state.episode)]


def rule_of(state: EscalationState, alert_id: str) -> str:
    """Return what opened an alert that is open or was closed lately."""
    if state.alert is not None and state.alert.alert_id == alert_id:
        return state.alert.rule
    rules = dict(zip(reversed(state.closed), reversed(state.closed_rules), strict=False))
    return rules.get(alert_id, UNKNOWN)


def leads_in(emits: Sequence[Emit]) -> list[Struct]:
    """Return the leads that a window's steps tell: of alerts it closed because what they warned of came.

    A conversation that ended badly is told by the call-back that opens with its end. A call-back itself warns of
    nothing.
    """
    found: list[Struct] = []
    for emit, following in zip_longest(emits, emits[1:]):
        step = emit.event
        if not isinstance(step, EscalationAlert) or step.state != "closed" or step.rule == CALL_BACK:
            continue
        after = following.event if following is not None else None
        if step.reason == "handed_over":
            found.append(LeadKnown("handed_over", step.as_of - step.opened_at))
        elif isinstance(after, EscalationAlert) and after.state == "opened" and after.rule == CALL_BACK:
            found.append(LeadKnown("ended_badly", step.as_of - step.opened_at))
    return found
