"""Who sees an agent's wellbeing, and of which teams there are figures."""

import asyncio
import json
from dataclasses import replace

import pytest
from starlette.requests import Request

from warmline.gateway.callers import SCOPES, Caller
from warmline.gateway.people import get_team_wellbeing, get_wellbeing, may_see
from warmline.gateway.policy import GatewayPolicy, WellbeingReader
from warmline.gateway.problems import ProblemError
from warmline.gateway.reading import LONGEST_ID
from warmline.gateway.session_routes import open_session
from warmline.policy.model import Policy, PolicyFile

HEALTH = WellbeingReader(who="group:health", teams=("*",), why="advice")
PLANNER = WellbeingReader(who="planner", teams=("*",), why="shifts")
POLICY = GatewayPolicy(
    group_min_agents=3, teams={"three": ("a", "b", "c"), "two": ("d", "e")}, wellbeing_readers=(HEALTH, PLANNER)
)


def request(**path_params):
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "server": ("w.example", 80)}
    return Request({**scope, "headers": [], "path_params": path_params})


@pytest.fixture
def gateway(gateway_with):
    """A gateway under the policy above whose view has caught up."""
    built = gateway_with()
    return replace(built, policy=Policy("v", PolicyFile(gateway=POLICY), {}), view_ready=True)


def test_an_agent_sees_itself_by_agent_self_and_who_is_named_sees_by_read_and_by_nothing_else(gateway):
    agent = {scope: Caller(subject="s", scopes=frozenset({scope}), agent_id="a") for scope in SCOPES}
    assert [scope for scope in SCOPES if may_see(gateway, agent[scope], "a")] == ["agent:self"]
    assert not any(may_see(gateway, each, "b") for each in agent.values())
    named = {scope: Caller(subject="planner", scopes=frozenset({scope})) for scope in SCOPES}
    assert [scope for scope in SCOPES if may_see(gateway, named[scope], "a")] == ["read"]


@pytest.mark.parametrize("agent_id", ["", "a" * (LONGEST_ID + 1)], ids=["empty", "long"])
def test_nobody_sees_what_is_no_agent_and_the_store_is_not_asked_for_it(gateway, agent_id):
    gateway.store = None
    for caller in (
        Caller(subject="planner", scopes=frozenset({"read"})),
        Caller(subject="s", scopes=frozenset({"agent:self"}), agent_id=agent_id),
    ):
        with pytest.raises(ProblemError) as refused:
            asyncio.run(get_wellbeing(gateway, request(agent_id=agent_id), caller))
        assert refused.value.status == 403


def test_who_sees_by_a_group_of_their_token_sees_by_the_session_that_it_opened(gateway):
    token = Caller(subject="s", scopes=frozenset({"read"}), groups=frozenset({"health", "others"}))
    cookie = asyncio.run(open_session(gateway, request(), token)).headers["set-cookie"].partition(";")[0]
    caller = asyncio.run(gateway.access.caller_of({"cookie": cookie}))
    assert may_see(gateway, caller, "a")
    assert caller.groups == {"health"}, "of the others none is kept: there may be hundreds"


def test_figures_are_told_of_a_team_that_is_large_enough_and_of_no_other(gateway):
    caller = Caller(subject="planner", scopes=frozenset({"read"}))

    def figures(team):
        try:
            return json.loads(asyncio.run(get_team_wellbeing(gateway, request(team=team), caller)).body)["agents"]
        except ProblemError as error:
            return error.status

    assert {team: figures(team) for team in ("three", "two", "none")} == {"three": 3, "two": 403, "none": 404}
