"""What people say about an alert, taken in once."""

from msgspec import Struct

from warmline.contracts.waiting import Word, first_about
from warmline.escalation.learnt import FeedbackTaken, rule_of
from warmline.escalation.routing import SELF_HARM
from warmline.escalation.state import RECENT_FEEDBACKS, EscalationState, OpenAlert
from warmline.escalation.steps import Cause, close, hold_back, step_of
from warmline.store.keyed import Emit


def knows(state: EscalationState, alert_id: str) -> bool:
    """Tell whether an alert is open, or was closed lately."""
    return (state.alert is not None and state.alert.alert_id == alert_id) or alert_id in state.closed


def first_waiting(state: EscalationState) -> Word | None:
    """Return the earliest waiting word on an alert that is known by now, or None."""
    return first_about(state.waiting, lambda alert_id: knows(state, alert_id)) if state.waiting else None


def hear(state: EscalationState, word: Word, cause: Cause) -> tuple[list[Emit], list[Struct]]:
    """Take in a new word on a known alert: if it is open that may be a step, if closed it is only remembered."""
    state.feedbacks.append(word.feedback_id)
    del state.feedbacks[:-RECENT_FEEDBACKS]
    learnt: list[Struct] = [FeedbackTaken(rule_of(state, word.about), word.verdict)]
    alert = state.alert
    if alert is None or alert.alert_id != word.about:
        if word.verdict == "false_alarm":  # it closed by itself meanwhile; the person's word still holds
            hold_back(state, _cues_of_closed(state, word.about), cause.policy)
    elif word.verdict == "false_alarm" and _was_about_less(alert, word):
        pass
    elif word.verdict == "false_alarm":
        return [close(state, alert, "false_alarm", cause)], learnt
    elif alert.acknowledged_by is None:  # who confirms an alert has seen it: that acknowledges it as well
        alert.acknowledged_by = word.by
        return [step_of(state, alert, "acknowledged", "acknowledged", cause)], learnt
    return [], learnt


def _was_about_less(alert: OpenAlert, word: Word) -> bool:
    """Tell whether somebody said it of an alert that has been about self-harm only since."""
    return alert.rule != SELF_HARM and SELF_HARM in alert.cues and word.at < alert.changed_at


def _cues_of_closed(state: EscalationState, alert_id: str) -> list[str]:
    """Return the hard cues of an alert that was closed lately; what opened it where no more is known of it."""
    known = dict(zip(reversed(state.closed), reversed(state.closed_cues), strict=False))
    return known.get(alert_id, [rule_of(state, alert_id)])
