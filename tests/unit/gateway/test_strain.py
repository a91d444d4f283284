"""Teams by band of strain in the metrics: whole teams, large enough, and nobody by name."""

import msgspec
from prometheus_client import CollectorRegistry

from warmline.gateway.policy import GatewayPolicy
from warmline.gateway.strain import tell_strain
from warmline.gateway.view import SignalSeen, View
from warmline.telemetry.metrics import Metrics

TEAMS = {"north": ("a", "b", "c", "d", "e"), "few": ("a", "b", "c", "d"), "south": ("a", "x", "y", "z", "v", "w")}
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
    assert bands_of(registry, "north") == [3, 0, 2, 0]
    assert bands_of(registry, "south") == [4, 0, 1, 1]


def test_the_figures_follow_the_view():
    view = View()
    registry = told(GatewayPolicy(group_min_agents=5, teams=TEAMS), view)
    assert bands_of(registry, "north") == [5, 0, 0, 0]
    signal(view, "c", "elevated", as_of=1)
    signal(view, "c", "severe", as_of=2)
    assert bands_of(registry, "north") == [4, 0, 0, 1]


def test_a_team_that_is_too_small_has_no_series_at_all():
    registry = told(GatewayPolicy(group_min_agents=5, teams=TEAMS), View())
    assert bands_of(registry, "few") == [None] * 4
    registry = told(GatewayPolicy(group_min_agents=6, teams=TEAMS), View())
    assert bands_of(registry, "north") == [None] * 4
    assert bands_of(registry, "south") == [6, 0, 0, 0]


def test_an_agent_named_twice_is_one_person():
    registry = told(GatewayPolicy(group_min_agents=5, teams={"t": ("a", "a", "a", "b", "b")}), View())
    assert bands_of(registry, "t") == [None] * 4
