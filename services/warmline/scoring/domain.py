"""What scoring decides about a turn before and after the model: whether it is let in, and what it becomes."""

from msgspec import Struct, structs

from warmline.bus.record import BadRecordError
from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.events import CONVERSATION_ENDED, CONVERSATION_SCORED, CONVERSATION_STARTED
from warmline.contracts.ids import edge_id, scored_id
from warmline.contracts.score import ScoredTurn
from warmline.contracts.times import Times
from warmline.contracts.topics import CONVERSATION_SCORES
from warmline.contracts.turn import Turn
from warmline.store.keyed import Emit

MS = 1000

Edge = ConversationStarted | ConversationEnded


def event_time_of(event: Turn | Edge) -> int:
    """Return an input event's time, ms UTC."""
    return event.spoken_at if isinstance(event, Turn) else event.at


def check_time(event: Turn | Edge, now_ms: int, tolerance_s: int) -> None:
    """Refuse an event from the future: one wrong clock would move the watermark of everybody in its partition.

    Raises:
        BadRecordError: Its time is further ahead than the tolerance, in seconds.
    """
    ahead_ms = event_time_of(event) - now_ms
    if ahead_ms > tolerance_s * MS:
        raise BadRecordError("future_time", f"dated {ahead_ms // MS} s ahead; the policy tolerates {tolerance_s} s")


def scored(score: ScoredTurn, received_ms: int | None, now_ms: int) -> Emit:
    """Return the event of a scored turn, stamped."""
    times = Times(spoken=score.spoken_at, received=received_ms, scored=now_ms, published=now_ms)
    event = structs.replace(score, times=times)
    key = score.conversation_id
    return Emit(CONVERSATION_SCORES, key, CONVERSATION_SCORED, scored_id(key, score.turn_id), score.spoken_at, event)


def passed_on(edge: Edge) -> Emit:
    """Return a conversation's start or end as scoring passes it on, so that it stays in order with the scores."""
    event_type = CONVERSATION_STARTED if isinstance(edge, ConversationStarted) else CONVERSATION_ENDED
    key = edge.conversation_id
    event: Struct = edge
    return Emit(CONVERSATION_SCORES, key, event_type, edge_id(event_type, key, edge.at), edge.at, event)
