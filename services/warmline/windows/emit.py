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
    # In the order of the fields: by name, forty-odd arguments cost an eighth of the whole step.
    window = ConversationWindow(
        state.conversation_id,  # conversation_id
        state.incarnation,  # incarnation
        fold.episode,  # episode
        state.revision,  # revision
        cause.shown,  # cause
        fold.started_at,  # started_at
        state.as_of,  # as_of
        fold.channel,  # channel
        fold.queue,  # queue
        fold.customer_id,  # customer_id
        fold.agent_id,  # agent_id
        fold.agent_role,  # agent_role
        fold.turns,  # turns
        fold.customer_turns,  # customer_turns
        fold.agent_turns,  # agent_turns
        fold.unused_turns,  # abstained_turns
        fold.mood / 1000 if scored else None,  # mood
        None if over_time is None else over_time / 1000,  # mood_over_time
        TRENDS[fold.trend],  # trend
        fold.valences[-1] / 1000 if scored else None,  # valence
        fold.distress / 1000,  # distress
        fold.peak / 1000,  # peak_distress
        distress_ms(fold, state.as_of, rules),  # distress_ms
        fold.empathetic,  # empathetic_turns
        fold.unhelpful,  # unhelpful_turns
        empathy_index(fold),  # empathy_index
        fold.met,  # moments_met
        fold.missed,  # moments_missed
        fold.moot,  # moments_moot
        fold.pending,  # moments_pending
        _changed(touched) if touched else (),  # moments
        fold.response_sum // fold.met if fold.met else None,  # response_ms
        mean_effect(fold) if fold.effects else None,  # effect
        fold.sentiment / 1000,  # sentiment_score
        None if trend is None else trend / 1000,  # sentiment_trend
        cause.heard,  # heard
        fold.ended,  # ended
        cause.model,  # model
        version,  # policy
        cause.times,  # times
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
