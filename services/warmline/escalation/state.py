"""What escalation remembers of one conversation: bounded, small, and free of words."""

from msgspec import Struct, field

from warmline.contracts.labels import Role
from warmline.contracts.waiting import Word

RECENT_FEEDBACKS = 32  # one alert sees a handful; a sender's retry comes within a few of its first try
RECENT_ALERTS = 8  # closed alerts that late feedback can still name


class Evidence(Struct, array_like=True, frozen=True):
    """A turn that speaks for an alert.

    Attributes:
        spoken_at: When, ms UTC; first, so that sorting is by time.
        turn_id: The turn.
    """

    spoken_at: int
    turn_id: str


class OpenAlert(Struct, array_like=True):
    """The alert that is open.

    Attributes:
        alert_id: Its id.
        rule: `risk`, a hard cue, or `call_back`.
        episode: The conversation's episode when it opened.
        severity: As last published: 0 watch, 1 warning, 2 critical.
        opened_at: Event time of its opening, ms UTC.
        act_by: Of its routing, ms UTC.
        changed_at: Event time of the last `opened` or `updated`, ms UTC.
        handoff: A bot answered, as last looked at.
        sequence: Of its newest step.
        peak: Highest severity so far.
        cues: Its hard cues, gravest first.
        acknowledged_by: Who acknowledged it.
        quiet: Customer turns in a row below `close_at`.
        lower: Customer turns in a row that speak for a lower severity.
        person: Agent or supervisor who answered last, by participant id; while a bot answers, whoever did before it.
            None where no person had answered by then.
        human_act_by: `act_by` as it was when the bot took over, ms UTC; 0 before one did.
        cue_act_by: When its newest hard cue has had the time that the route gives, ms UTC: later than `act_by` where an
            earlier cue had not been looked after. 0 where none came to the alert since it opened.
    """

    alert_id: str
    rule: str
    episode: int
    severity: int
    opened_at: int
    act_by: int
    changed_at: int
    handoff: bool
    sequence: int = 0
    peak: int = 0
    cues: list[str] = field(default_factory=list)
    acknowledged_by: str | None = None
    quiet: int = 0
    lower: int = 0
    person: str | None = None
    human_act_by: int = 0
    cue_act_by: int = 0


class EscalationState(Struct, array_like=True):
    """State of one conversation's key.

    Attributes:
        conversation_id: The conversation.
        incarnation: The window state's life that is followed.
        revision: Newest revision of it taken in.
        episode: Newest episode.
        as_of: Newest event time taken in, ms UTC.
        agent_id: Who answers.
        agent_role: In which role.
        queue: Newest known.
        channel: Newest known.
        model: Behind the newest score.
        received: Times of the newest window, ms UTC.
        scored: The same.
        windowed: The same.
        terms: Terms of the newest risk, thousandths, in the order of `risk.TERMS`.
        distress_bits: The last customer turns, newest lowest: 1 where in distress.
        unhelpful_bits: The last answers, newest lowest: 1 where unhelpful.
        cues: Number of the customer turn at which each cue was last heard, in this episode.
        evidence: The newest turns that speak for an alert, in order of time.
        alert: The open alert.
        cooldown_until: No new risk alert before, ms UTC; false alarms apart.
        cooling_severity: Highest severity of the alerts that the cooldown is about.
        cooling_cues: Their hard cues.
        closed: Ids of the alerts closed last, newest last.
        feedbacks: Ids of the feedbacks taken in last, newest last.
        past: Earlier incarnations, newest last.
        closed_rules: What opened each of `closed`, in its order; shorter in states of before there was this field.
        began: Event time of this life's first window, ms UTC, where the life before had the same name; else 0.
        alerted: Newest episode in which an alert opened, call-backs apart.
        over: Newest episode that is known to have ended.
        waiting: Words on alerts that are not known yet, or were said later than what was taken in; in order of time.
        closed_cues: Hard cues of each of `closed`, in its order; shorter in states of before there was this field.
        held_until: Until when false alarms hold back what opens alerts, `risk` or a hard cue, ms UTC.
    """

    conversation_id: str
    incarnation: str = ""
    revision: int = 0
    episode: int = 0
    as_of: int = 0
    agent_id: str | None = None
    agent_role: Role | None = None
    queue: str | None = None
    channel: str | None = None
    model: str | None = None
    received: int | None = None
    scored: int | None = None
    windowed: int | None = None
    terms: list[int] = field(default_factory=list)
    distress_bits: int = 0
    unhelpful_bits: int = 0
    cues: dict[str, int] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)
    alert: OpenAlert | None = None
    cooldown_until: int = 0
    cooling_severity: int = 0
    cooling_cues: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    feedbacks: list[str] = field(default_factory=list)
    past: list[str] = field(default_factory=list)
    closed_rules: list[str] = field(default_factory=list)
    began: int = 0
    alerted: int = 0
    over: int = 0
    waiting: list[Word] = field(default_factory=list)
    closed_cues: list[list[str]] = field(default_factory=list)
    held_until: dict[str, int] = field(default_factory=dict)
