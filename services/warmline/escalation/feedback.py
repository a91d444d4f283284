"""What people say about an alert, taken in once."""

from msgspec import Struct

from warmline.contracts.feedback import AlertFeedback
from warmline.escalation.learnt import FeedbackTaken, rule_of
from warmline.escalation.risk import MILLI
from warmline.escalation.state import RECENT_FEEDBACKS, EscalationState
from warmline.escalation.steps import Cause, close, step_of
from warmline.store.keyed import Emit, Step


def hear(state: EscalationState, feedback: AlertFeedback, cause: Cause) -> Step[EscalationState]:
    """Take a feedback in: on the open alert it may be a step, on one closed lately it is only remembered."""
    if feedback.feedback_id in state.feedbacks:
        return Step(state, "duplicate")
    alert = state.alert
    is_open = alert is not None and alert.alert_id == feedback.alert_id
    if not is_open and feedback.alert_id not in state.closed:
        return Step(state, "ignored")
    state.feedbacks.append(feedback.feedback_id)
    del state.feedbacks[:-RECENT_FEEDBACKS]
    learnt: list[Struct] = [FeedbackTaken(rule_of(state, feedback.alert_id), feedback.verdict)]
    emits: list[Emit] = []
    if alert is None or not is_open:
        if feedback.verdict == "false_alarm":  # it closed by itself meanwhile; the person's word still holds
            quiet_ms = cause.policy.false_alarm_cooldown_s * MILLI
            state.cooldown_until = max(state.cooldown_until, state.as_of + quiet_ms)
    elif feedback.verdict == "false_alarm":
        emits.append(close(state, alert, "false_alarm", cause))
    elif alert.acknowledged_by is None:  # who confirms an alert has seen it: that acknowledges it as well
        alert.acknowledged_by = feedback.by
        emits.append(step_of(state, alert, "acknowledged", "acknowledged", cause))
    return Step(state, "applied", emits, learnt)
