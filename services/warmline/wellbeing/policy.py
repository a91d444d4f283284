"""The wellbeing section of the policy; `default.yaml` says why each value is what it is.

It shapes an exposure account: how much hard contact an agent met, and how much rest there was. It is not validated
clinically, and must not be used to judge or rank anybody.
"""

from typing import Annotated

from msgspec import Meta, Struct

from warmline.contracts.agent_state import Activity

LEAST_LOAD_POINTS = 0.001  # what loads are divided by: a thousand micro-points, where 0 would end the arithmetic
LEAST_HYSTERESIS_POINTS = 0.1  # the least that a signal shows: strain that flickers by less is not seen to move
LEAST_LOWER_EDGE_POINTS = 1.0
"""Fading never comes to nothing, and near it goes so slowly that rounding outweighs it: a band ends well above that."""

Points = Annotated[float, Meta(ge=0.0, le=100.0)]
Load = Annotated[float, Meta(ge=LEAST_LOAD_POINTS, le=1000.0)]
Minutes = Annotated[int, Meta(ge=1, le=1440)]
Days = Annotated[int, Meta(ge=1, le=60)]
Few = Annotated[int, Meta(ge=1, le=100)]


class HeardPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What makes a turn hostile, a contact hard, and two turns one stretch of contact.

    Attributes:
        hostile_distress: A hostile turn has at least this distress, 0..1.
        hostile_valence: And, where it is not heard as angry, at most this valence, -1..1.
        hard_hostile_turns: Hostile turns that make a contact hard; one abusive turn does it alone.
        hard_distress_turns: Turns in that distress, of any feeling, that make a contact hard.
        effort_s: An empathetic turn this soon after a hostile one is effort, seconds.
        turn_gap_s: Most time between two turns of a contact that counts as contact, seconds.
        recovery_gap_min: This long without a hard contact ends a run of them, minutes.
    """

    hostile_distress: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.5
    hostile_valence: Annotated[float, Meta(ge=-1.0, le=0.0)] = -0.5
    hard_hostile_turns: Few = 2
    hard_distress_turns: Few = 3
    effort_s: Annotated[int, Meta(ge=1, le=3600)] = 120
    turn_gap_s: Annotated[int, Meta(ge=1, le=3600)] = 120
    recovery_gap_min: Minutes = 10


class RestPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is rest, and when a rest is a real break.

    Attributes:
        rest_states: Activities of `agent.state` that are rest.
        real_break_min: A rest at least this long is a real break, minutes.
        inferred_gap_min: Where no state says otherwise, this long without contact is rest, minutes.
        state_stale_min: An agent's state older than this is no longer believed, minutes.
    """

    rest_states: tuple[Activity, ...] = ("break", "offline")
    real_break_min: Minutes = 10
    inferred_gap_min: Minutes = 20
    state_stale_min: Minutes = 720


class AcutePolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How exposure adds to acute strain, and how it fades.

    Attributes:
        hostile_turn: Points of one hostile turn.
        abusive_turn: Points of one abusive turn, instead of a hostile one's.
        hard_minute: Points of one minute in a hard contact.
        run_contacts: Hard contacts in a run that add nothing more.
        run_contact: Points of each further hard contact of the run.
        effort_turn: Points of one empathetic turn under hostility.
        occupancy: Share of the last hour on contact from which a minute of contact adds, 0..1.
        occupancy_minute: Points of one minute of contact above that share.
        break_after_min: Time since a real break from which a minute of contact adds, minutes.
        overdue_minute: Points of one minute of contact beyond that time.
        positive_contact: Points that a contact with gratitude, relief or joy takes away, once.
        turnaround: Further points where that contact had been in distress.
        buffer: Most points that positive contacts may put by below zero.
        half_life_min: Time in which acute strain halves at work, minutes.
        rest_half_life_min: The same in rest, minutes.
    """

    hostile_turn: Points = 3.0
    abusive_turn: Points = 8.0
    hard_minute: Points = 0.4
    run_contacts: Few = 2
    run_contact: Points = 4.0
    effort_turn: Points = 1.0
    occupancy: Annotated[float, Meta(gt=0.0, le=1.0)] = 0.85
    occupancy_minute: Points = 0.2
    break_after_min: Minutes = 120
    overdue_minute: Points = 0.1
    positive_contact: Points = 2.0
    turnaround: Points = 4.0
    buffer: Points = 10.0
    half_life_min: Minutes = 60
    rest_half_life_min: Minutes = 20

    def __post_init__(self) -> None:
        if self.rest_half_life_min > self.half_life_min:
            raise ValueError("`rest_half_life_min` must not exceed `half_life_min`: rest recovers faster than work")


class ChronicPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How daily loads add to chronic strain, and what they are held against.

    Attributes:
        day_starts_utc_min: Where one working day ends and the next begins, minutes after midnight UTC.
        baseline_days: Worked days of the agent's own that the baseline averages, most.
        baseline_min_days: With fewer, the neutral prior is the baseline.
        neutral_load: Neutral prior: points of an ordinary day.
        baseline_min: The baseline is never below this, points a day.
        baseline_max: Nor above this, points a day: a load that is always too high does not become normal.
        double_load_day: Points of chronic strain that a day at twice the baseline adds.
        excess_max: Most multiples of the baseline above it that one day counts for.
        half_life_days: Time in which chronic strain halves, days.
    """

    day_starts_utc_min: Annotated[int, Meta(ge=0, le=1439)] = 180
    baseline_days: Days = 28
    baseline_min_days: Days = 10
    neutral_load: Load = 40.0
    baseline_min: Load = 20.0
    baseline_max: Load = 80.0
    double_load_day: Points = 8.0
    excess_max: Annotated[float, Meta(gt=0.0, le=10.0)] = 2.0
    half_life_days: Days = 10

    def __post_init__(self) -> None:
        if not self.baseline_min <= self.neutral_load <= self.baseline_max:
            raise ValueError("`neutral_load` must lie between `baseline_min` and `baseline_max`")
        if self.baseline_min_days > self.baseline_days:
            raise ValueError("`baseline_min_days` must not exceed `baseline_days`")


class BandsPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the bands begin.

    Attributes:
        elevated: Strain from which the band is elevated, points.
        high: The same for high, points.
        severe: The same for severe, points.
        hysteresis: A band is left downwards only this far below its beginning, points; at least a point of `elevated`
            is left above 0.
    """

    elevated: Points = 30.0
    high: Points = 55.0
    severe: Points = 80.0
    hysteresis: Annotated[float, Meta(ge=LEAST_HYSTERESIS_POINTS, le=50.0)] = 8.0

    def __post_init__(self) -> None:
        if not self.hysteresis < self.elevated < self.high < self.severe:
            raise ValueError("`hysteresis` < `elevated` < `high` < `severe` must hold")
        if self.elevated - self.hysteresis < LEAST_LOWER_EDGE_POINTS:
            raise ValueError(f"`elevated` must be at least {LEAST_LOWER_EDGE_POINTS:g} above `hysteresis`")


class SignalsPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a break is suggested, when days make a pattern, and what a signal shows.

    Attributes:
        break_cooldown_min: No second suggestion of a break within this time, minutes.
        pattern_days: Days with high acute strain that make a pattern.
        pattern_of_days: Among this many days.
        pattern_cooldown_days: No second pattern within this time, days.
        evidence_h: Hard conversations of this many hours are shown as evidence.
    """

    break_cooldown_min: Minutes = 60
    pattern_days: Days = 3
    pattern_of_days: Days = 7
    pattern_cooldown_days: Days = 7
    evidence_h: Annotated[int, Meta(ge=1, le=720)] = 24

    def __post_init__(self) -> None:
        if self.pattern_days > self.pattern_of_days:
            raise ValueError("`pattern_days` must not exceed `pattern_of_days`")


class WellbeingPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything about exposure, recovery and strain.

    Attributes:
        lateness_s: An event may arrive this much later than the watermark, seconds.
        ttl_days: An agent's account is kept this long after its last change, days.
        heard: What is hostile and hard.
        rest: What is rest.
        acute: Stress, over minutes to hours.
        chronic: Burnout risk, over days to weeks.
        bands: Where the bands begin.
        signals: When to speak.
    """

    lateness_s: Annotated[int, Meta(ge=0, le=3600)] = 120
    ttl_days: Annotated[int, Meta(ge=1, le=400)] = 45
    heard: HeardPolicy = HeardPolicy()
    rest: RestPolicy = RestPolicy()
    acute: AcutePolicy = AcutePolicy()
    chronic: ChronicPolicy = ChronicPolicy()
    bands: BandsPolicy = BandsPolicy()
    signals: SignalsPolicy = SignalsPolicy()
