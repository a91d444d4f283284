"""What an agent makes of a move, taken in once."""

from warmline.assist.cards import Cause, lapse_of, withdraw
from warmline.assist.state import RECENT_FEEDBACKS, AssistState
from warmline.contracts.waiting import Word, first_about
from warmline.store.keyed import Emit


def knows(state: AssistState, move_id: str) -> bool:
    """Tell whether a move was given lately."""
    return _key_of(state, move_id) is not None


def first_waiting(state: AssistState) -> Word | None:
    """Return the earliest waiting dismissal of a move that is known by now, or None."""
    return first_about(state.waiting, lambda move_id: knows(state, move_id)) if state.waiting else None


def hear(state: AssistState, word: Word, cause: Cause) -> list[Emit]:
    """Take a new dismissal in: the move is withdrawn if it is live, and not given again in this conversation.

    Whoever puts away a card of before does not want the same move that has come again meanwhile either.
    """
    state.feedbacks.append(word.feedback_id)
    del state.feedbacks[:-RECENT_FEEDBACKS]
    key = _key_of(state, word.about)
    if key is not None and key not in state.dismissed:
        state.dismissed.append(key)
    live = state.live
    if live is None or live.move != key:
        return []
    if cause.at >= live.expires_at:  # it had lapsed, and nobody has said so yet: as the timer would have
        return withdraw(state, "expired", lapse_of(live, cause))
    return withdraw(state, "dismissed", cause)


def _key_of(state: AssistState, move_id: str) -> str | None:
    return next((key for given, key in state.given if given == move_id), None)
