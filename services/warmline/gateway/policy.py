"""The gateway's section of the policy: who may see an agent's wellbeing, what may be quoted, what counts as a group."""

from typing import Annotated

from msgspec import Meta, Struct

from warmline.contracts.turn import Id
from warmline.gateway.callers import Caller

SMALLEST_GROUP = 3
"""Below it a count is a person: with two in a group, each knows the other's figure."""

EVERYBODY = "*"

GROUP = "group:"
"""Before the name of a group, where a reader is everybody in it."""

KEY = "key:"
"""Before the name of an API key, where a reader is whoever holds it: keys are named by operators, subjects by an issuer
who knows nothing of keys, and either must not be able to become the other by a name."""


class WellbeingReader(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody besides the agent who may read the agent's wellbeing. The agent is shown this entry.

    Attributes:
        who: The subject of a token; or `group:NAME` for everybody whose token names that group; or `key:NAME` for who
            holds the API key of that name.
        teams: Teams about whose agents; `*` is every agent.
        why: What it is for, in words that the agent reads.
    """

    who: Annotated[str, Meta(min_length=1, max_length=256)]
    teams: Annotated[tuple[str, ...], Meta(min_length=1)]
    why: Annotated[str, Meta(min_length=1, max_length=300)]

    def __post_init__(self) -> None:
        """Refuse who is nobody."""
        if self.who in {GROUP, KEY}:
            raise ValueError(f"`who: {self.who}` names nobody: a name goes after the colon")


class GatewayPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the doors let out.

    Attributes:
        quote_words: Whether people with the scope `read` are shown the words of a conversation's turns.
        group_min_agents: Figures of a team are told only from so many agents up, and only where it and any other team
            that is told differ by nobody or, on either side, by so many agents.
        teams: Team name to the agents in it.
        wellbeing_readers: Who besides the agent may read an agent's wellbeing.
    """

    quote_words: bool = False
    group_min_agents: Annotated[int, Meta(ge=SMALLEST_GROUP, le=1000)] = 5
    teams: dict[str, tuple[Id, ...]] = {}
    wellbeing_readers: tuple[WellbeingReader, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a reader of teams that there are not: somebody relies on it, and would be shown nothing."""
        known = {EVERYBODY, *self.teams}
        for reader in self.wellbeing_readers:
            unknown = [team for team in reader.teams if team not in known]
            if unknown:
                there_are = ", ".join(sorted(self.teams)) or "none"
                raise ValueError(
                    f"wellbeing_readers: `who: {reader.who}` names the team {unknown[0]}, which `teams` does not hold; "
                    f"there are {there_are}, and `*` for every agent"
                )


def readers_of(policy: GatewayPolicy, agent_id: str) -> tuple[WellbeingReader, ...]:
    """Return everybody besides the agent who may read the wellbeing of one agent."""
    teams = {name for name, members in policy.teams.items() if agent_id in members}
    return tuple(
        reader for reader in policy.wellbeing_readers if EVERYBODY in reader.teams or teams.intersection(reader.teams)
    )


def names_of(caller: Caller) -> set[str]:
    """Return all that the policy may call a caller. Nobody is a group, or a key, by what a token calls them."""
    if caller.key_id is not None:
        return {KEY + caller.subject}
    names = {GROUP + group for group in caller.groups}
    if not caller.subject.startswith((GROUP, KEY)):
        names.add(caller.subject)
    return names


def groups_named(policy: GatewayPolicy) -> frozenset[str]:
    """Return the groups on which anything depends."""
    named = (reader.who for reader in policy.wellbeing_readers)
    return frozenset(who.removeprefix(GROUP) for who in named if who.startswith(GROUP))
