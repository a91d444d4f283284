"""What an agent makes of a move, taken in once."""

from warmline.assist.cards import Cause, lapse_of, withdraw
from warmline.assist.state import RECENT_FEEDBACKS, AssistState
from warmline.contracts.assist import AssistFeedback
from warmline.store.keyed import Step


def hear(state: AssistState, feedback: AssistFeedback, cause: Cause) -> Step[AssistState]:
    """Take a dismissal in: the move is withdrawn if it is live, and not given again in this conversation."""
    if feedback.feedback_id in state.feedbacks:
        return Step(state, "duplicate")
    key = next((key for move_id, key in state.given if move_id == feedback.move_id), None)
    if key is None:
        return Step(state, "ignored")
    state.feedbacks.append(feedback.feedback_id)
    del state.feedbacks[:-RECENT_FEEDBACKS]
    if key not in state.dismissed:
        state.dismissed.append(key)
    live = state.live
    if live is None or live.move_id != feedback.move_id:
        return Step(state, "applied")
    if cause.at >= live.expires_at:  # it had lapsed, and nobody has said so yet: as the timer would have
        return Step(state, "applied", withdraw(state, "expired", lapse_of(live, cause)))
    return Step(state, "applied", withdraw(state, "dismissed", cause))
