"""The rule files in a real Prometheus that scrapes the real services through a calm replay: all record, none alerts."""

import math
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.parts.kafka import KafkaPart
from tests.support.prometheus_server import PrometheusServer, prometheus_binary
from tests.support.watched_world import RULES, WatchedWorld
from warmline.contracts.turn import Turn
from warmline.local.demo_story import load_story
from warmline.local.valkey import ValkeyServer
from warmline.local.valkey_binary import find_valkey
from warmline.local.valkey_options import ValkeyOptions

CONVERSATIONS, SPEED = 4, 60.0
LIMITED = ValkeyOptions(settings=(("maxmemory", "256mb"),))
RECORDED = sorted(
    {
        rule["record"]
        for path in RULES
        for group in yaml.safe_load(path.read_text("utf-8"))["groups"]
        for rule in group["rules"]
        if "record" in rule
    }
)
OF_THE_MACHINE = {"WarmlineEventAgeBurnsFast", "WarmlineEventAgeBurnsSlowly", "WarmlineStoreSlow"}
"""What a calm run on a slow machine may bring about, though not for so long that they fire: they speak of its speed."""


class CalmWorld(WatchedWorld):
    """In which nothing goes wrong."""

    def _go_wrong(self, turn: Turn) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def prometheus(kafka_any: KafkaPart, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """A server at the end of the replay, with the services still running."""
    prometheus_binary()
    if find_valkey() is None:
        pytest.skip("needs a Redis or Valkey")
    folder: Path = tmp_path_factory.mktemp("calm")
    with (
        ValkeyServer(LIMITED) as store,
        CalmWorld(
            kafka_any.bootstrap,
            kafka_any.consumer_settings,
            store.url,
            folder,
            prefix=f"calm-{time.time_ns()}.",
            story=load_story(CONVERSATIONS),
        ) as world,
    ):
        world.tell(SPEED)
        assert "confirmed" in world.verdicts, "somebody judged an alert"
        yield world.prometheus


def test_every_rule_is_evaluated_without_an_error(prometheus: PrometheusServer) -> None:
    rules = prometheus.rules()
    assert {rule["name"] for rule in rules if rule["type"] == "recording"} == set(RECORDED)
    assert {rule["name"]: rule.get("lastError") for rule in rules if rule["health"] != "ok"} == {}


@pytest.mark.parametrize("name", RECORDED)
def test_every_recording_rule_yields_numbers(prometheus: PrometheusServer, name: str) -> None:
    values = [float(series["value"][1]) for series in prometheus.query(name)]
    assert any(map(math.isfinite, values)), values


def test_nothing_alerts_while_nothing_is_wrong(prometheus: PrometheusServer) -> None:
    alerts = prometheus.alerts()
    assert [alert["labels"] for alert in alerts if alert["state"] == "firing"] == []
    assert {alert["labels"]["alertname"] for alert in alerts} <= OF_THE_MACHINE


def test_every_instance_tells_the_same_of_the_store_and_no_more_than_there_is(prometheus: PrometheusServer) -> None:
    limits = {series["value"][1] for series in prometheus.query("warmline_store_memory_max_bytes")}
    assert limits == {str(256 * 1024 * 1024)}
    share = prometheus.value("warmline_store_memory:share")
    assert share is not None
    assert 0 < share < 1


def test_every_service_says_what_it_is_and_scoring_which_model_it_has(prometheus: PrometheusServer) -> None:
    told = {
        series["metric"]["service"]: series["metric"].get("model", "")
        for series in prometheus.query("warmline_build_info")
    }
    assert told.keys() == {"scoring", "windows", "escalation", "wellbeing", "assist", "gateway"}
    assert [service for service, model in told.items() if model] == ["scoring"]
