"""`escalation.alert`: one conversation is about to go wrong; a lifecycle of events with one alert id."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from warmline.contracts.labels import Role
from warmline.contracts.score import Unit
from warmline.contracts.times import Times
from warmline.contracts.turn import Id, UtcMs

AlertState = Literal["opened", "updated", "acknowledged", "closed"]
"""Where the alert is in its life."""

Severity = Literal["watch", "warning", "critical"]
"""How bad it is, in rising order."""

ClosingReason = Literal["recovered", "handed_over", "ended", "expired", "false_alarm"]
"""Why an alert closed."""

Action = Literal["monitor", "whisper", "barge", "transfer_to_human", "call_back"]
"""What a supervisor or router should do."""


class Contribution(Struct, frozen=True, kw_only=True):
    """One term of the risk.

    Attributes:
        term: Name of the term, as in the policy.
        value: What it adds to the risk (or takes from it, below 0).
    """

    term: str
    value: float


class Routing(Struct, frozen=True, kw_only=True):
    """What to do about an alert, for a router to act on without parsing anything else.

    Attributes:
        action: What to do.
        skill: Who should do it, a skill or group name of the policy.
        handoff: True where a bot should hand over to a human.
        act_by: By when, ms UTC. A later step keeps an earlier time that nobody has met: it may lie before the step's
            `as_of`, and is overdue then.
    """

    action: Action
    skill: str
    handoff: bool
    act_by: UtcMs


class EscalationAlert(Struct, frozen=True, kw_only=True):
    """One step in an alert's life.

    Attributes:
        alert_id: The same for all steps; deterministic from the conversation and the cause that opened it.
        sequence: 1 for `opened`, one more each step.
        conversation_id: The conversation; also the Kafka key.
        episode: The conversation's episode.
        state: opened, updated, acknowledged or closed.
        severity: watch, warning or critical; of a closed alert the highest it had.
        risk: 0..1 after this step's cause.
        contributions: The terms whose sum, cut to 0..1, is the risk.
        rule: What opened the alert: `risk`, `call_back`, or the hard cue, `self_harm` among them.
        reason: Why this step was published: the leading term or cue of an opened or updated alert, `acknowledged`,
            or the closing reason.
        evidence: The turns it rests on, oldest first.
        routing: What to do; None once closed.
        agent_id: Who answers the customer now, if anyone has.
        agent_role: agent, bot or supervisor.
        queue: Of the conversation.
        channel: Of the conversation.
        opened_at: Event time at which it opened, ms UTC.
        as_of: Event time of this step, ms UTC.
        acknowledged_by: Who acknowledged it; None until then.
        model: Model behind the newest score.
        policy: Version of the policy.
        times: The five time stamps.
    """

    alert_id: Id
    sequence: Annotated[int, Meta(ge=1)]
    conversation_id: Id
    episode: Annotated[int, Meta(ge=1)]
    state: AlertState
    severity: Severity
    risk: Unit
    contributions: tuple[Contribution, ...]
    rule: str
    reason: str
    evidence: tuple[Id, ...]
    routing: Routing | None
    agent_id: Id | None
    agent_role: Role | None
    queue: str | None
    channel: str | None
    opened_at: UtcMs
    as_of: UtcMs
    acknowledged_by: Id | None
    model: str | None
    policy: str
    times: Times
