"""When an open alert changes enough to say so: a new hard cue, another severity, or a bot that answers now."""

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
    to_a_bot = window.agent_role == "bot" and not alert.handoff  # the other way round closes it as handed over
    alert.handoff = alert.handoff or to_a_bot
    added = [cue for cue in hard_cues_now(window, state, policy) if cue not in alert.cues]
    if added:  # each cue is new to an alert once, so this needs no damping
        alert.lower = 0
        alert.cues = sorted(alert.cues + added, key=lambda cue: -rank_of_cue(policy, cue))
        severity = max(alert.severity, by_risk, rank_of_cue(policy, added[0]))
        return [_update(alert, state, severity, added[0], cause)]
    if by_risk > alert.severity:
        alert.lower = 0
        waited = cause.at - alert.changed_at >= policy.update_gap_s * MILLI
        if waited or to_a_bot or by_risk == CRITICAL:
            return [_update(alert, state, by_risk, leading_term(state.terms), cause)]
        return []
    lower = _held_lower(alert, state, window, measures)
    if lower is not None:
        return [_update(alert, state, lower, leading_term(state.terms), cause)]
    if to_a_bot:
        reason = alert.cues[0] if alert.cues else leading_term(state.terms)
        return [_update(alert, state, alert.severity, reason, cause)]
    return []


def _held_lower(alert: OpenAlert, state: EscalationState, window: ConversationWindow, measures: Measures) -> int | None:
    """Return the lower severity once enough customer turns in a row have spoken for it."""
    heard = window.heard
    if heard is None or heard.role != "customer" or heard.abstained is not None:
        return None
    policy = measures.policy
    floor = max((rank_of_cue(policy, cue) for cue in alert.cues), default=WATCH)
    lower = max(severity_by_risk(risk_of(state.terms) + measures.severity_margin, measures), floor)
    alert.lower = alert.lower + 1 if lower < alert.severity else 0
    if alert.lower < policy.fall_turns:
        return None
    alert.lower = 0
    return lower


def _update(alert: OpenAlert, state: EscalationState, severity: int, reason: str, cause: Cause) -> Emit:
    rises = severity >= alert.severity
    alert.severity = severity
    alert.peak = max(alert.peak, severity)
    alert.changed_at = cause.at
    act_by = cause.at + act_within_ms(alert, state.agent_role, cause.policy)
    # Who took it up met the earlier time, which may be long past; a rise asks for something new.
    alert.act_by = min(alert.act_by, act_by) if rises and alert.acknowledged_by is None else act_by
    return step_of(state, alert, "updated", reason, cause)
