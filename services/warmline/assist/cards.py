"""One step in a move's life as an event: the only place that builds `agent.assist`."""

from typing import Literal

from msgspec import Struct, structs

from warmline.assist.choice import MS, Move, Table
from warmline.assist.state import RECENT_MOVES, AssistState, Live
from warmline.contracts.assist import AssistKind, AssistMove
from warmline.contracts.events import AGENT_ASSIST
from warmline.contracts.ids import deterministic_id
from warmline.contracts.labels import Role
from warmline.contracts.lives import name_of_life
from warmline.contracts.times import Times
from warmline.contracts.topics import AGENT_ASSIST as TOPIC
from warmline.store.keyed import Emit

Ending = Literal["met", "done", "settled", "replaced", "handed_over", "dismissed", "expired", "ended"]
"""Why a move is withdrawn."""


class Cause(Struct, frozen=True):
    """What brought a step about.

    Attributes:
        id: Names it within the conversation's episode.
        at: Its event time, ms UTC.
        came: Its time stamps as it came.
        now_ms: The clock at the moment of processing.
        table: The policy that holds.
        policy_version: Its version.
        agent_id: Who answers.
        agent_role: In which role.
    """

    id: str
    at: int
    came: Times
    now_ms: int
    table: Table
    policy_version: str
    agent_id: str | None = None
    agent_role: Role | None = None


def give(state: AssistState, move: Move, evidence: tuple[str, ...], cause: Cause) -> list[Emit]:
    """Make a move the live one; the one before is withdrawn."""
    emits = withdraw(state, "replaced", cause)
    rule = move.rule
    move_id = deterministic_id("assist", state.conversation_id, name_of_life(state), state.episode, cause.id, move.key)
    state.live = live = Live(
        move_id=move_id,
        move=move.key,
        kind=rule.kind,
        text=rule.text,
        agent_id=cause.agent_id,
        agent_role=cause.agent_role,
        expires_at=_lapses(move, cause),
        evidence=evidence,
    )
    state.counts[move.key] = state.counts.get(move.key, 0) + 1
    state.given.append((move_id, move.key))
    del state.given[:-RECENT_MOVES]
    if rule.kind == "praise":
        state.praised_at = cause.at
    else:
        state.given_at = cause.at
    return [*emits, _step(state, live, rule.kind, rule.reason, cause)]


def renew(state: AssistState, live: Live, move: Move, evidence: tuple[str, ...], cause: Cause) -> Emit:
    """Let the live move live on: the need that it is about was felt again."""
    live.sequence += 1
    live.evidence = evidence
    live.expires_at = max(live.expires_at, _lapses(move, cause))
    return _step(state, live, live.kind, move.rule.reason, cause)


def withdraw(state: AssistState, why: Ending, cause: Cause) -> list[Emit]:
    """End the live move, if there is one."""
    live = state.live
    if live is None:
        return []
    live.sequence += 1
    state.live = None
    return [_step(state, live, "withdraw", why, cause)]


def lapse_of(live: Live, cause: Cause) -> Cause:
    """Return the due time at which the live move lapses as a cause, whatever brings it to be told."""
    at = live.expires_at
    return structs.replace(cause, id=f"due:expired:{at}", at=at, came=Times(spoken=at))


def _lapses(move: Move, cause: Cause) -> int:
    policy = cause.table.policy
    lives_s = {
        "suggest": policy.expire_s,
        "handoff": policy.handoff_expire_s,
        "praise": policy.praise_expire_s,
    }[move.rule.kind]
    return cause.at + lives_s * MS


def _step(state: AssistState, live: Live, kind: AssistKind, reason: str, cause: Cause) -> Emit:
    event = AssistMove(
        move_id=live.move_id,
        sequence=live.sequence,
        conversation_id=state.conversation_id,
        agent_id=live.agent_id,
        agent_role=live.agent_role,
        queue=state.queue,
        kind=kind,
        move=live.move,
        text=live.text,
        reason=reason,
        evidence=live.evidence,
        as_of=cause.at,
        expires_at=live.expires_at,
        policy=cause.policy_version,
        times=structs.replace(cause.came, published=cause.now_ms),
    )
    return Emit(
        topic=TOPIC,
        key=state.conversation_id,
        type=AGENT_ASSIST,
        id=deterministic_id(AGENT_ASSIST, live.move_id, live.sequence),
        time_ms=cause.at,
        event=event,
    )
