"""`agent.assist` and `agent.assist.feedback`: one short move for the agent, and what the agent makes of it."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from warmline.contracts.labels import Role
from warmline.contracts.times import Times
from warmline.contracts.turn import Id, UtcMs

AssistKind = Literal["suggest", "praise", "handoff", "withdraw"]
"""suggest: something is missing; praise: a moment was met; handoff: a bot should pass on; withdraw: it is over."""

AssistVerdict = Literal["dismissed"]
"""dismissed: the agent does not want this move; it is not given again in this conversation."""


class AssistMove(Struct, frozen=True, kw_only=True):
    """One step in the life of a move. It is live until it expires or is withdrawn; one at most is, in a conversation.

    Steps of the same `move_id` are the same card: the newest replaces the ones before it.

    Attributes:
        move_id: Deterministic from the conversation and the cause; the same in every step of this move.
        sequence: 1 where it is given, one more each time it is renewed or withdrawn.
        conversation_id: The conversation; also the Kafka key.
        agent_id: Whom it is for; None where nobody has answered yet.
        agent_role: Their role; None where nobody has answered yet.
        queue: Of the conversation.
        kind: suggest, praise, handoff or withdraw.
        move: Key of the move in the policy's table, for translation.
        text: The move in the policy's words; never a sentence to read out.
        reason: Why now, in the policy's words. Of a withdrawal one of `met`, `done` (what it asks for was done),
            `settled` (no longer needed), `replaced`, `handed_over` (somebody else answers now), `dismissed`,
            `expired` or `ended`.
        evidence: The turns it rests on, oldest first.
        as_of: Event time of this step, ms UTC.
        expires_at: When it lapses if nothing renews it, ms UTC.
        policy: Version of the policy.
        times: The five time stamps.
    """

    move_id: Id
    sequence: Annotated[int, Meta(ge=1)]
    conversation_id: Id
    agent_id: Id | None
    agent_role: Role | None
    queue: str | None
    kind: AssistKind
    move: str
    text: str
    reason: str
    evidence: tuple[Id, ...]
    as_of: UtcMs
    expires_at: UtcMs
    policy: str
    times: Times


class AssistFeedback(Struct, frozen=True, kw_only=True):
    """One person's word on one move.

    Attributes:
        feedback_id: Unique; the same id again changes nothing.
        move_id: The move.
        conversation_id: The move's conversation; also the Kafka key.
        verdict: dismissed.
        by: Who says so, pseudonymous.
        at: When, ms UTC.
    """

    feedback_id: Id
    move_id: Id
    conversation_id: Id
    verdict: AssistVerdict
    by: Id
    at: UtcMs
