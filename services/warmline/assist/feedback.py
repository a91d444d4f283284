"""What an agent makes of a move, taken in once."""

from warmline.assist.cards import Cause, withdraw
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
    is_live = state.live is not None and state.live.move_id == feedback.move_id
    return Step(state, "applied", withdraw(state, "dismissed", cause) if is_live else [])
