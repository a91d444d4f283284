"""Every query of every panel, asked of a real Prometheus that scraped the real services during a replay."""

import json
import math
import re
import time
from pathlib import Path

import pytest

from tests.support.dashboard_lint import panels_of
from tests.support.dashboard_queries import LEGEND_LABEL, Look
from tests.support.prometheus_server import prometheus_binary
from tests.support.watched_world import LARGE, SMALL, WatchedWorld
from warmline.local.demo_story import load_story
from warmline.local.valkey import ValkeyServer
from warmline.local.valkey_binary import find_valkey
from warmline.local.valkey_options import ValkeyOptions

FOLDER = Path(__file__).parents[2] / "deploy" / "grafana" / "dashboards"
BOARDS = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
CONVERSATIONS, SPEED = 8, 30.0
AGENTS_LEAST = 5
MAY_BE_EMPTY = {"revision"}  # outside an image; Prometheus drops empty labels
LIMITED = ValkeyOptions(settings=(("maxmemory", "256mb"),))


@pytest.fixture(scope="module")
def watched(kafka_any, tmp_path_factory):
    """The world after the replay, and what is looked at of it."""
    prometheus_binary()
    if find_valkey() is None:
        pytest.skip("needs a Redis or Valkey")
    story = load_story(CONVERSATIONS)
    assert len(story.agents) >= AGENTS_LEAST
    folder = tmp_path_factory.mktemp("watched")
    with (
        ValkeyServer(LIMITED) as store,
        WatchedWorld(
            kafka_any.bootstrap,
            kafka_any.consumer_settings,
            store.url,
            folder,
            prefix=f"boards-{time.time_ns()}.",
            story=story,
        ) as world,
    ):
        world.tell(SPEED)
        yield world, Look(world.began_s, time.time(), step_s=1.0, rate_interval_s=10)


def asked(watched, target):
    """The series of one query, each with its values."""
    world, look = watched
    return [(labels, [value for _, value in values]) for labels, values in look.ask(world.prometheus, target)]


def by_title(name, title):
    (panel,) = [each for each in panels_of(BOARDS[name]) if each["title"] == title]
    return panel["targets"][0]


PANELS = [(name, panel["title"]) for name, board in BOARDS.items() for panel in panels_of(board)]


@pytest.mark.parametrize(("name", "title"), PANELS, ids=lambda each: each)
def test_every_query_of_every_panel_returns_data(watched, name, title):
    (panel,) = [each for each in panels_of(BOARDS[name]) if each["title"] == title]
    for target in panel["targets"]:
        found = asked(watched, target)
        assert any(math.isfinite(value) for _, values in found for value in values), target["expr"]
        named = set(LEGEND_LABEL.findall(target["legendFormat"])) - MAY_BE_EMPTY
        assert all(named <= labels.keys() for labels, _ in found), "the legend names a label that is not there"


@pytest.mark.parametrize("name", BOARDS)
def test_every_variable_offers_something(watched, name):
    world, look = watched
    for each in BOARDS[name]["templating"]["list"]:
        if each["type"] == "query":
            selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)", each["query"]).groups()
            offered = {found["metric"].get(label) for found in world.prometheus.query(look.filled(selector))}
            assert offered - {None}, each["name"]


def test_what_was_provoked_is_what_is_shown(watched):
    world, _ = watched

    def one(name, title):
        ((_, (value,)),) = asked(watched, by_title(name, title))
        return value

    assert one("warmline-operations", "Instances") == 6
    assert one("warmline-operations", "Records waiting") == 0
    assert one("warmline-operations", "Dead letters") > 0
    assert one("warmline-operations", "Holding back") == 0
    assert 0 < one("warmline-operations", "In time") <= 1
    assert -1 <= one("warmline-experience", "Mood") <= 1
    assert 0 < one("warmline-experience", "Moments met") <= 1
    assert 0 < one("warmline-experience", "Alerts opened") <= len(world.verdicts)
    assert one("warmline-wellbeing", "Teams shown") == 1
    assert one("warmline-wellbeing", "Agents in them") == len(world.story.agents)


def test_wellbeing_shows_the_large_team_and_neither_the_small_one_nor_anybody(watched):
    world, _ = watched
    told = [
        labels
        for panel in panels_of(BOARDS["warmline-wellbeing"])
        for target in panel["targets"]
        for labels, _values in asked(watched, target)
    ]
    assert {labels["team"] for labels in told if "team" in labels} == {LARGE}
    shown = {value for labels in told for value in labels.values()}
    assert not shown & {SMALL, *world.story.agents}
