"""Agents' wellbeing: for the agent, for whom the policy names, and for a team as counts. Never a list of agents."""

from typing import get_args

import msgspec
from msgspec import Raw
from starlette.requests import Request
from starlette.responses import Response

from warmline.contracts.wellbeing import Band
from warmline.gateway.callers import Caller
from warmline.gateway.context import Gateway
from warmline.gateway.policy import names_of, readers_of
from warmline.gateway.problems import ProblemError, json_response, unavailable
from warmline.gateway.reading import LONGEST_ID, need_view
from warmline.gateway.store_reader import StoreAwayError
from warmline.gateway.strain import count_in
from warmline.gateway.view import SignalSeen


async def get_wellbeing(gateway: Gateway, request: Request, caller: Caller) -> Response:
    """Return an agent's newest signal, to those who may see it. Others learn nothing, not even whether there is one."""
    agent_id = request.path_params["agent_id"]
    if not may_see(gateway, caller, agent_id):
        raise ProblemError(403, "an agent's wellbeing is for that agent and for whom the policy names")
    signal = gateway.view.signal(agent_id)
    raw = signal[1] if signal else await _stored(gateway, agent_id)
    readers = [{"who": reader.who, "why": reader.why} for reader in readers_of(gateway.policy.gateway, agent_id)]
    return json_response({"wellbeing": Raw(raw) if raw else None, "readers": readers})


async def get_team_wellbeing(gateway: Gateway, request: Request, _caller: Caller) -> Response:
    """Return how many of a team are in each band."""
    need_view(gateway)
    policy, team = gateway.policy.gateway, request.path_params["team"]
    if not policy.teams.get(team):
        raise ProblemError(404, "the policy names no such team")
    members = gateway.told_teams.get(team)
    if members is None:
        least = policy.group_min_agents
        raise ProblemError(
            403,
            f"the group is too small, or differs from another by too few: figures are told of {least} agents or more",
        )
    bands = {band: count_in(gateway.view, members, band) for band in get_args(Band)}
    return json_response({"team": team, "agents": len(members), "bands": bands})


def may_see(gateway: Gateway, caller: Caller, agent_id: str) -> bool:
    """Return whether a caller may see an agent's wellbeing."""
    if not 0 < len(agent_id) <= LONGEST_ID:
        return False
    if "agent:self" in caller.scopes and caller.agent_id == agent_id:
        return True
    names = names_of(caller)
    return "read" in caller.scopes and any(
        reader.who in names for reader in readers_of(gateway.policy.gateway, agent_id)
    )


async def _stored(gateway: Gateway, agent_id: str) -> bytes | None:
    try:
        raw = await gateway.store.newest("wellbeing", agent_id)
        if raw:
            msgspec.json.decode(raw, type=SignalSeen)
    except StoreAwayError as error:
        raise unavailable("the store does not answer") from error
    except msgspec.DecodeError:
        return None
    return raw
