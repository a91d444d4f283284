"""From the numbers of an episode that ended to its summary: the only place that builds `conversation.summary`."""

from typing import get_args

from warmline.contracts.events import CONVERSATION_SUMMARY
from warmline.contracts.ids import deterministic_id
from warmline.contracts.labels import Cue
from warmline.contracts.summary import ConversationSummary
from warmline.contracts.topics import CONVERSATION_SUMMARIES
from warmline.store.keyed import Emit
from warmline.windows.cause import Cause
from warmline.windows.csat import CsatFeatures, predicted_csat
from warmline.windows.customer import OPENING_TURNS
from warmline.windows.emit import distress_ms, empathy_index, mean_effect, moment_of
from warmline.windows.history import needs_of
from warmline.windows.intake import CUE_BITS
from warmline.windows.mood import round_div
from warmline.windows.rules import Rules
from warmline.windows.state import Fold, WindowsState

CUES: tuple[Cue, ...] = get_args(Cue)
CLOSING_TURNS = 3  # customer turns in the mood at the end
PEACE_TURNS = 2  # customer turns whose mean valence must not be below 0 for a turnaround


def summary_of(state: WindowsState, fold: Fold, cause: Cause, rules: Rules, version: str) -> Emit:
    """Return the summary of an episode that ended as the event to publish."""
    features = csat_features(fold, rules)
    ended_at = fold.started_at if fold.ended_at is None else fold.ended_at
    summary = ConversationSummary(
        conversation_id=state.conversation_id,
        incarnation=state.incarnation,
        episode=fold.episode,
        revision=state.revision,
        started_at=fold.started_at,
        ended_at=ended_at,
        end_reason=fold.ended or "completed",
        channel=fold.channel,
        queue=fold.queue,
        customer_id=fold.customer_id,
        agent_ids=tuple(fold.answerers),
        turns=fold.turns,
        customer_turns=fold.customer_turns,
        agent_turns=fold.agent_turns,
        abstained_turns=fold.unused_turns,
        mood_start=_mood_start(fold),
        mood_end=features.mood_end if fold.scored else None,
        mood_lowest=features.mood_lowest if fold.scored else None,
        peak_distress=features.peak_distress,
        distress_ms=distress_ms(fold, ended_at, rules),
        moments=tuple(moment_of(need) for need in needs_of(state, fold)),
        moments_met=fold.met,
        moments_missed=fold.missed,
        moments_moot=fold.moot,
        response_ms=fold.response_sum // fold.met if fold.met else None,
        empathetic_turns=fold.empathetic,
        unhelpful_turns=fold.unhelpful,
        empathy_index=empathy_index(fold),
        effect=mean_effect(fold),
        canned_turns=fold.canned,
        reuse=_mean(fold.reuse_sum, fold.reused),
        specificity=_mean(fold.specificity_sum, fold.specified),
        turnaround=turned_around(fold, rules),
        cues=tuple(cue for cue in CUES if fold.cues & CUE_BITS[cue]),
        repeat_contact=bool(fold.cues & CUE_BITS["repeat_contact"]),
        unresolved=fold.unresolved,
        predicted_csat=predicted_csat(rules.csat, features) if fold.scored else None,
        model=fold.model,
        policy=version,
        times=cause.times,
    )
    return Emit(
        CONVERSATION_SUMMARIES,
        state.conversation_id,
        CONVERSATION_SUMMARY,
        deterministic_id(CONVERSATION_SUMMARY, state.conversation_id, fold.episode, cause.id),
        cause.at,
        summary,
    )


def turned_around(fold: Fold, rules: Rules) -> bool:
    """Tell whether it was in distress and ended at peace: last two valences not below 0, the newest distress calm."""
    return fold.peak >= rules.distressed and fold.distress < rules.calm and sum(fold.valences[-PEACE_TURNS:]) >= 0


def csat_features(fold: Fold, rules: Rules) -> CsatFeatures:
    """Return what predicted CSAT is computed from."""
    moments = fold.met + fold.missed + fold.moot
    closing = fold.valences[-CLOSING_TURNS:]
    return CsatFeatures(
        mood_end=round_div(sum(closing), len(closing)) / 1000 if closing else 0.0,
        mood_lowest=fold.lowest / 1000,
        peak_distress=fold.peak / 1000,
        met_share=fold.met / moments if moments else 0.0,
        empathy_index=empathy_index(fold) or 0.0,
        turnaround=float(turned_around(fold, rules)),
        unresolved=float(fold.unresolved),
    )


def _mean(total: int, count: int) -> float | None:
    return round_div(total, count) / 1000 if count else None


def _mood_start(fold: Fold) -> float | None:
    return round_div(fold.opening, min(fold.scored, OPENING_TURNS)) / 1000 if fold.scored else None
