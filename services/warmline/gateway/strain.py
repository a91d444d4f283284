"""Teams by band of strain, for the metrics: by the same rule as `GET /v1/teams/{team}/wellbeing`.

The gateway sees every agent's signals, so it counts whole teams. Each gateway tells the same figures.
"""

from collections.abc import Collection
from typing import get_args

from prometheus_client import Gauge

from warmline.contracts.wellbeing import Band
from warmline.gateway.policy import GatewayPolicy
from warmline.gateway.view import View

CALM: Band = "calm"


def told_teams(policy: GatewayPolicy) -> dict[str, frozenset[str]]:
    """Return the members of each team that has figures.

    A team has none where it is too small, and where of it and another one that has, which share members, either holds
    agents whom the other does not, but fewer than a group must have: what the two teams' figures differ by would be
    those few agents' own. Of such two the larger is told, for it tells of more people, of two as large the first by
    name: this follows from the policy alone, so every gateway tells the same teams. Two teams of the very same members
    are both told. (Teams are gone through two by two: sums of several teams' figures, which can come to a few agents
    all the same, are not.)
    """
    told: dict[str, frozenset[str]] = {}
    teams = {team: frozenset(members) for team, members in policy.teams.items()}
    for team, members in sorted(teams.items(), key=lambda each: (-len(each[1]), each[0])):
        if len(members) >= policy.group_min_agents and all(
            _differ_by_a_group(members, other, policy.group_min_agents) for other in told.values()
        ):
            told[team] = members
    return told


def _differ_by_a_group(one: frozenset[str], other: frozenset[str], least: int) -> bool:
    """Return whether whom either team holds beside the other is nobody, or at least a group of `least` agents.

    Teams of that size that share nobody always do: all of either is beside the other.
    """
    shared = len(one & other)
    return all(beside == 0 or beside >= least for beside in (len(one) - shared, len(other) - shared))


def count_in(view: View, members: Collection[str], band: Band) -> int:
    """Return how many of a team are in a band; who has no signal counts as calm."""
    signals = (view.signal(agent_id) for agent_id in members)
    return sum((signal[0].band if signal else CALM) == band for signal in signals)


def tell_strain(gauge: Gauge, policy: GatewayPolicy, view: View) -> None:
    """Let a gauge by team and band follow the view: counted when it is read. Call it once the view has caught up."""
    for team, members in told_teams(policy).items():
        for band in get_args(Band):
            gauge.labels(team, band).set_function(
                lambda members=members, band=band: count_in(view, members, band)  # type: ignore[misc] # bound early
            )
