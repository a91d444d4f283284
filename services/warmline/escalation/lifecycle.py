"""When an alert opens and closes, once a window has been taken in."""

from collections.abc import Sequence

from warmline.contracts.alert import ClosingReason
from warmline.contracts.ids import deterministic_id
from warmline.contracts.lives import name_of_life
from warmline.contracts.window import ConversationWindow, Heard
from warmline.escalation.changes import maybe_update
from warmline.escalation.policy import EscalationPolicy
from warmline.escalation.risk import Measures, leading_term, risk_of
from warmline.escalation.routing import (
    CALL_BACK,
    CRITICAL,
    PERSONS,
    RISK,
    SELF_HARM,
    act_within_ms,
    gravest_first,
    hard_cues_now,
    rank_of_cue,
    severity_by_risk,
)
from warmline.escalation.state import EscalationState, OpenAlert
from warmline.escalation.steps import Cause, close, step_of
from warmline.store.keyed import Emit

HANDED_OVER = frozenset({"handed_over", "transferred"})
ANYBODY = PERSONS | {"customer"}
NEED_A_PERSON = frozenset({"asks_human", SELF_HARM})


def follow(
    state: EscalationState, window: ConversationWindow, measures: Measures, cause: Cause, owed: Sequence[str] = ()
) -> list[Emit]:
    """Return the steps that a window brings about; the state has taken it in already.

    `owed` are hard cues that whoever answers now has to be told of, whatever the window itself brings.
    """
    alert = state.alert
    if alert is None:
        return _maybe_open(state, window, measures, cause, owed)
    if alert.rule == CALL_BACK:
        return _wait_for_the_call(alert, state, window, measures, cause)
    cues = hard_cues_now(window, state, measures.policy)
    reason = _closing_reason(alert, state, window, measures, cues)
    if reason is None:
        return maybe_update(alert, state, window, measures, cues, cause)
    grave = [SELF_HARM] if SELF_HARM in alert.cues else []
    unresolved = alert.severity == CRITICAL and risk_of(state.terms) >= measures.close_at
    if reason == "ended" and (grave or unresolved):
        ended = close(state, alert, reason, cause, cools=False)
        return [ended, open_alert(state, CALL_BACK, CRITICAL, grave, cause)]
    return [close(state, alert, reason, cause)]


def _wait_for_the_call(
    alert: OpenAlert, state: EscalationState, window: ConversationWindow, measures: Measures, cause: Cause
) -> list[Emit]:
    """Let a call-back wait for its due time, unless a late turn shows that the contact had not ended.

    Who is to call is told of self-harm that was spoken of before the end, in a turn that came after it.
    """
    if window.ended is None:
        if not goes_on(alert, window):
            return []
        owed = owed_by(alert)
        return [close(state, alert, "ended", cause), *_maybe_open(state, window, measures, cause, owed)]
    if SELF_HARM in alert.cues or SELF_HARM not in hard_cues_now(window, state, measures.policy):
        return []
    alert.cues = [SELF_HARM, *alert.cues]
    alert.changed_at = cause.at
    return [step_of(state, alert, "updated", SELF_HARM, cause)]


def goes_on(alert: OpenAlert, window: ConversationWindow) -> bool:
    """Tell whether the contact of a call-back goes on after all: the customer spoke, or a person who answers.

    What a system or a bot says after the end, such as a survey, brings nobody back. Nor does a turn that was spoken
    before the end, where it came so late that such words had begun an episode.
    """
    heard = window.heard
    if heard is None or heard.role not in ANYBODY:
        return False
    return window.episode <= alert.episode or heard.spoken_at >= alert.opened_at


def owed_by(alert: OpenAlert) -> list[str]:
    """Return what an alert leaves behind where the contact that it closes with goes on: self-harm nobody took up."""
    return [SELF_HARM] if SELF_HARM in alert.cues and alert.acknowledged_by is None else []


def may_open(state: EscalationState, window: ConversationWindow, measures: Measures) -> bool:
    """Tell quickly whether a window could open an alert at all; nearly none can."""
    heard = window.heard
    if window.ended is not None:  # what was said before the end, and came after it
        return heard is not None and heard.self_harm is True and window.ended not in HANDED_OVER
    if heard is not None and (heard.cues or heard.self_harm or (state.cues and heard.role == "bot")):
        return True
    return sum(state.terms) >= measures.open_at


def _closing_reason(
    alert: OpenAlert, state: EscalationState, window: ConversationWindow, measures: Measures, cues: list[str]
) -> ClosingReason | None:
    if window.ended is not None:
        return "handed_over" if window.ended in HANDED_OVER else "ended"
    heard = window.heard
    if heard is not None and _has_supervisor(alert, heard):
        return "handed_over"
    if alert.handoff and window.agent_role in PERSONS and window.agent_id != alert.person:
        return "handed_over"
    is_calm = not cues and risk_of(state.terms) < measures.close_at
    if heard is not None and heard.role == "customer" and heard.abstained is None:
        alert.quiet = alert.quiet + 1 if is_calm else 0
    if is_calm and alert.quiet >= measures.policy.recover_turns and not _waits_for_somebody(alert, window.as_of):
        return "recovered"  # by the customer's turn, or by the first window once it waits for nobody any more
    return None


def _has_supervisor(alert: OpenAlert, heard: Heard) -> bool:
    """Tell whether a supervisor has taken the conversation over since the alert opened.

    Who answered already when a hard cue opened it is not whom it calls: it stays open for those.
    """
    if heard.role != "supervisor" or heard.spoken_at < alert.opened_at:
        return False
    return not alert.cues or heard.participant_id != alert.person


def _waits_for_somebody(alert: OpenAlert, at: int) -> bool:
    """Tell whether an alert has to stay open for whoever it calls, however calm the customer is.

    A hard cue is no mood that passes: who was asked to act on it has been given until `act_by`, and on one that came
    later no less than that. And a customer who asked a bot for a person, or spoke to it of self-harm, waits until one
    answers.
    """
    has_time = bool(alert.cues) and at < max(alert.act_by, alert.cue_act_by)
    return has_time or (alert.handoff and not NEED_A_PERSON.isdisjoint(alert.cues))


def _maybe_open(
    state: EscalationState, window: ConversationWindow, measures: Measures, cause: Cause, owed: Sequence[str]
) -> list[Emit]:
    policy = measures.policy
    risk = risk_of(state.terms)
    now = hard_cues_now(window, state, policy)
    cues = gravest_first([*now, *(cue for cue in owed if cue not in now)], policy)
    free = [cue for cue in cues if cue in owed or not _is_held_back(cue, state, policy, cause.at)]
    if window.ended is not None:
        return [open_alert(state, CALL_BACK, CRITICAL, [SELF_HARM], cause)] if SELF_HARM in free else []
    if free:
        severity = max(rank_of_cue(policy, cues[0]), severity_by_risk(risk, measures))
        return [open_alert(state, cues[0], severity, cues, cause)]
    enough = risk >= measures.open_at and state.distress_bits.bit_count() >= policy.evidence_turns
    cooling = cause.at < max(state.cooldown_until, state.held_until.get(RISK, 0))
    if cooling or not enough or window.agent_role == "supervisor":  # whom it would call answers already
        return []
    return [open_alert(state, RISK, severity_by_risk(risk, measures), [], cause)]


def _is_held_back(cue: str, state: EscalationState, policy: EscalationPolicy, at: int) -> bool:
    """Tell whether a hard cue may open nothing now: a false alarm was about it, or an alert that has just closed."""
    if at < state.held_until.get(cue, 0):
        return True
    known = cue in state.cooling_cues and rank_of_cue(policy, cue) <= state.cooling_severity
    return known and at < state.cooldown_until


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
        person=state.agent_id if state.agent_role in PERSONS else None,
    )
    alert.act_by = cause.at + act_within_ms(alert, state.agent_role, cause.policy)
    state.alert = alert
    reason = leading_term(state.terms) if rule == RISK else (cues[0] if cues else rule)
    return step_of(state, alert, "opened", reason, cause)
