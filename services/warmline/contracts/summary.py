"""`conversation.summary`: what became of a conversation, once it has ended."""

from typing import Annotated

from msgspec import Meta, Struct

from warmline.contracts.conversation import EndReason
from warmline.contracts.labels import Cue
from warmline.contracts.score import Signed, Unit
from warmline.contracts.times import Times
from warmline.contracts.turn import Id, UtcMs
from warmline.contracts.window import Count, Moment


class ConversationSummary(Struct, frozen=True, kw_only=True):
    """A conversation that ended. A turn that comes in late, within the lateness, revises it: the newest one counts.

    Attributes:
        conversation_id: The conversation; also the Kafka key.
        incarnation: As in the window.
        episode: As in the window.
        revision: As in the window: the highest is the newest.
        started_at: Earliest event, ms UTC.
        ended_at: When it ended, ms UTC.
        end_reason: Why.
        channel: As in the window.
        queue: As in the window.
        customer_id: As in the window.
        agent_ids: Everyone who answered, in order of appearance (human agents and bots).
        turns: Turns in all.
        customer_turns: Of these the customer's.
        agent_turns: Of these by an agent, bot or supervisor.
        abstained_turns: Of these those whose score was not used.
        mood_start: Mean valence of the first three customer turns whose score was used, -1..1; None where there were
            none.
        mood_end: The same of the last three.
        mood_lowest: Lowest valence of such a turn, -1..1; None where there were none.
        peak_distress: Highest distress, 0..1.
        distress_ms: Time in distress, ms.
        moments: Every moment, in event order, none pending; at most the newest 200.
        moments_met: How many were met.
        moments_missed: How many were missed.
        moments_moot: How many were moot.
        response_ms: Mean time from a moment to the turn that met it, ms; None where none was met.
        empathetic_turns: Answering turns heard as empathetic.
        unhelpful_turns: Answering turns heard as unhelpful.
        empathy_index: (E - U) / (E + U), -1..1; None where both are 0.
        effect: Mean effect of the empathetic turns; None where none is known.
        canned_turns: Answering turns that would fit any customer.
        reuse: Mean reuse of the caring turns (see the scored turn's sincerity), 0..1; None where there were none.
        specificity: Mean specificity of the answering turns, 0..1; None where it is not known of any.
        turnaround: It was in distress, and ended at peace.
        cues: Every cue the customer gave.
        repeat_contact: The customer said to have been in contact before about the same thing.
        unresolved: The customer's last say on it was that it is not solved.
        predicted_csat: 1..5, by the policy's published linear formula; None where no customer turn's
            score was used.
        model: Newest model that scored a turn; None where none did.
        policy: Version of the policy.
        times: The five time stamps.
    """

    conversation_id: Id
    incarnation: Id
    episode: Annotated[int, Meta(ge=1)]
    revision: Annotated[int, Meta(ge=1)]
    started_at: UtcMs
    ended_at: UtcMs
    end_reason: EndReason
    channel: str | None
    queue: str | None
    customer_id: Id | None
    agent_ids: tuple[Id, ...]
    turns: Count
    customer_turns: Count
    agent_turns: Count
    abstained_turns: Count
    mood_start: Signed | None
    mood_end: Signed | None
    mood_lowest: Signed | None
    peak_distress: Unit
    distress_ms: Count
    moments: tuple[Moment, ...]
    moments_met: Count
    moments_missed: Count
    moments_moot: Count
    response_ms: Count | None
    empathetic_turns: Count
    unhelpful_turns: Count
    empathy_index: Signed | None
    effect: float | None
    turnaround: bool
    cues: tuple[Cue, ...]
    repeat_contact: bool
    unresolved: bool
    predicted_csat: Annotated[float, Meta(ge=1.0, le=5.0)] | None
    model: str | None
    policy: str
    times: Times
    canned_turns: Count = 0
    reuse: Unit | None = None
    specificity: Unit | None = None
