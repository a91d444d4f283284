"""When an open alert changes enough to say so: a new hard cue, another severity, or a bot that comes or goes."""

from warmline.contracts.window import ConversationWindow
from warmline.escalation.risk import MILLI, Measures, leading_term, risk_of
from warmline.escalation.routing import (
    CRITICAL,
    PERSONS,
    WATCH,
    act_within_ms,
    gravest_first,
    rank_of_cue,
    severity_by_risk,
)
from warmline.escalation.state import EscalationState, OpenAlert
from warmline.escalation.steps import Cause, step_of
from warmline.store.keyed import Emit


def maybe_update(
    alert: OpenAlert,
    state: EscalationState,
    window: ConversationWindow,
    measures: Measures,
    cues: list[str],
    cause: Cause,
) -> list[Emit]:
    """Return the alert's `updated` step, or nothing where the window changes too little; `cues` are its hard ones."""
    policy = measures.policy
    by_risk = severity_by_risk(risk_of(state.terms), measures)
    turned = _turn_to_who_answers(alert, window)
    waited = turned or cause.at - alert.changed_at >= policy.update_gap_s * MILLI
    added = [cue for cue in cues if cue not in alert.cues]
    if added:  # each cue is new to an alert once, so this needs no damping
        alert.lower = 0
        alert.cues = gravest_first(alert.cues + added, policy)
        severity = max(alert.severity, by_risk, rank_of_cue(policy, added[0]))
        step = _update(alert, state, severity, added[0], cause)
        alert.cue_act_by = cause.at + act_within_ms(alert, state.agent_role, policy)
        return [step]
    if by_risk > alert.severity:
        alert.lower = 0
        if waited or by_risk == CRITICAL:
            return [_update(alert, state, by_risk, leading_term(state.terms), cause)]
        return []
    lower = _held_lower(alert, state, window, measures)
    if lower is not None and waited:  # until then the row of turns that speak for it goes on
        alert.lower = 0
        return [_update(alert, state, lower, leading_term(state.terms), cause)]
    if turned:
        reason = alert.cues[0] if alert.cues else leading_term(state.terms)
        return [_update(alert, state, alert.severity, reason, cause, is_back=not alert.handoff)]
    return []


def _turn_to_who_answers(alert: OpenAlert, window: ConversationWindow) -> bool:
    """Take in who answers, and tell whether that changes the route: a bot takes over, or was only in between.

    A bot may put a line into a person's conversation without taking it over. Where the person who answered before it
    goes on, the route is as it was; another person has closed the alert as handed over.
    """
    if window.agent_role == "bot" and not alert.handoff:
        alert.handoff = True
        alert.human_act_by = alert.act_by
        return True
    if window.agent_role in PERSONS:
        alert.person = window.agent_id
        if alert.handoff:
            alert.handoff = False
            alert.act_by = alert.human_act_by
            alert.cues = [cue for cue in alert.cues if cue != "asks_human"]  # who asked the bot for a person has one
            return True
    return False


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


def _update(
    alert: OpenAlert, state: EscalationState, severity: int, reason: str, cause: Cause, *, is_back: bool = False
) -> Emit:
    falls = severity < alert.severity
    alert.severity = severity
    alert.peak = max(alert.peak, severity)
    alert.changed_at = cause.at
    act_by = cause.at + act_within_ms(alert, state.agent_role, cause.policy)
    # Who took it up met the earlier time, which may be long past; a rise asks for something new, a return for nothing.
    asks_anew = alert.acknowledged_by is not None and not is_back
    alert.act_by = act_by if falls or asks_anew else min(alert.act_by, act_by)
    return step_of(state, alert, "updated", reason, cause)
