"""One step in an alert's life as an event: the only place that builds `escalation.alert`."""

from collections.abc import Iterable

from msgspec import Struct, structs

from warmline.contracts.alert import AlertState, ClosingReason, EscalationAlert
from warmline.contracts.events import ESCALATION_ALERT
from warmline.contracts.ids import deterministic_id
from warmline.contracts.times import Times
from warmline.contracts.topics import ESCALATION_ALERTS
from warmline.escalation.policy import EscalationPolicy
from warmline.escalation.risk import MILLI, contributions_of, risk_of
from warmline.escalation.routing import CALL_BACK, RISK, SELF_HARM, SEVERITIES, routing_of
from warmline.escalation.state import RECENT_ALERTS, EscalationState, OpenAlert
from warmline.store.keyed import Emit


class Cause(Struct, frozen=True):
    """What brought a step about.

    Attributes:
        id: Names it within the conversation's life.
        at: Its event time, ms UTC.
        came: Its time stamps as it came.
        now_ms: The clock at the moment of processing.
        policy: The policy that holds.
        policy_version: Its version.
    """

    id: str
    at: int
    came: Times
    now_ms: int
    policy: EscalationPolicy
    policy_version: str


def step_of(state: EscalationState, alert: OpenAlert, kind: AlertState, reason: str, cause: Cause) -> Emit:
    """Return the alert's next step as the event to publish, and count it."""
    alert.sequence += 1
    closed = kind == "closed"
    event = EscalationAlert(
        alert_id=alert.alert_id,
        sequence=alert.sequence,
        conversation_id=state.conversation_id,
        episode=alert.episode,
        state=kind,
        severity=SEVERITIES[alert.peak if closed else alert.severity],
        risk=risk_of(state.terms) / MILLI,
        contributions=contributions_of(state.terms),
        rule=alert.rule,
        reason=reason,
        evidence=tuple(entry.turn_id for entry in state.evidence),
        routing=None if closed else routing_of(alert, state.agent_role, cause.policy),
        agent_id=state.agent_id,
        agent_role=state.agent_role,
        queue=state.queue,
        channel=state.channel,
        opened_at=alert.opened_at,
        as_of=cause.at,
        acknowledged_by=alert.acknowledged_by,
        model=state.model,
        policy=cause.policy_version,
        times=structs.replace(cause.came, published=cause.now_ms),
    )
    return Emit(
        topic=ESCALATION_ALERTS,
        key=state.conversation_id,
        type=ESCALATION_ALERT,
        id=deterministic_id(ESCALATION_ALERT, alert.alert_id, alert.sequence),
        time_ms=cause.at,
        event=event,
    )


def close(state: EscalationState, alert: OpenAlert, reason: ClosingReason, cause: Cause, *, cools: bool = True) -> Emit:
    """Close the open alert, remember it for feedback that comes late, and start the cooldown.

    The end of a call-back starts none, and neither does the end that brings one (`cools`): should the contact turn out
    to go on, it is watched again at once. A person's word that it was a false alarm always holds back.
    """
    emit = step_of(state, alert, "closed", reason, cause)
    state.alert = None
    state.closed.append(alert.alert_id)
    state.closed_rules.append(alert.rule)
    state.closed_cues.append(alert.cues)
    for kept in (state.closed, state.closed_rules, state.closed_cues):
        del kept[:-RECENT_ALERTS]
    if reason == "false_alarm":
        hold_back(state, alert.cues, cause.policy)
    elif alert.rule != CALL_BACK and cools:
        _cool_down(state, alert, cause.policy.cooldown_s)
    return emit


def hold_back(state: EscalationState, cues: Iterable[str], policy: EscalationPolicy) -> None:
    """Hold back what a false alarm was about: alerts by risk, and those by its own hard cues alone.

    Apart from the cooldown, and each until a time of its own: another alert that was right is not held back for it. By
    the conversation's own time, not by that of a person's click: a replay of old records must hold back alike. What
    endangers a life is held back no longer than after any other alert: once wrong, it may be right half an hour later.
    """
    for rule in (RISK, *cues):
        wait_s = policy.cooldown_s if rule == SELF_HARM else policy.false_alarm_cooldown_s
        state.held_until[rule] = max(state.held_until.get(rule, 0), state.as_of + wait_s * MILLI)


def _cool_down(state: EscalationState, alert: OpenAlert, wait_s: int) -> None:
    """Hold new alerts back, by the conversation's own time; what a cooldown that still runs holds back stays so.

    But for self-harm: it is held back by its own alert's end alone, and not the longer for another's.
    """
    if state.as_of >= state.cooldown_until:
        state.cooling_severity = alert.peak
        state.cooling_cues = alert.cues
    else:
        state.cooling_severity = max(state.cooling_severity, alert.peak)
        state.cooling_cues = sorted({*state.cooling_cues} - {SELF_HARM} | {*alert.cues})
    state.cooldown_until = max(state.cooldown_until, state.as_of + wait_s * MILLI)
