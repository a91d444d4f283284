"""`conversation.window`: how a conversation stands after each turn. Rolling, complete, and free of words."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from warmline.contracts.conversation import EndReason
from warmline.contracts.labels import Behaviour, Cue, Emotion, Empathy, Role
from warmline.contracts.score import Signed, Unit
from warmline.contracts.times import Times
from warmline.contracts.turn import Id, UtcMs

Count = Annotated[int, Meta(ge=0)]
"""A number of things, 0 or more."""

Trend = Literal["falling_fast", "falling", "steady", "rising", "rising_fast"]
"""Where the customer's mood is going."""

MomentOutcome = Literal["pending", "met", "missed", "moot"]
"""How a need for empathy ended; `pending` while it is open."""


class Moment(Struct, frozen=True, kw_only=True):
    """A customer turn in distress, and what became of the need it opened.

    Attributes:
        turn_id: The customer turn.
        opened_at: When it was spoken, ms UTC.
        distress: Its distress, 0..1.
        outcome: pending, met, missed, or moot (the customer went on without needing it).
        answered_by: The turn that met it; None unless met.
        response_ms: From the customer's turn to the turn that met it, ms; None unless met.
        response_turns: Answering turns until it was met, 1 for the first; None unless met.
        effect: Change of the customer's valence over the two customer turns after the meeting turn, less the drift
            before it; None until known.
    """

    turn_id: Id
    opened_at: UtcMs
    distress: Unit
    outcome: MomentOutcome
    answered_by: Id | None = None
    response_ms: Count | None = None
    response_turns: Count | None = None
    effect: float | None = None


class Standing(Struct, frozen=True, kw_only=True):
    """How a conversation stood when a turn was spoken, by all that was spoken before it and had come by then.

    Attributes:
        agent_id: Participant of the newest answering turn before it; None before one.
        agent_role: agent, bot or supervisor; None before an answering turn.
        peak_distress: Highest of its episode up to it, itself included, 0..1.
    """

    agent_id: Id | None
    agent_role: Role | None
    peak_distress: Unit


class Heard(Struct, frozen=True, kw_only=True):
    """What the newest turn was heard to be: the part of its score that the window's readers need.

    Attributes:
        turn_id: The turn.
        role: Who spoke.
        participant_id: Who spoke, pseudonymous.
        spoken_at: When, ms UTC.
        valence: -1..1.
        distress: 0..1; 0 unless a customer spoke.
        emotions: Of a customer.
        cues: Of a customer.
        behaviours: Of an agent, bot or supervisor.
        empathy: Of an agent, bot or supervisor; else None.
        abstained: Why the score was not used; None where it was.
        self_harm: True where a customer speaks of suicide or self-harm; left out elsewhere.
        stood: Of a customer's turn that came late: how the conversation stood when it was spoken. Left out where the
            window's own `agent_id`, `agent_role` and `peak_distress` say it.
    """

    turn_id: Id
    role: Role
    participant_id: Id
    spoken_at: UtcMs
    valence: Signed
    distress: Unit
    emotions: tuple[Emotion, ...] = ()
    cues: tuple[Cue, ...] = ()
    behaviours: tuple[Behaviour, ...] = ()
    empathy: Empathy | None = None
    abstained: str | None = None
    self_harm: bool | UnsetType = UNSET
    stood: Standing | UnsetType = UNSET


class ConversationWindow(Struct, frozen=True):
    """How a conversation stands after one cause (a turn, its start or end, or a due time).

    Attributes:
        conversation_id: The conversation; also the Kafka key.
        incarnation: Names this life of the conversation's state; `revision` counts within it.
        episode: 1 for the first; one more each time a conversation that had ended is taken up again.
        revision: Counts the causes taken in, from 1, without gaps.
        cause: The turn id, or `started`, `ended`, or `due:KIND:TIME` for a due time.
        started_at: Earliest event of the episode, ms UTC.
        as_of: Newest event time taken in, ms UTC.
        channel: Newest known.
        queue: Newest known; its policy overrides apply.
        customer_id: Newest known.
        agent_id: Participant of the newest answering turn, which a turn that came late may lie before (`heard.stood`);
            None before one.
        agent_role: agent, bot or supervisor; None before an answering turn.
        turns: Turns in the episode.
        customer_turns: Of these the customer's.
        agent_turns: Of these by an agent, bot or supervisor.
        abstained_turns: Of these those whose score was not used.
        mood: Customer's mood over the last turns (policy: mood_turns), recency-weighted, -1..1; None before one
            whose score was used.
        mood_over_time: The same over the last minutes (policy: mood_minutes), -1..1; None where none fell in it.
        trend: Where the mood is going.
        valence: Of the newest customer turn whose score was used; None before one.
        distress: Of the same turn, 0..1; 0 before one.
        peak_distress: Highest of the episode, 0..1.
        distress_ms: Time the customer spent in distress, ms.
        empathetic_turns: Answering turns heard as empathetic.
        unhelpful_turns: Answering turns heard as unhelpful.
        empathy_index: (E - U) / (E + U) over those two, -1..1; None where both are 0.
        moments_met: Moments that ended met.
        moments_missed: Moments that ended missed.
        moments_moot: Moments that ended moot.
        moments_pending: Moments still open.
        moments: Those that this cause opened or changed.
        response_ms: Mean time from moment to the turn that met it, ms; None before one.
        effect: Mean effect of the empathetic turns so far, -4..4; None before one is known.
        sentiment_score: 100 * tanh(0.75 * sum(s_i * i / n)), comparable with Genesys Cloud, -100..100; s_i is the
            sentiment (-1, 0, 1) of the i-th of the n customer turns whose score was used.
        sentiment_trend: (score of the second half - score of the first) / 2, -100..100; None below six such turns.
        heard: The newest turn, where a turn was the cause.
        ended: Why the conversation ended; None while it goes on.
        model: Model that scored the causing turn; None where none did.
        policy: Version of the policy.
        times: The five time stamps.
    """

    conversation_id: Id
    incarnation: Id
    episode: Annotated[int, Meta(ge=1)]
    revision: Annotated[int, Meta(ge=1)]
    cause: str
    started_at: UtcMs
    as_of: UtcMs
    channel: str | None
    queue: str | None
    customer_id: Id | None
    agent_id: Id | None
    agent_role: Role | None
    turns: Count
    customer_turns: Count
    agent_turns: Count
    abstained_turns: Count
    mood: Signed | None
    mood_over_time: Signed | None
    trend: Trend
    valence: Signed | None
    distress: Unit
    peak_distress: Unit
    distress_ms: Count
    empathetic_turns: Count
    unhelpful_turns: Count
    empathy_index: Signed | None
    moments_met: Count
    moments_missed: Count
    moments_moot: Count
    moments_pending: Count
    moments: tuple[Moment, ...]
    response_ms: Count | None
    effect: float | None
    sentiment_score: float
    sentiment_trend: float | None
    heard: Heard | None
    ended: EndReason | None
    model: str | None
    policy: str
    times: Times
