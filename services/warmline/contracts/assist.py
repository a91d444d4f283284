"""`agent.assist`: one short move for the agent, about what is missing now; never a sentence to read out."""

from typing import Literal

from msgspec import Struct

from warmline.contracts.times import Times
from warmline.contracts.turn import Id, UtcMs

AssistKind = Literal["suggest", "praise", "handoff", "withdraw"]
"""suggest: something is missing; praise: a moment was met; handoff: a bot should pass on; withdraw: it is settled."""


class AssistMove(Struct, frozen=True, kw_only=True):
    """One move, live until it expires or is withdrawn. At most one is live in a conversation.

    Attributes:
        move_id: Deterministic from the conversation and the cause.
        conversation_id: The conversation; also the Kafka key.
        agent_id: Whom it is for.
        kind: suggest, praise, handoff or withdraw.
        move: Key of the move in the policy's table, for translation.
        text: The move in the policy's words.
        reason: Why now.
        evidence: The turns it rests on.
        expires_at: When it lapses, ms UTC.
        policy: Version of the policy.
        times: The five time stamps.
    """

    move_id: Id
    conversation_id: Id
    agent_id: Id | None
    kind: AssistKind
    move: str
    text: str
    reason: str
    evidence: tuple[Id, ...]
    expires_at: UtcMs
    policy: str
    times: Times
