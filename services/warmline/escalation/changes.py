"""When an open alert changes enough to say so: a new hard cue, or another severity."""

from warmline.contracts.window import ConversationWindow
from warmline.escalation.risk import MILLI, Measures, leading_term, risk_of
from warmline.escalation.routing import CRITICAL, WATCH, act_within_ms, hard_cues_now, rank_of_cue, severity_by_risk
from warmline.escalation.state import EscalationState, OpenAlert
from warmline.escalation.steps import Cause, step_of
from warmline.store.keyed import Emit


def maybe_update(
    alert: OpenAlert, state: EscalationState, window: ConversationWindow, measures: Measures, cause: Cause
) -> list[Emit]:
    """Return the alert's `updated` step, or nothing where the window changes too little."""
    policy = measures.policy
    by_risk = severity_by_risk(risk_of(state.terms), measures)
    added = [cue for cue in hard_cues_now(window, state, policy) if cue not in alert.cues]
    if added:  # each cue is new to an alert once, so this needs no damping
        alert.cues = sorted(alert.cues + added, key=lambda cue: -rank_of_cue(policy, cue))
        severity = max(alert.severity, by_risk, rank_of_cue(policy, added[0]))
        return [_update(alert, state, severity, added[0], cause)]
    if by_risk > alert.severity:
        waited = cause.at - alert.changed_at >= policy.update_gap_s * MILLI
        return (
            [_update(alert, state, by_risk, leading_term(state.terms), cause)] if waited or by_risk == CRITICAL else []
        )
    lower = _held_lower(alert, state, window, measures)
    return [] if lower is None else [_update(alert, state, lower, leading_term(state.terms), cause)]


def _held_lower(alert: OpenAlert, state: EscalationState, window: ConversationWindow, measures: Measures) -> int | None:
    """Return the lower severity once enough customer turns in a row have spoken for it."""
    heard = window.heard
    if heard is None or heard.role != "customer" or heard.abstained is not None:
        return None
    policy = measures.policy
    floor = max((rank_of_cue(policy, cue) for cue in alert.cues), default=WATCH)
    lower = max(severity_by_risk(risk_of(state.terms) + measures.severity_margin, measures), floor)
    alert.lower = alert.lower + 1 if lower < alert.severity else 0
    return lower if alert.lower >= policy.fall_turns else None


def _update(alert: OpenAlert, state: EscalationState, severity: int, reason: str, cause: Cause) -> Emit:
    alert.lower = 0
    rises = severity >= alert.severity
    alert.severity = severity
    alert.peak = max(alert.peak, severity)
    alert.changed_at = cause.at
    act_by = cause.at + act_within_ms(alert, state.agent_role, cause.policy)
    alert.act_by = min(alert.act_by, act_by) if rises else act_by
    return step_of(state, alert, "updated", reason, cause)
