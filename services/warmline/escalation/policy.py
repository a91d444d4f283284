"""The `escalation` section of the policy: weights of the risk, thresholds, hard cues, routes and times."""

from typing import Annotated

from msgspec import Meta, Struct

from warmline.contracts.alert import Action, Severity

Share = Annotated[float, Meta(ge=0.0, le=1.0)]
"""A risk, or a part of one, 0..1."""

Few = Annotated[int, Meta(ge=1, le=32)]
"""A number of turns; at most what a 32-bit history of them remembers."""

Seconds = Annotated[int, Meta(ge=0, le=30 * 86_400)]
"""Event time in seconds, at most thirty days."""

Skill = Annotated[str, Meta(min_length=1, max_length=256)]
"""A skill or group name as the router knows it."""


class Weights(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What each term can add to the risk at its full value, or, for the last four, take from it; all 0..1.

    Attributes:
        distress: Distress of the newest customer turn.
        mood: Customer's mood below 0.
        falling: The mood is falling: half; falling fast: full.
        distress_time: Time in distress, full at `full.distress_time_s`.
        distress_turns: Customer turns in distress among the last ones, full at `full.distress_turns`.
        missed_moments: Moments missed, full at `full.missed_moments`.
        unhelpful_turns: Unhelpful answers among the last ones, full at `full.unhelpful_turns`.
        waiting: An older moment still waits to be met.
        asks_human: Heard within the memory for cues, from a customer who talks with a bot.
        asks_supervisor: Heard within the memory for cues.
        churn_threat: Heard within the memory for cues.
        legal_or_public_threat: Heard within the memory for cues.
        repeat_contact: Heard within the memory for cues.
        abuse_of_agent: Heard within the memory for cues.
        vulnerable: Heard within the memory for cues.
        time_pressure: Heard within the memory for cues.
        unresolved: Heard within the memory for cues.
        met_moments: Moments met, full at `full.met_moments`.
        rising: The mood is rising: half; rising fast: full.
        effect: Mean effect of the empathetic turns above 0.
        calm: Valence of the newest customer turn above 0.
    """

    distress: Share = 0.07
    mood: Share = 0.19
    falling: Share = 0.03
    distress_time: Share = 0.01
    distress_turns: Share = 0.17
    missed_moments: Share = 0.1
    unhelpful_turns: Share = 0.16
    waiting: Share = 0.01
    asks_human: Share = 0.07
    asks_supervisor: Share = 0.28
    churn_threat: Share = 0.15
    legal_or_public_threat: Share = 0.24
    repeat_contact: Share = 0.04
    abuse_of_agent: Share = 0.28
    vulnerable: Share = 0.06
    time_pressure: Share = 0.0
    unresolved: Share = 0.07
    met_moments: Share = 0.03
    rising: Share = 0.08
    effect: Share = 0.13
    calm: Share = 0.07


class FullValues(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the counting terms reach their full weight.

    Attributes:
        distress_time_s: Time in distress, seconds.
        distress_turns: Customer turns in distress among the last `recent_turns`.
        missed_moments: Moments missed.
        unhelpful_turns: Unhelpful answers among the last `recent_turns`.
        met_moments: Moments met.
    """

    distress_time_s: Annotated[int, Meta(ge=1, le=86_400)] = 180
    distress_turns: Few = 3
    missed_moments: Few = 2
    unhelpful_turns: Few = 2
    met_moments: Few = 2


class Route(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to do, who, and how soon.

    Attributes:
        action: What to do.
        skill: Who should do it.
        act_within_s: How soon, seconds of event time after the step that says so.
    """

    action: Action
    skill: Skill
    act_within_s: Seconds


class Routes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The route of each severity, of bots, and of contacts that ended badly.

    Attributes:
        watch: Of a watch alert about a human agent's conversation.
        warning: Of a warning.
        critical: Of a critical alert.
        bot: While a bot answers, at any severity.
        call_back: Once a contact ended with a critical alert unresolved, until the customer or a person who answers
            speaks again. One about self-harm that nobody acknowledged is then followed by an alert of that rule.
    """

    watch: Route = Route(action="monitor", skill="team_lead", act_within_s=600)
    warning: Route = Route(action="whisper", skill="team_lead", act_within_s=180)
    critical: Route = Route(action="barge", skill="supervisor", act_within_s=60)
    bot: Route = Route(action="transfer_to_human", skill="human_agent", act_within_s=60)
    call_back: Route = Route(action="call_back", skill="customer_care", act_within_s=4 * 3600)


class HardCue(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cue that opens an alert at once, whatever the risk.

    Attributes:
        distress_min: Only where the turn itself has at least this distress, 0..1; below, the risk alone decides.
        severity: Severity of the alert; it does not fall below it.
        action: What to do while a human answers; towards a bot it is always `transfer_to_human`.
        skill: Who should do it.
        act_within_s: How soon, seconds.
    """

    severity: Severity
    action: Action
    skill: Skill
    act_within_s: Seconds
    distress_min: Share = 0.0


class HardCues(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The cues that open an alert at once; None leaves the cue to the risk alone.

    Attributes:
        asks_human: Towards a bot only; a customer who talks with a person has one already.
        asks_supervisor: The customer demands a supervisor; not once one answers.
        legal_or_public_threat: Lawyer, regulator, press, reviews.
        abuse_of_agent: Insults, slurs or threats aimed at the agent.
        vulnerable: Bereavement, illness, hardship, danger.
        self_harm: The customer speaks of suicide or self-harm. No policy switches it off, makes it less than critical
            or asks for a distress: nothing graver can be said. It breaks every cooldown but its own.
    """

    asks_human: HardCue | None = HardCue(
        severity="watch", action="transfer_to_human", skill="human_agent", act_within_s=60
    )
    asks_supervisor: HardCue | None = HardCue(severity="warning", action="barge", skill="supervisor", act_within_s=120)
    legal_or_public_threat: HardCue | None = HardCue(
        severity="warning", action="whisper", skill="complaints", act_within_s=180
    )
    abuse_of_agent: HardCue | None = HardCue(
        severity="critical", action="barge", skill="supervisor", act_within_s=60, distress_min=0.3
    )
    vulnerable: HardCue | None = HardCue(
        severity="watch", action="whisper", skill="care_team", act_within_s=300, distress_min=0.5
    )
    self_harm: HardCue = HardCue(severity="critical", action="whisper", skill="care_team", act_within_s=60)

    def __post_init__(self) -> None:
        """Refuse what would leave somebody in danger unheard."""
        if self.self_harm.severity != "critical" or self.self_harm.distress_min:
            raise ValueError("escalation needs hard_cues.self_harm to be critical, at any distress")


class EscalationPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything about escalation that a queue may set for itself.

    Attributes:
        open_at: Risk at which a watch alert opens, 0..1.
        warning_at: Risk at which the severity is warning.
        critical_at: Risk at which the severity is critical.
        close_at: Risk below which a customer turn counts towards recovery; below `open_at`, the hysteresis.
        recover_turns: Customer turns in a row below `close_at`, without a hard cue, that close an alert as recovered;
            one with a hard cue not before its `act_by`, and not while a bot answers who asked it for a person.
        severity_margin: How far the risk must be under a severity's threshold to count towards its fall.
        fall_turns: Customer turns in a row under it that publish the lower severity.
        update_gap_s: Least event time between two `updated` steps, and from the opening to the first; a rise to
            critical, a new hard cue, a bot that takes over or a person who is back after one does not wait.
        evidence_turns: Customer turns in distress, among the last `recent_turns`, that a risk alert needs.
        evidence_distress: Distress from which a customer turn is such a turn, 0..1.
        evidence_valence: Valence at or below which it is one as well, -1..0.
        evidence_max: Most turn ids an alert names as its evidence.
        recent_turns: How many customer turns, and how many answers, count as the last ones.
        cue_memory_turns: For how many customer turns a cue counts in the risk, its own included.
        cooldown_s: After a closing no new risk alert for this long, and none by the same hard cues.
        false_alarm_cooldown_s: The same after a false alarm, by the hard cues of the alert that was called so.
        expire_after_s: An alert without any news of its conversation for this long expires; longer than the time-out of
            windows, which ends the conversation in the ordinary way.
        lateness_s: Due times wait this much longer for late turns; the same as of windows.
        keep_s: How long the store keeps the state after its last change, on top of `expire_after_s` and the other times
            in which something may still be due: an open alert is never lost, however short this is.
        alerts_per_100: Of a hundred contacts of a queue, those alone in which the customer spoke, how many whoever
            answers alerts can look after; None where nobody has said. It holds no alert back: it is what the queue's
            rate is measured against.
        weights: Of the risk's terms.
        full: Where the counting terms reach their full weight.
        hard_cues: What opens an alert at once.
        routes: What to do, by severity.
    """

    open_at: Share = 0.4
    warning_at: Share = 0.5
    critical_at: Share = 0.7
    close_at: Share = 0.25
    recover_turns: Few = 2
    severity_margin: Share = 0.1
    fall_turns: Few = 2
    update_gap_s: Seconds = 20
    evidence_turns: Few = 2
    evidence_distress: Share = 0.45
    evidence_valence: Annotated[float, Meta(ge=-1.0, le=0.0)] = -0.5
    evidence_max: Few = 8
    recent_turns: Few = 6
    cue_memory_turns: Few = 4
    cooldown_s: Seconds = 120
    false_alarm_cooldown_s: Seconds = 1800
    expire_after_s: Annotated[int, Meta(ge=1, le=30 * 86_400)] = 3600
    lateness_s: Annotated[int, Meta(ge=0, le=3600)] = 60
    keep_s: Annotated[int, Meta(ge=60, le=30 * 86_400)] = 3 * 86_400
    alerts_per_100: Annotated[float, Meta(gt=0.0, le=100.0)] | None = None
    weights: Weights = Weights()
    full: FullValues = FullValues()
    hard_cues: HardCues = HardCues()
    routes: Routes = Routes()

    def __post_init__(self) -> None:
        """Refuse thresholds that contradict each other, which no range of a single key can say."""
        if not self.close_at < self.open_at <= self.warning_at <= self.critical_at:
            raise ValueError("escalation needs close_at < open_at <= warning_at <= critical_at")
        if self.evidence_turns > self.recent_turns:
            raise ValueError("escalation needs evidence_turns <= recent_turns")
