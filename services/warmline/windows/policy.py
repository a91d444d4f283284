"""What a queue may set about windows: lateness, time-outs, how a need for empathy opens and ends, mood, trend."""

from typing import Annotated

from msgspec import Meta, Struct

DAY_S = 86_400
MILLI = 1000

Share = Annotated[float, Meta(ge=0.0, le=1.0)]
"""0..1."""

STEP = 0.001
"""A thousandth, in which the arithmetic counts: thresholds above 0, and distances between two, are at least one."""

Turns = Annotated[int, Meta(ge=1, le=32)]
"""A number of turns; at most as many as a state keeps."""

Timeout = Annotated[int, Meta(ge=1, le=14 * DAY_S)]
"""Seconds, above 0; up to two weeks, which a thread of e-mails may take."""

Weight = Annotated[float, Meta(ge=-10.0, le=10.0)]
"""A coefficient of the CSAT formula."""


def milli(value: float) -> int:
    """Return a number as whole thousandths."""
    return round(value * MILLI)


class CsatFormula(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Coefficients of predicted CSAT: `base + sum(coefficient * feature)`, cut to 1..5.

    Fitted by ridge regression on 1,206 labelled conversations with `python -m warmline.training.fit_csat`. On held-out
    ones it errs by 0.42 points on average, where always saying the mean errs by 1.19; that is on hand labels. As the
    shipped model hears 250 conversations that it never saw, it errs by 0.57 (the mean by 1.21), and a formula fitted to
    that model's scores by 0.52: too little to tie the formula to one model's weights. Every feature is a field of the
    summary or follows from its fields.

    Attributes:
        base: The sum begins here.
        mood_end: Times the mean valence of the last three customer turns, -1..1.
        mood_lowest: Times the lowest valence, -1..1.
        peak_distress: Times the highest distress, 0..1.
        met_share: Times moments met / (moments met + missed + moot), 0..1; 0 without moments.
        empathy_index: Times the empathy index, -1..1; 0 where it is unknown.
        turnaround: Where it was in distress and ended at peace.
        unresolved: Where the customer's last say was that it is not solved.
    """

    base: Weight = 4.16
    mood_end: Weight = 0.9
    mood_lowest: Weight = 0.41
    peak_distress: Weight = -1.04
    met_share: Weight = 0.35
    empathy_index: Weight = 0.63
    turnaround: Weight = 0.56
    unresolved: Weight = -0.37


class WindowsPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything about windows that a queue may set for itself.

    Attributes:
        lateness_s: A turn may be this much older than the newest event of its conversation, and due times wait as long.
        quiet_timeout_s: A conversation without any event for this long has ended (reason `timeout`).
        moment_distress: Distress from which a customer turn opens a moment and counts as in distress, 0.001..1.
        calm_distress: Distress below which the customer is calm, 0..1; below `moment_distress`, the hysteresis.
        answer_within_turns: So many answering turns without empathy miss a moment.
        missed_after_s: A moment without an empathetic answer for this long is missed.
        distress_gap_s: Most time in distress that one gap between customer turns counts for.
        mood_turns: Customer turns in the mood.
        mood_half_life_turns: A customer turn so many turns old counts half in the mood.
        mood_minutes: Minutes in the mood over time; a turn's weight falls to 0 towards their edge.
        trend_turns: Customer turns in the trend: the median of the newer half against that of the older one.
        trend_min_turns: Below so many customer turns the trend is `steady`.
        trend_step: Difference of the halves from which the mood rises or falls, 0.001..2.
        trend_fast_step: Difference from which it does so fast, 0.001..2.
        ttl_s: How long the store keeps a state after its last change.
        csat: Formula of predicted CSAT.
    """

    lateness_s: Annotated[int, Meta(ge=0, le=3600)] = 60
    quiet_timeout_s: Timeout = 600
    moment_distress: Annotated[float, Meta(ge=STEP, le=1.0)] = 0.5
    calm_distress: Share = 0.35
    answer_within_turns: Turns = 2
    missed_after_s: Timeout = 120
    distress_gap_s: Timeout = 300
    mood_turns: Turns = 6
    mood_half_life_turns: Annotated[float, Meta(ge=0.1, le=100.0)] = 2.0
    mood_minutes: Annotated[int, Meta(ge=1, le=1440)] = 5
    trend_turns: Annotated[int, Meta(ge=2, le=32)] = 6
    trend_min_turns: Annotated[int, Meta(ge=2, le=32)] = 3
    trend_step: Annotated[float, Meta(ge=STEP, le=2.0)] = 0.25
    trend_fast_step: Annotated[float, Meta(ge=STEP, le=2.0)] = 0.6
    ttl_s: Annotated[int, Meta(ge=60, le=60 * DAY_S)] = DAY_S
    csat: CsatFormula = CsatFormula()

    def __post_init__(self) -> None:
        """Refuse values that contradict each other, which no range of a single key can say."""
        if not milli(self.calm_distress) < milli(self.moment_distress):
            raise ValueError("windows needs calm_distress < moment_distress, by a thousandth at least")
        if not milli(self.trend_step) < milli(self.trend_fast_step):
            raise ValueError("windows needs trend_step < trend_fast_step, by a thousandth at least")
        if self.trend_min_turns > self.trend_turns:
            raise ValueError("windows needs trend_min_turns <= trend_turns")
        if self.ttl_s <= max(self.quiet_timeout_s, self.missed_after_s) + self.lateness_s:
            raise ValueError("windows needs ttl_s > quiet_timeout_s + lateness_s and > missed_after_s + lateness_s")
