"""A policy's numbers as whole thousandths and milliseconds, computed once and not on every turn."""

from collections.abc import Callable

from msgspec import Struct

from warmline.windows.policy import MILLI, CsatFormula, WindowsPolicy, milli

MINUTE_MS = 60 * MILLI


class Rules(Struct, frozen=True):
    """The policy in the units of the arithmetic; names as in `WindowsPolicy`, thousandths or milliseconds.

    Attributes:
        lateness: ms.
        quiet: ms.
        gone: ms without an event after which the next one opens a new episode: quiet time-out and lateness.
        distressed: Thousandths.
        calm: Thousandths.
        answers: Turns.
        missed_after: ms.
        distress_gap: ms.
        mood_weights: Weights of the newest customer turns, oldest first, thousandths of the newest one's.
        mood_weight_sums: Sum of the weights of the newest 0, 1, 2, ... customer turns.
        mood_span: ms.
        trend_turns: Turns.
        trend_min_turns: Turns.
        trend_step: Thousandths.
        trend_fast_step: Thousandths.
        keep_points: Customer turns that mood, trend, effect and summary may look back on.
        ttl_s: Seconds.
        csat: The formula.
    """

    lateness: int
    quiet: int
    gone: int
    distressed: int
    calm: int
    answers: int
    missed_after: int
    distress_gap: int
    mood_weights: tuple[int, ...]
    mood_weight_sums: tuple[int, ...]
    mood_span: int
    trend_turns: int
    trend_min_turns: int
    trend_step: int
    trend_fast_step: int
    keep_points: int
    ttl_s: int
    csat: CsatFormula


RulesOf = Callable[[str | None], Rules]
"""The rules that hold in a queue; None is any queue without overrides."""


def rules_of(policy: WindowsPolicy) -> Rules:
    """Return the policy's numbers in the units of the arithmetic.

    The weight of a customer turn that is k turns old is `2 ** (-k / mood_half_life_turns)`.
    """
    newest_first = [max(1, milli(2.0 ** (-age / policy.mood_half_life_turns))) for age in range(policy.mood_turns)]
    sums = [0]
    for weight in newest_first:
        sums.append(sums[-1] + weight)
    return Rules(
        lateness=policy.lateness_s * MILLI,
        quiet=policy.quiet_timeout_s * MILLI,
        gone=(policy.quiet_timeout_s + policy.lateness_s) * MILLI,
        distressed=milli(policy.moment_distress),
        calm=milli(policy.calm_distress),
        answers=policy.answer_within_turns,
        missed_after=policy.missed_after_s * MILLI,
        distress_gap=policy.distress_gap_s * MILLI,
        mood_weights=tuple(reversed(newest_first)),
        mood_weight_sums=tuple(sums),
        mood_span=policy.mood_minutes * MINUTE_MS,
        trend_turns=policy.trend_turns,
        trend_min_turns=policy.trend_min_turns,
        trend_step=milli(policy.trend_step),
        trend_fast_step=milli(policy.trend_fast_step),
        keep_points=max(policy.mood_turns, policy.trend_turns, 3),
        ttl_s=policy.ttl_s,
        csat=policy.csat,
    )
