"""What the gateway itself says and takes: the bodies that are no event of the contracts."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from warmline.contracts.alert import EscalationAlert, Severity
from warmline.contracts.feedback import Verdict
from warmline.contracts.labels import Behaviour, Cue, Emotion, Empathy, Role, Sentiment
from warmline.contracts.turn import Id, UtcMs
from warmline.contracts.wellbeing import Band, WellbeingSignal
from warmline.contracts.window import ConversationWindow, Count, Moment, Trend

Milli = Annotated[int, Meta(ge=-1000, le=1000)]
"""-1..1 in thousandths."""


class ItemResult(Struct, frozen=True, kw_only=True):
    """What became of one item of a request.

    Attributes:
        index: Its place in the request, from 0.
        turn_id: Its turn id, where it is a turn and the id could be read.
        status: accepted: the broker has it. invalid: it will never be taken; the others are not affected.
        error: What is wrong with it. Never quotes it.
        path: Where in the item, for example `$.spoken_at`.
    """

    index: Count
    turn_id: str | None
    status: Literal["accepted", "invalid"]
    error: str | UnsetType = UNSET
    path: str | UnsetType = UNSET


class TurnsTaken(Struct, frozen=True, kw_only=True):
    """The broker has acknowledged every accepted item.

    Attributes:
        accepted: How many were accepted.
        results: One for each item, in order.
    """

    accepted: Count
    results: tuple[ItemResult, ...]


class UnmappedPart(Struct, frozen=True, kw_only=True):
    """A part of a vendor's payload that has no place in the canonical events.

    Attributes:
        path: Where in the payload.
        reason: Why it was not mapped.
    """

    path: str
    reason: str


class PayloadTaken(Struct, frozen=True, kw_only=True):
    """The broker has acknowledged every event that the vendor's payload held.

    Attributes:
        accepted: How many events were accepted; 0 of a payload that is only about the life of a connection.
        results: One for each event, in order.
        unmapped: What was left out of the payload.
    """

    accepted: Count
    results: tuple[ItemResult, ...]
    unmapped: tuple[UnmappedPart, ...]


class Mood(Struct, frozen=True, kw_only=True):
    """The customer's mood.

    Attributes:
        valence: In thousandths, -1000..1000; null before the customer's first turn.
        trend: Where it is going.
    """

    valence: Milli | None
    trend: Trend


class MomentCounts(Struct, frozen=True, kw_only=True):
    """Moments by what became of them.

    Attributes:
        open: Still open.
        met: Met.
        missed: Missed.
    """

    open: Count
    met: Count
    missed: Count


class ConversationView(Struct, frozen=True, kw_only=True):
    """How one conversation stands.

    Attributes:
        conversation_id: The conversation.
        queue: Newest known.
        channel: Newest known.
        agent_id: Who answers.
        updated_at: Event time of the newest window, ms UTC.
        risk: Of the open alert, 0..1; null while no alert is open.
        severity: Of the open alert; null while none is open.
        mood: The customer's.
        moments: Needs for empathy.
        alert: The newest alert, open or closed, as published.
        window: The newest window, as published.
    """

    conversation_id: Id
    queue: str | None
    channel: str | None
    agent_id: str | None
    updated_at: UtcMs
    risk: float | None
    severity: Severity | None
    mood: Mood
    moments: MomentCounts
    alert: EscalationAlert | None
    window: ConversationWindow


class ConversationList(Struct, frozen=True, kw_only=True):
    """Live conversations.

    Attributes:
        conversations: By risk, highest first; those without an open alert by distress.
    """

    conversations: tuple[ConversationView, ...]


class TurnView(Struct, frozen=True, kw_only=True):
    """What one turn was heard to be.

    Attributes:
        turn_id: The turn.
        role: Who spoke.
        spoken_at: When, ms UTC.
        valence: In thousandths, -1000..1000 (distress is not).
        sentiment: The valence in three classes: negative below -0.25, positive above 0.25.
        distress: Of a customer, 0..1.
        emotions: Of a customer.
        cues: Of a customer.
        behaviours: Of an agent, bot or supervisor.
        empathy: Of an agent, bot or supervisor.
        abstained: Why the score was not used; null where it was.
        self_harm: true where a customer speaks of suicide or self-harm; left out elsewhere.
        text: The words, only where the policy lets them be quoted.
    """

    turn_id: Id
    role: Role
    spoken_at: UtcMs
    valence: Milli
    sentiment: Sentiment
    distress: float
    emotions: tuple[Emotion, ...]
    cues: tuple[Cue, ...]
    behaviours: tuple[Behaviour, ...]
    empathy: Empathy | None
    abstained: str | None
    self_harm: bool | UnsetType = UNSET
    text: str | UnsetType = UNSET


class MoodPoint(Struct, frozen=True, kw_only=True):
    """The mood after one window.

    Attributes:
        at: Event time, ms UTC.
        mood: In thousandths; null before the customer's first turn.
        distress: In thousandths.
    """

    at: UtcMs
    mood: Milli | None
    distress: Milli


class ConversationDetail(ConversationView, frozen=True, kw_only=True):
    """One conversation, turn by turn.

    Attributes:
        conversation_id: The conversation.
        queue: Newest known.
        channel: Newest known.
        agent_id: Who answers.
        updated_at: Event time of the newest window, ms UTC.
        risk: Of the open alert, 0..1; null while no alert is open.
        severity: Of the open alert; null while none is open.
        mood: The customer's.
        moments: Needs for empathy.
        alert: The newest alert, open or closed, as published.
        window: The newest window, as published.
        source: view: followed live, with its turns; store: read from the store, which holds the newest window alone.
        turns: The turns that were followed, by time.
        windows: The mood's curve.
        all_moments: Every moment that was followed, in its newest state, by time.
    """

    source: Literal["view", "store"]
    turns: tuple[TurnView, ...]
    windows: tuple[MoodPoint, ...]
    all_moments: tuple[Moment, ...]


class AlertList(Struct, frozen=True, kw_only=True):
    """Alerts.

    Attributes:
        alerts: The newest step of each, as published, newest first.
    """

    alerts: tuple[EscalationAlert, ...]


class FeedbackGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody makes of an alert. There is no room for a note: people would quote customers in it.

    Attributes:
        verdict: acknowledged, confirmed or false_alarm.
    """

    verdict: Verdict


class FeedbackTaken(Struct, frozen=True, kw_only=True):
    """The broker has the feedback.

    Attributes:
        feedback_id: Its id: the same caller's same verdict on the same alert is one feedback.
    """

    feedback_id: Id


class ReaderShown(Struct, frozen=True, kw_only=True):
    """Somebody besides the agent who may read this.

    Attributes:
        who: A subject, or `group:NAME`.
        why: What it is for.
    """

    who: str
    why: str


class AgentWellbeing(Struct, frozen=True, kw_only=True):
    """An agent's newest wellbeing signal, and who may see it.

    Attributes:
        wellbeing: As published; null where there has been none.
        readers: Who may see it besides the agent.
    """

    wellbeing: WellbeingSignal | None
    readers: tuple[ReaderShown, ...]


class TeamWellbeing(Struct, frozen=True, kw_only=True):
    """How a team stands, as counts alone.

    Attributes:
        team: The team.
        agents: How many are in it.
        bands: How many are in each band; who has no signal counts as calm.
    """

    team: str
    agents: Count
    bands: dict[Band, int]


class SessionShown(Struct, frozen=True, kw_only=True):
    """Who is calling.

    Attributes:
        subject: A stable, pseudonymous name.
        scopes: What the caller may do.
        agent_id: The agent that the caller is.
    """

    subject: str
    scopes: tuple[str, ...]
    agent_id: str | None


class Problem(Struct, frozen=True, kw_only=True):
    """An error, after RFC 9457. It never quotes what came in.

    Attributes:
        type: Always `about:blank`: the status says what kind it is.
        title: The status in words.
        status: The HTTP status.
        detail: What is wrong.
        results: Of a request none of whose items is valid: one for each item.
        path: Where in the body.
    """

    type: str
    title: str
    status: int
    detail: str
    results: tuple[ItemResult, ...] | UnsetType = UNSET
    path: str | UnsetType = UNSET


JsonObject = dict[str, Any]
"""Any JSON object."""
