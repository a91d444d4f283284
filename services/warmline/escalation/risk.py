"""The risk: a sum of named terms in whole thousandths, so that anyone can check it with a pencil."""

from msgspec import Struct

from warmline.contracts.alert import Contribution
from warmline.contracts.labels import CUES
from warmline.contracts.window import ConversationWindow
from warmline.escalation.policy import EscalationPolicy
from warmline.escalation.state import EscalationState

MILLI = 1000
RAISING = ("distress", "mood", "falling", "distress_time", "distress_turns", "missed_moments", "unhelpful_turns")
WAITING = "waiting"
LOWERING = ("met_moments", "rising", "effect", "calm")
TERMS: tuple[str, ...] = (*RAISING, WAITING, *LOWERING, *CUES)
"""Names of the terms, as in the policy's weights; their order in the state."""

FIRST_CUE = len(RAISING) + 1 + len(LOWERING)
CUE_TERM = {cue: FIRST_CUE + position for position, cue in enumerate(CUES)}
"""Cue to the place of its term."""


class Measures(Struct, frozen=True):
    """A policy's numbers as whole thousandths and milliseconds, computed once and not on every turn."""

    policy: EscalationPolicy
    weights: tuple[int, ...]
    distress_time_ms: int
    recent_mask: int
    open_at: int
    warning_at: int
    critical_at: int
    close_at: int
    severity_margin: int
    expire_after_ms: int
    lateness_ms: int


def milli(share: float) -> int:
    """Return a share as whole thousandths."""
    return round(share * MILLI)


def measures_of(policy: EscalationPolicy) -> Measures:
    """Return the policy's numbers in the units of the arithmetic."""
    return Measures(
        policy=policy,
        weights=tuple(milli(getattr(policy.weights, term)) for term in TERMS),
        distress_time_ms=policy.full.distress_time_s * MILLI,
        recent_mask=(1 << policy.recent_turns) - 1,
        open_at=milli(policy.open_at),
        warning_at=milli(policy.warning_at),
        critical_at=milli(policy.critical_at),
        close_at=milli(policy.close_at),
        severity_margin=milli(policy.severity_margin),
        expire_after_ms=policy.expire_after_s * MILLI,
        lateness_ms=policy.lateness_s * MILLI,
    )


def terms_of(window: ConversationWindow, state: EscalationState, measures: Measures) -> list[int]:
    """Return what each term adds to the risk now, in thousandths, in the order of `TERMS`."""
    w = measures.weights
    full = measures.policy.full
    mood, valence, effect = window.mood or 0.0, window.valence or 0.0, window.effect
    trend = TREND_HALVES[window.trend]
    terms = [
        int(w[0] * window.distress),
        int(w[1] * -mood) if mood < 0.0 else 0,
        w[2] * -trend // 2 if trend < 0 else 0,
        _counted(w[3], window.distress_ms, measures.distress_time_ms),
        _counted(w[4], state.distress_bits.bit_count(), full.distress_turns),
        _counted(w[5], window.moments_missed, full.missed_moments),
        _counted(w[6], state.unhelpful_bits.bit_count(), full.unhelpful_turns),
        w[7] if window.moments_pending and _waits(window) else 0,
        -_counted(w[8], window.moments_met, full.met_moments),
        -(w[9] * trend // 2) if trend > 0 else 0,
        -int(w[10] * min(effect, 1.0)) if effect is not None and effect > 0.0 else 0,
        -int(w[11] * valence) if valence > 0.0 else 0,
        *NO_CUES,
    ]  # fmt: skip
    if state.cues:
        oldest = window.customer_turns - measures.policy.cue_memory_turns
        for cue, turn in state.cues.items():
            if turn > oldest and (cue != "asks_human" or window.agent_role == "bot"):
                terms[CUE_TERM[cue]] = w[CUE_TERM[cue]]
    return terms


NO_CUES = (0,) * len(CUES)
TREND_HALVES = {"falling_fast": -2, "falling": -1, "steady": 0, "rising": 1, "rising_fast": 2}


def _counted(weight: int, count: int, full: int) -> int:
    return weight if count >= full else weight * count // full


def _waits(window: ConversationWindow) -> bool:
    """Tell whether a moment older than the newest turn is still to be met: a new one has not waited yet."""
    heard = window.heard
    if heard is None or heard.role != "customer":
        return True
    opened_now = any(moment.turn_id == heard.turn_id and moment.outcome == "pending" for moment in window.moments)
    return window.moments_pending > opened_now


def risk_of(terms: list[int]) -> int:
    """Return the risk in thousandths: the sum of the terms, cut to 0..1000."""
    return min(max(sum(terms), 0), MILLI)


def leading_term(terms: list[int]) -> str:
    """Return the name of the term that adds most."""
    return TERMS[max(range(len(terms)), key=terms.__getitem__)] if terms else "risk"


def contributions_of(terms: list[int]) -> tuple[Contribution, ...]:
    """Return the terms that are not 0, the strongest first."""
    named = [(-abs(value), TERMS[place], value) for place, value in enumerate(terms) if value]
    return tuple(Contribution(term=term, value=value / MILLI) for _, term, value in sorted(named))
