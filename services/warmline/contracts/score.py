"""`conversation.scored`: what the model heard in one turn. Never the words themselves."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from warmline.contracts.labels import Behaviour, ChatEmotion, Cue, Emotion, Empathy, GoEmotion, Role, Sentiment
from warmline.contracts.times import Times
from warmline.contracts.turn import Id, UtcMs

Signed = Annotated[float, Meta(ge=-1.0, le=1.0)]
"""-1..1, rounded to thousandths."""

Unit = Annotated[float, Meta(ge=0.0, le=1.0)]
"""0..1, rounded to thousandths."""

Probabilities = dict[str, dict[str, Unit]]
"""Probability of each label, by head: sentiment, emotions, cues, needs_empathy, behaviours, empathy, goemotions (the 28
of that scheme), chat_emotions (MAIA-DQE's) and templated."""


class Sincerity(Struct, frozen=True, kw_only=True):
    """Whether care is meant for this person. Three observations about the words, none a verdict about who spoke.

    Attributes:
        canned: Probability that the turn is a script line that would fit any customer.
        reuse: How much of a stock line, or of a caring line of the same participant among the eight turns of this
            conversation before it, stands in a caring turn; None where the turn is not a caring one.
        specificity: How much of what the customer said in those eight turns it takes up; None where there was nothing
            to take up.
    """

    canned: Unit
    reuse: Unit | None
    specificity: Unit | None


class ScoredTurn(Struct, frozen=True, kw_only=True):
    """One scored turn. Lists are in the codebook's order and may be empty.

    Attributes:
        conversation_id: The conversation; also the Kafka key.
        turn_id: The turn that was scored; of a partial result, where those are scored, its id with `~partial` behind
            it: it counts as a turn of its own beside the final one.
        role: Who spoke.
        participant_id: Who spoke, pseudonymous.
        spoken_at: When, ms UTC.
        channel: As in the turn.
        queue: As in the turn.
        customer_id: As in the turn.
        valence: How the speaker feels, -1..1.
        sentiment: The same in three classes.
        distress: How strongly a customer needs to be met as a person now, 0..1; 0 for every other role.
        emotions: Customers only.
        cues: Customers only.
        needs_empathy: Customers only: a good next reply addresses the feeling.
        self_harm: True where a customer speaks of suicide or self-harm, their own or of somebody at their side: a rule
            about the words, beside the model. Left out elsewhere.
        behaviours: Agents, bots and supervisors only: what the turn does, well and badly.
        empathy: Agents, bots and supervisors only.
        language: BCP 47 tag as given or detected; `und` where it could not be told.
        abstained: None, or why the services do not use this score (the labels are given all the same):
            `language`, `asr_confidence`, `low_confidence`, `no_words` or `system_turn`.
        model: Name and version of the model that scored.
        vendor: The vendor's own scores, untouched.
        sincerity: Agents, bots and supervisors only: how personal the turn is.
        goemotions: Emotions in the GoEmotions scheme, every role, where all probabilities are asked for.
        chat_emotion: The one emotion in the scheme of MAIA-DQE, every role, where all probabilities are asked for.
        probabilities: Every head's probabilities, where asked for.
        times: The five time stamps; absent from `warmline score`.
    """

    conversation_id: Id
    turn_id: Id
    role: Role
    participant_id: Id
    spoken_at: UtcMs
    channel: str | None = None
    queue: str | None = None
    customer_id: Id | None = None
    valence: Signed
    sentiment: Sentiment
    distress: Unit
    emotions: tuple[Emotion, ...] | UnsetType = UNSET
    cues: tuple[Cue, ...] | UnsetType = UNSET
    needs_empathy: bool | UnsetType = UNSET
    self_harm: bool | UnsetType = UNSET
    behaviours: tuple[Behaviour, ...] | UnsetType = UNSET
    empathy: Empathy | UnsetType = UNSET
    language: str
    abstained: str | None = None
    model: str
    vendor: dict[str, Any] | UnsetType = UNSET
    sincerity: Sincerity | UnsetType = UNSET
    goemotions: tuple[GoEmotion, ...] | UnsetType = UNSET
    chat_emotion: ChatEmotion | UnsetType = UNSET
    probabilities: Probabilities | UnsetType = UNSET
    times: Times | UnsetType = UNSET
