"""The compose files, by the Compose specification's own loader: every layer alone, and together as they are meant."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.parts.go_tools import require_tool
from tests.parts.obtain import LackingError
from warmline.local.kafka_jars import KAFKA
from warmline.services import DOORS, SERVICES
from warmline.settings import load_settings

DEPLOY = Path(__file__).parents[2] / "deploy"
BASE = "compose.yaml"
LAYERS = {
    "alone": (BASE,),
    "observed": (BASE, "compose.observability.yaml"),
    "three brokers": (BASE, "compose.three-brokers.yaml"),
    "everything": (BASE, "compose.three-brokers.yaml", "compose.observability.yaml"),
}
PINNED = re.compile(r"^[a-z0-9./-]+:v?\d+\.\d+\.\d+(-[a-z0-9.]+)?$")


@pytest.fixture(scope="module")
def model():
    """Load files together as Compose does: checked against the schema, merged, made consistent."""
    try:
        check = require_tool("compose-check")
    except LackingError as reason:
        pytest.skip(str(reason))
    loaded = {}

    def load(*files):
        if files in loaded:
            return loaded[files]
        done = subprocess.run(
            [check, "--format", "json", *files], cwd=DEPLOY, check=False, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        loaded[files] = json.loads(done.stdout)
        for service in loaded[files]["services"].values():
            service["environment"] = mapping(service.get("environment") or {})
        return loaded[files]

    return load


def mapping(environment):
    """Return variables as a mapping: Compose's loader lists those that it merged."""
    if isinstance(environment, list):
        return dict(each.split("=", 1) for each in environment)
    return environment


@pytest.mark.parametrize("files", LAYERS.values(), ids=LAYERS)
def test_each_combination_is_valid_by_the_specification(model, files):
    assert model(*files)["services"].keys() >= set(SERVICES)


def test_a_misspelt_key_would_be_seen(tmp_path):
    try:
        check = require_tool("compose-check")
    except LackingError as reason:
        pytest.skip(str(reason))
    wrong = (DEPLOY / BASE).read_text().replace("stop_grace_period: 60s", "stop_graceperiod: 60s")
    (tmp_path / BASE).write_text(wrong)
    done = subprocess.run([check, BASE], cwd=tmp_path, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "stop_graceperiod" in done.stderr + done.stdout


def test_every_service_of_the_code_runs_and_no_other(model):
    commands = [each.get("command") or [] for each in model(BASE)["services"].values()]
    run = {command[1] for command in commands if command[:1] == ["run"]}
    assert run == {*SERVICES, *DOORS}


@pytest.mark.parametrize("files", LAYERS.values(), ids=LAYERS)
def test_every_container_has_an_exact_tag_a_memory_limit_and_a_health_check(model, files):
    for name, service in model(*files)["services"].items():
        assert PINNED.match(service["image"]), f"{name}: {service['image']}"
        assert re.fullmatch(r"\d+[mg]?", str(service["mem_limit"])), name
        if name != "topics":  # it ends, and is waited for
            assert service["healthcheck"]["test"], name
        for port in service.get("ports", []):
            assert port["host_ip"] == "127.0.0.1", f"{name} is open to the network"


def test_our_containers_are_confined(model):
    for name, service in model(BASE)["services"].items():
        if service["image"].startswith("warmline"):
            assert service["read_only"] is True, name
            assert service["cap_drop"] == ["ALL"], name
            assert service["security_opt"] == ["no-new-privileges:true"], name


@pytest.mark.parametrize("files", LAYERS.values(), ids=LAYERS)
def test_services_start_when_topics_brokers_and_store_are_there(model, files):
    services = model(*files)["services"]
    brokers = {name for name, each in services.items() if each["image"].startswith("apache/kafka")}
    for name in SERVICES:
        needs = services[name]["depends_on"]
        assert needs["topics"]["condition"] == "service_completed_successfully"
        assert {each for each, how in needs.items() if how["condition"] == "service_healthy"} == {"valkey", *brokers}
    assert set(services["topics"]["depends_on"]) == brokers


@pytest.mark.parametrize("files", LAYERS.values(), ids=LAYERS)
def test_every_variable_is_a_setting_that_the_code_takes_and_names_the_brokers(model, files):
    services = model(*files)["services"]
    brokers = {f"{name}:9092" for name, each in services.items() if each["image"].startswith("apache/kafka")}
    for name in SERVICES:
        settings = load_settings(services[name]["environment"])
        assert set(settings.kafka_brokers.split(",")) == brokers, name
        grace = re.fullmatch(r"(\d+)s", services[name]["stop_grace_period"])
        assert settings.drain_s < int(grace[1])


def test_three_brokers_know_each_other_and_keep_three_copies(model):
    services = model(BASE, "compose.three-brokers.yaml")["services"]
    brokers = {name: each for name, each in services.items() if each["image"].startswith("apache/kafka")}
    assert len(brokers) == 3
    voters = {each["environment"]["KAFKA_CONTROLLER_QUORUM_VOTERS"] for each in brokers.values()}
    assert voters == {"1@kafka:9093,2@kafka-2:9093,3@kafka-3:9093"}
    for name, broker in brokers.items():
        environment = broker["environment"]
        assert f"INSIDE://{name}:9092" in environment["KAFKA_ADVERTISED_LISTENERS"]
        assert f"{environment['KAFKA_NODE_ID']}@{name}:9093" in voters.copy().pop()
        assert environment["KAFKA_DEFAULT_REPLICATION_FACTOR"] == "3"
        assert environment["KAFKA_MIN_INSYNC_REPLICAS"] == "2"
        (port,) = broker["ports"]
        assert f"OUTSIDE://localhost:{port['published']}" in environment["KAFKA_ADVERTISED_LISTENERS"]
    assert len({each["volumes"][0]["source"] for each in brokers.values()}) == 3


def test_the_broker_is_the_version_that_is_tested(model):
    assert model(BASE)["services"]["kafka"]["image"] == f"apache/kafka:{KAFKA}"


def test_every_file_that_is_mounted_is_there(model):
    for service in model(*LAYERS["everything"])["services"].values():
        for volume in service.get("volumes", []):
            if volume["type"] == "bind":
                assert Path(volume["source"]).exists(), volume["source"]


def test_prometheus_looks_at_every_service_by_the_name_that_it_has_in_compose(model):
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yaml").read_text())
    (job,) = [each for each in config["scrape_configs"] if each["job_name"] == "warmline"]
    (names,) = [each["names"] for each in job["dns_sd_configs"]]
    assert set(names) == {*SERVICES, *DOORS}
    assert set(names) <= model(BASE)["services"].keys()
    assert config["rule_files"] == ["rules/*.yaml"]
    (mounted,) = [
        each["target"]
        for each in model(*LAYERS["observed"])["services"]["prometheus"]["volumes"]
        if each["source"].endswith("/rules")
    ]
    assert mounted == "/etc/prometheus/rules"
