"""From the numbers of a fold to the window that is published: the only place that builds `conversation.window`."""

from warmline.contracts.events import CONVERSATION_WINDOW
from warmline.contracts.ids import deterministic_id
from warmline.contracts.topics import CONVERSATION_WINDOWS
from warmline.contracts.window import ConversationWindow, Moment, MomentOutcome, Trend
from warmline.store.keyed import Emit
from warmline.windows.cause import Cause
from warmline.windows.moments import Touched
from warmline.windows.mood import mood_over_time, round_div
from warmline.windows.rules import Rules
from warmline.windows.state import Fold, Need, WindowsState

TRENDS: tuple[Trend, ...] = ("steady", "rising", "rising_fast", "falling_fast", "falling")
"""By the fold's trend as an index: -1 is the last one, -2 the one before."""

OUTCOMES: tuple[MomentOutcome, ...] = ("pending", "met", "missed", "moot")


def window_of(state: WindowsState, cause: Cause, touched: Touched, rules: Rules, version: str) -> Emit:
    """Return the window of the newest episode as the event to publish."""
    fold = state.head
    scored = fold.scored
    over_time = mood_over_time(fold, state.as_of, rules) if scored else None
    trend = fold.sentiment_trend
    window = ConversationWindow(
        conversation_id=state.conversation_id,
        incarnation=state.incarnation,
        episode=fold.episode,
        revision=state.revision,
        cause=cause.shown,
        started_at=fold.started_at,
        as_of=state.as_of,
        channel=fold.channel,
        queue=fold.queue,
        customer_id=fold.customer_id,
        agent_id=fold.agent_id,
        agent_role=fold.agent_role,
        turns=fold.turns,
        customer_turns=fold.customer_turns,
        agent_turns=fold.agent_turns,
        abstained_turns=fold.unused_turns,
        mood=fold.mood / 1000 if scored else None,
        mood_over_time=None if over_time is None else over_time / 1000,
        trend=TRENDS[fold.trend],
        valence=fold.valences[-1] / 1000 if scored else None,
        distress=fold.distress / 1000,
        peak_distress=fold.peak / 1000,
        distress_ms=distress_ms(fold, state.as_of, rules) if fold.peak >= rules.distressed else 0,
        empathetic_turns=fold.empathetic,
        unhelpful_turns=fold.unhelpful,
        empathy_index=empathy_index(fold),
        moments_met=fold.met,
        moments_missed=fold.missed,
        moments_moot=fold.moot,
        moments_pending=fold.pending,
        moments=_changed(touched) if touched else (),
        response_ms=fold.response_sum // fold.met if fold.met else None,
        effect=mean_effect(fold) if fold.effects else None,
        sentiment_score=fold.sentiment / 1000,
        sentiment_trend=None if trend is None else trend / 1000,
        heard=cause.heard,
        ended=fold.ended,
        model=cause.model,
        policy=version,
        times=cause.times,
    )
    return Emit(
        CONVERSATION_WINDOWS,
        state.conversation_id,
        CONVERSATION_WINDOW,
        deterministic_id(CONVERSATION_WINDOW, state.conversation_id, fold.episode, cause.id),
        cause.at,
        window,
    )


def distress_ms(fold: Fold, as_of: int, rules: Rules) -> int:
    """Return the time in distress, ms: while no customer turn has followed one in distress, up to now or the end."""
    if fold.distress < rules.distressed:
        return fold.distress_ms
    until = as_of if fold.ended_at is None else fold.ended_at
    return fold.distress_ms + min(until - fold.started_at - fold.times[-1], rules.distress_gap)


def empathy_index(fold: Fold) -> float | None:
    """Return (E - U) / (E + U), -1..1; None where both are 0."""
    told = fold.empathetic + fold.unhelpful
    return round_div(1000 * (fold.empathetic - fold.unhelpful), told) / 1000 if told else None


def mean_effect(fold: Fold) -> float | None:
    """Return the mean effect of the empathetic turns; None where none is known."""
    return round_div(fold.effect_sum, 2 * fold.effects) / 1000 if fold.effects else None


def moment_of(need: Need) -> Moment:
    """Return a moment as it is published."""
    return Moment(
        turn_id=need.turn_id,
        opened_at=need.opened_at,
        distress=need.distress / 1000,
        outcome=OUTCOMES[need.outcome],
        answered_by=need.answered_by,
        response_ms=need.response_ms,
        response_turns=need.response_turns,
        effect=None if need.effect is None else round_div(need.effect, 2) / 1000,
    )


def _changed(touched: Touched) -> tuple[Moment, ...]:
    """Return each touched moment once, in order of time."""
    once = {need.turn_id: need for need in touched}
    return tuple(moment_of(need) for need in sorted(once.values(), key=_order))


def _order(need: Need) -> tuple[int, str]:
    return need.opened_at, need.turn_id
