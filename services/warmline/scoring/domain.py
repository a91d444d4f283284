"""What scoring does with a turn before and after the model, as a keyed domain: the key is the conversation.

The costly half of the model, hearing a text, happens before (`service`); here are the cheap half and the memory.
A turn that was scored is a duplicate when it comes again, and is not scored again: by then its conversation has gone
on, and what went before it may be forgotten. Where partial results count, the first of a turn does, under an id of its
own, and the final one takes its place in the memory; see `models.partials`.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct, structs

from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.dates import time_of
from warmline.contracts.events import CONVERSATION_ENDED, CONVERSATION_SCORED, CONVERSATION_STARTED
from warmline.contracts.ids import edge_id, scored_id
from warmline.contracts.score import ScoredTurn
from warmline.contracts.times import Times
from warmline.contracts.topics import CONVERSATION_SCORES
from warmline.contracts.turn import Turn
from warmline.models.context import REMEMBERED_S, Before, before, remembered
from warmline.models.context_network import gist_of
from warmline.models.lines import line_of
from warmline.models.partials import counted, final_id
from warmline.models.sincerity import caring, words_of
from warmline.scoring.state import EDGES, ScoringState, is_known, note
from warmline.store.keyed import Emit, Stamps, Step

Edge = ConversationStarted | ConversationEnded
Judge = Callable[[Turn, Any, Before], ScoredTurn]
"""`Scorer.judge`: a turn, what its text was heard as (None for one without words), and what went before it."""


class HeardTurn(Struct, frozen=True):
    """A turn whose text has been through the encoder.

    Attributes:
        turn: The turn.
        text: What `Scorer.hear` made of its text; None for a system turn and one without words.
        elsewhere: Digests of the caring lines that the same participant said before it in any conversation.
    """

    turn: Turn
    text: Any
    elsewhere: tuple[bytes, ...] = ()


class ScoringDomain:
    """Scores heard turns and passes starts and ends on, in order.

    Args:
        judge: Makes the score.
        model: Name of the model.
        score_partials: Whether turns that are not final count.
    """

    name = "scoring"
    shown_type = ""
    state_type = ScoringState

    def __init__(self, judge: Judge, model: str, *, score_partials: bool) -> None:
        self._judge = judge
        self._model = model
        self._score_partials = score_partials

    def key_of(self, event: Struct) -> str | None:
        """Return the conversation; None for a partial turn, unless those count."""
        if isinstance(event, HeardTurn):
            return event.turn.conversation_id if counts(event.turn, score_partials=self._score_partials) else None
        return _edge(event).conversation_id

    def cause_of(self, event: Struct) -> str:
        """Return the id of what the event becomes."""
        if isinstance(event, HeardTurn):
            return scored_id(event.turn.conversation_id, counted(event.turn).turn_id)
        return passed_on(_edge(event)).id

    def event_time_of(self, event: Struct) -> int:
        """Return when it was spoken, or when the conversation began or ended, ms UTC."""
        return time_of(event.turn if isinstance(event, HeardTurn) else _edge(event))

    def apply(self, state: ScoringState | None, event: Struct, stamps: Stamps) -> Step[ScoringState]:
        """Score a turn by what went before it, or pass a start or an end on."""
        if state is None or state.model != self._model:
            state = ScoringState(self._model)
        if isinstance(event, HeardTurn):
            return self._apply_turn(state, event, stamps)
        emit = passed_on(_edge(event))
        if emit.id in state.edges:
            return Step(state, "duplicate")
        state.edges = (*state.edges, emit.id)[-EDGES:]
        return Step(state, "applied", [emit])

    def due(self, state: ScoringState) -> int | None:  # noqa: ARG002 # the protocol's
        """Nothing is due by time."""
        return None

    def fire(self, state: ScoringState, watermark_ms: int, stamps: Stamps) -> Step[ScoringState]:  # noqa: ARG002 # the protocol's
        """Nothing is due by time."""
        return Step(state, "ignored")

    def ttl_s(self, state: ScoringState) -> int:  # noqa: ARG002 # the protocol's
        """Return for how long a turn is remembered."""
        return REMEMBERED_S

    def _apply_turn(self, state: ScoringState, event: HeardTurn, stamps: Stamps) -> Step[ScoringState]:
        turn = counted(event.turn)
        if is_known(state, turn.turn_id) or (not turn.final and is_known(state, final_id(event.turn))):
            return Step(state, "duplicate")
        note(state, turn.turn_id)
        score = self._judge(turn, event.text, before(state.memory, turn, event.elsewhere))
        learnt: list[Struct] = []
        if event.text is not None:
            words, cares = words_of(turn, score), caring(score)
            state.memory = remembered(state.memory, turn, gist_of(event.text), words, caring=cares)
            # Not the beginning of a line: it would stand in every line that begins alike.
            learnt = [line_of(turn, words)] if cares and turn.final else []
        return Step(state, "applied", [scored(score, stamps.received_ms, stamps.now_ms)], learnt)


def counts(turn: Turn, *, score_partials: bool) -> bool:
    """Say whether a turn is scored: final ones are, partial ones where the policy wants them."""
    return turn.final or score_partials


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


def _edge(event: Struct) -> Edge:
    if not isinstance(event, ConversationStarted | ConversationEnded):
        raise TypeError(f"{type(event).__name__} is not scored")
    return event
