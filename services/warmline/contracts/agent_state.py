"""`agent.state`: what an agent is doing, from the routing platform. Breaks and offline time are recovery."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from warmline.contracts.turn import Id, UtcMs

Activity = Literal["available", "on_contact", "wrap_up", "break", "training", "offline"]
"""What an agent is doing. `break` and `offline` count as rest."""


class AgentState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An agent went into a state, and stays in it until the next one.

    Attributes:
        agent_id: The agent; also the Kafka key. Pseudonymous.
        state: What the agent is doing.
        at: Since when, ms UTC.
        team: The agent's team, for figures by team.
    """

    agent_id: Id
    state: Activity
    at: UtcMs
    team: Annotated[str, Meta(max_length=256)] | None = None
