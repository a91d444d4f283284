"""`agent.wellbeing`: an agent's strain as an exposure account. Never a diagnosis, never a ranking."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from warmline.contracts.times import Times
from warmline.contracts.turn import Id, UtcMs

SignalKind = Literal["raised", "eased", "break_suggested", "pattern"]
"""raised and eased: the band went up or down; break_suggested: rest is due now; pattern: strain recurs over days."""

Band = Literal["calm", "elevated", "high", "severe"]
"""Strain in four bands, by the policy's thresholds."""

Strain = Annotated[int, Meta(ge=0, le=100)]
"""0..100."""


class Because(Struct, frozen=True, kw_only=True):
    """One factor of the strain.

    Attributes:
        factor: Its name, as in the policy (for example hostile_turns, abusive_turns, hard_minutes, longest_run).
        points: What it adds to the strain (or takes from it, below 0), in points of 0..100.
    """

    factor: str
    points: float


class WellbeingSignal(Struct, frozen=True, kw_only=True):
    """A change in one agent's strain. For the agent first; who else may see it is the policy's to say.

    Attributes:
        signal_id: Deterministic from the agent, the kind and the cause.
        agent_id: The agent; also the Kafka key. Pseudonymous.
        kind: raised, eased, break_suggested or pattern.
        acute: Acute strain (stress; minutes to hours), 0..100.
        chronic: Chronic strain (burnout risk; days to weeks, against the agent's own baseline), 0..100.
        band: The band now, the worse of the acute and the chronic one.
        since: Since when the band holds, ms UTC.
        because: The factors behind it, strongest first.
        evidence: The conversations it rests on, newest last; at most ten.
        as_of: Event time of the change, ms UTC.
        policy: Version of the policy.
        times: The five time stamps.
    """

    signal_id: Id
    agent_id: Id
    kind: SignalKind
    acute: Strain
    chronic: Strain
    band: Band
    since: UtcMs
    because: tuple[Because, ...]
    evidence: tuple[Id, ...]
    as_of: UtcMs
    policy: str
    times: Times
