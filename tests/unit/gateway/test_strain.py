"""Teams by band of strain in the metrics: whole teams, large enough, and nobody by name."""

from itertools import product

import msgspec
from hypothesis import HealthCheck, given, settings, strategies as st
from prometheus_client import CollectorRegistry

from warmline.gateway.policy import GatewayPolicy
from warmline.gateway.strain import tell_strain, told_teams
from warmline.gateway.view import SignalSeen, View
from warmline.telemetry.metrics import Metrics

TEAMS = {"north": tuple("abcdef"), "few": tuple("abcd"), "south": tuple("auvwxyz")}
BANDS = ("calm", "elevated", "high", "severe")


def signal(view: View, agent: str, band: str, as_of: int = 1) -> None:
    event = SignalSeen(agent_id=agent, band=band, as_of=as_of)
    view.take(event, msgspec.json.encode(event))


def told(policy: GatewayPolicy, view: View) -> CollectorRegistry:
    registry = CollectorRegistry()
    tell_strain(Metrics(registry).strain_agents, policy, view)
    return registry


def bands_of(registry: CollectorRegistry, team: str) -> list[float | None]:
    return [registry.get_sample_value("warmline_strain_agents", {"team": team, "band": band}) for band in BANDS]


def test_a_team_is_counted_by_the_newest_band_of_its_agents_and_who_has_no_signal_is_calm():
    view = View()
    for agent, band in (("a", "high"), ("b", "high"), ("x", "severe"), ("nobody's", "severe")):
        signal(view, agent, band)
    registry = told(GatewayPolicy(group_min_agents=5, teams=TEAMS), view)
    assert bands_of(registry, "north") == [4, 0, 2, 0]
    assert bands_of(registry, "south") == [5, 0, 1, 1]


def test_the_figures_follow_the_view():
    view = View()
    registry = told(GatewayPolicy(group_min_agents=5, teams=TEAMS), view)
    assert bands_of(registry, "north") == [6, 0, 0, 0]
    signal(view, "c", "elevated", as_of=1)
    signal(view, "c", "severe", as_of=2)
    assert bands_of(registry, "north") == [5, 0, 0, 1]


def test_a_team_that_is_too_small_has_no_series_at_all():
    registry = told(GatewayPolicy(group_min_agents=5, teams=TEAMS), View())
    assert bands_of(registry, "few") == [None] * 4
    registry = told(GatewayPolicy(group_min_agents=7, teams=TEAMS), View())
    assert bands_of(registry, "north") == [None] * 4
    assert bands_of(registry, "south") == [7, 0, 0, 0]


def test_of_two_teams_whose_difference_would_be_a_few_peoples_figure_the_larger_is_told():
    """Else all of the larger without all of the smaller would be what `f` alone feels."""
    teams = {"day": tuple("abcde"), "all": tuple("abcdef"), "whole floor": tuple("abcdefghijk")}
    assert told_teams(GatewayPolicy(group_min_agents=5, teams=teams)).keys() == {"all", "whole floor"}
    assert told_teams(GatewayPolicy(group_min_agents=6, teams=teams)).keys() == {"whole floor"}
    twins = {"a": tuple("abcde"), "the same": tuple("edcba")}
    assert told_teams(GatewayPolicy(group_min_agents=5, teams=twins)).keys() == {"a", "the same"}


def test_of_two_teams_that_overlap_but_for_a_few_one_is_told():
    """Else north without south would be what `1` alone feels, less what `7` alone feels."""
    teams = {"south": tuple("234567"), "north": tuple("123456")}
    assert told_teams(GatewayPolicy(group_min_agents=5, teams=teams)).keys() == {"north"}
    larger = {"north": tuple("123456"), "south": tuple("23456789")}
    assert told_teams(GatewayPolicy(group_min_agents=5, teams=larger)).keys() == {"south"}


def test_a_few_on_one_side_are_enough_for_a_team_not_to_be_told():
    teams = {"all": tuple("abcdefghijklmno"), "lent": tuple("abcdefXYZ")}
    assert told_teams(GatewayPolicy(group_min_agents=3, teams=teams)).keys() == {"all", "lent"}
    assert told_teams(GatewayPolicy(group_min_agents=4, teams=teams)).keys() == {"all"}


def gives_away_a_few(one: frozenset[str], other: frozenset[str], least: int) -> bool:
    return not one.isdisjoint(other) and any(0 < len(beside) < least for beside in (one - other, other - one))


@given(
    st.dictionaries(st.text("tuvw", min_size=1, max_size=2), st.lists(st.sampled_from("abcdefghij"), max_size=10)),
    st.integers(3, 5),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_figure_of_fewer_can_be_had_by_taking_one_team_from_another(teams, least):
    policy = GatewayPolicy(group_min_agents=least, teams={name: tuple(members) for name, members in teams.items()})
    told = told_teams(policy)
    assert all(len(members) >= least for members in told.values())
    for one, other in product(told.values(), repeat=2):
        assert not gives_away_a_few(one, other, least)
    for name, members in policy.teams.items():
        whole = frozenset(members)
        if name not in told and len(whole) >= least:
            assert any(len(other) >= len(whole) and gives_away_a_few(whole, other, least) for other in told.values())
    turned = GatewayPolicy(group_min_agents=least, teams=dict(reversed(policy.teams.items())))
    assert told_teams(turned) == told, "every gateway tells the same teams, however its policy lists them"


def test_an_agent_named_twice_is_one_person():
    registry = told(GatewayPolicy(group_min_agents=5, teams={"t": ("a", "a", "a", "b", "b")}), View())
    assert bands_of(registry, "t") == [None] * 4
