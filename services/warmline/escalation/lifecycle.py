"""When an alert opens and closes, once a window has been taken in."""

from warmline.contracts.alert import ClosingReason
from warmline.contracts.ids import deterministic_id
from warmline.contracts.lives import name_of_life
from warmline.contracts.window import ConversationWindow
from warmline.escalation.changes import maybe_update
from warmline.escalation.risk import Measures, leading_term, risk_of
from warmline.escalation.routing import (
    CALL_BACK,
    CRITICAL,
    RISK,
    act_within_ms,
    hard_cues_now,
    rank_of_cue,
    severity_by_risk,
)
from warmline.escalation.state import EscalationState, OpenAlert
from warmline.escalation.steps import Cause, close, step_of
from warmline.store.keyed import Emit

HANDED_OVER = frozenset({"handed_over", "transferred"})


def follow(state: EscalationState, window: ConversationWindow, measures: Measures, cause: Cause) -> list[Emit]:
    """Return the steps that a window brings about; the state has taken it in already."""
    alert = state.alert
    if alert is None:
        return _maybe_open(state, window, measures, cause)
    if alert.rule == CALL_BACK:  # a late turn may show that the contact had not ended; else it waits for its due time
        if window.ended is not None:
            return []
        return [close(state, alert, "ended", cause), *_maybe_open(state, window, measures, cause)]
    reason = _closing_reason(alert, state, window, measures)
    if reason is None:
        return maybe_update(alert, state, window, measures, cause)
    unresolved = alert.severity == CRITICAL and risk_of(state.terms) >= measures.close_at
    if reason == "ended" and unresolved:
        ended = close(state, alert, reason, cause, cools=False)
        return [ended, open_alert(state, CALL_BACK, CRITICAL, [], cause)]
    return [close(state, alert, reason, cause)]


def may_open(state: EscalationState, window: ConversationWindow, measures: Measures) -> bool:
    """Tell quickly whether a window could open an alert at all; nearly none can."""
    if window.ended is not None:
        return False
    heard = window.heard
    if heard is not None and (heard.cues or (state.cues and heard.role == "bot")):
        return True
    return sum(state.terms) >= measures.open_at


def _closing_reason(
    alert: OpenAlert, state: EscalationState, window: ConversationWindow, measures: Measures
) -> ClosingReason | None:
    if window.ended is not None:
        return "handed_over" if window.ended in HANDED_OVER else "ended"
    heard = window.heard
    if heard is not None and heard.role == "supervisor" and heard.spoken_at >= alert.opened_at:
        return "handed_over"
    if alert.handoff and window.agent_role in {"agent", "supervisor"}:
        return "handed_over"
    if heard is not None and heard.role == "customer" and heard.abstained is None:
        alert.quiet = alert.quiet + 1 if risk_of(state.terms) < measures.close_at else 0
        if alert.quiet >= measures.policy.recover_turns:
            return "recovered"
    return None


def _maybe_open(state: EscalationState, window: ConversationWindow, measures: Measures, cause: Cause) -> list[Emit]:
    policy = measures.policy
    risk = risk_of(state.terms)
    cues = hard_cues_now(window, state, policy)
    cooling = cause.at < state.cooldown_until
    if cues:
        gravest = rank_of_cue(policy, cues[0])
        if not cooling or gravest > state.cooling_severity or not set(cues) <= set(state.cooling_cues):
            return [open_alert(state, cues[0], max(gravest, severity_by_risk(risk, measures)), cues, cause)]
    enough = risk >= measures.open_at and state.distress_bits.bit_count() >= policy.evidence_turns
    if cooling or not enough or window.agent_role == "supervisor":  # whom it would call answers already
        return []
    return [open_alert(state, RISK, severity_by_risk(risk, measures), [], cause)]


def open_alert(state: EscalationState, rule: str, severity: int, cues: list[str], cause: Cause) -> Emit:
    """Open an alert; its id comes from the conversation's life and the cause that opens it."""
    alert = OpenAlert(
        alert_id=deterministic_id("alert", state.conversation_id, name_of_life(state), state.episode, cause.id),
        rule=rule,
        episode=state.episode,
        severity=severity,
        peak=severity,
        opened_at=cause.at,
        changed_at=cause.at,
        act_by=0,
        handoff=state.agent_role == "bot",
        cues=cues,
    )
    alert.act_by = cause.at + act_within_ms(alert, state.agent_role, cause.policy)
    state.alert = alert
    reason = leading_term(state.terms) if rule == RISK else rule
    return step_of(state, alert, "opened", reason, cause)
