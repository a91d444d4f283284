"""The recording rules and alerts, by the promtool that Prometheus comes with, and held to the metrics there are."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.exposed_names import exposed_names

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES = sorted((PROMETHEUS / "rules").glob("*.yaml"))
CASES = sorted((PROMETHEUS / "tests").glob("*.yaml"))
RUNBOOKS = ROOT / "deploy" / "runbooks"
EXPORTED = {"kafka_consumergroup_lag", "kafka_consumergroup_current_offset", "kafka_topic_partition_current_offset"}
"""Of the Kafka exporter in compose.observability.yaml; only lag.yaml may count on it."""

NAME = re.compile(r"(?<![\w:])(?:warmline|kafka)_\w+(?![\w:])")
RECORDED = re.compile(r"(?<![\w:])[a-z_]\w*:\w[\w:]*")
TIMEOUT_S = 180.0  # promtool needs a tenth of it on two slow cores


def rules_of(path):
    return [rule for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


EVERY_RULE = [rule for path in RULES for rule in rules_of(path)]
ALERTS = {rule["alert"]: rule for rule in EVERY_RULE if "alert" in rule}


@pytest.fixture(scope="module")
def promtool():
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("no promtool: Debian's package prometheus has it")
    return found


@pytest.fixture(scope="module")
def exposed():
    return exposed_names()


def run(*command):
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=TIMEOUT_S)


def test_promtool_finds_every_rule_sound(promtool):
    done = run(promtool, "check", "rules", "--lint=all", "--lint-fatal", *RULES)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sum(map(int, re.findall(r"SUCCESS: (\d+) rules", done.stdout))) == len(EVERY_RULE) > 20


def test_every_alert_fires_where_it_should_and_is_quiet_where_it_should(promtool):
    done = run(promtool, "test", "rules", *CASES)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("always", ["vector(0) > 1", "vector(1)"], ids=["never", "always"])
def test_an_alert_that_fires_never_or_always_is_found_out(promtool, tmp_path, always):
    for folder in ("rules", "tests"):
        (tmp_path / folder).mkdir()
    for path in RULES:
        alerts = [{"alert": rule["alert"], "expr": always} for rule in rules_of(path) if "alert" in rule]
        broken = {"groups": [{"name": path.stem, "rules": alerts}]}
        (tmp_path / "rules" / path.name).write_text(yaml.safe_dump(broken))
    for path in CASES:
        shutil.copy(path, tmp_path / "tests")
    done = run(promtool, "test", "rules", *sorted((tmp_path / "tests").iterdir()))
    assert done.returncode == 1
    complaints = re.split(r"alertname: (?=\w)", done.stdout + done.stderr)[1:]
    empty = r"exp:\[\s*\]" if always == "vector(1)" else r"got:\[\s*\]"
    assert {re.match(r"\w+", each)[0] for each in complaints if re.search(empty, each)} == set(ALERTS)


def test_every_alert_has_a_case_that_fires_and_one_that_is_quiet():
    seen = {
        (case["alertname"], bool(case["exp_alerts"]))
        for path in CASES
        for test in yaml.safe_load(path.read_text())["tests"]
        for case in test["alert_rule_test"]
    }
    assert seen == {(name, fires) for name in ALERTS for fires in (True, False)}


def test_the_cases_of_a_rule_file_carry_its_name():
    assert [path.name for path in CASES] == [path.name for path in RULES]


@pytest.mark.parametrize("name", ALERTS)
def test_every_alert_says_how_bad_it_is_what_it_means_and_where_the_runbook_is(name):
    alert = ALERTS[name]
    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert alert["annotations"].keys() == {"summary", "description", "runbook"}
    assert alert["annotations"]["runbook"] == f"deploy/runbooks/{name}.md"
    text = (RUNBOOKS / f"{name}.md").read_text()
    assert text.startswith(f"# {name}\n")
    parts = ("**It means** ", "**Look at**", "**Do**")
    assert sorted(parts, key=text.index) == list(parts)


def test_there_is_no_runbook_without_its_alert_and_no_link_to_none():
    assert {path.stem for path in RUNBOOKS.glob("*.md")} == set(ALERTS)
    linked = {link for path in RUNBOOKS.glob("*.md") for link in re.findall(r"\]\((\w+)\.md\)", path.read_text())}
    assert linked
    assert linked <= set(ALERTS)


def test_rules_and_runbooks_name_only_what_a_service_exposes_or_a_rule_records(exposed):
    recorded = {rule["record"] for rule in EVERY_RULE if "record" in rule}
    for path in RULES:
        known = exposed.keys() | (EXPORTED if path.name == "lag.yaml" else set())
        for rule in rules_of(path):
            assert set(NAME.findall(rule["expr"])) <= known, rule
            assert set(RECORDED.findall(rule["expr"])) <= recorded, rule
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in exposed}
    for path in RUNBOOKS.glob("*.md"):
        assert set(NAME.findall(path.read_text())) <= exposed.keys() | families, path.name
        assert set(re.findall(r"\b\w+:warmline_[\w:]+|\b\w*warmline_\w+:\w+", path.read_text())) <= recorded, path.name


def test_a_rule_asks_for_a_bucket_only_by_a_bound_that_the_histogram_has(exposed):
    def wrong(expr: str) -> list[tuple[str, str]]:
        asked = re.findall(r'(\w+)\{[^}]*le="([^"]+)"', expr)
        return [(name, bound) for name, bound in asked if bound not in exposed[name][1]]

    assert not wrong('rate(warmline_event_age_seconds_bucket{service="windows", le="0.5"}[5m])')
    assert wrong('rate(warmline_event_age_seconds_bucket{service="windows", le="0.4"}[5m])'), "it would be found"
    assert [found for rule in EVERY_RULE for found in wrong(rule["expr"])] == []


def test_the_cases_feed_the_alerts_what_a_service_exposes_with_its_labels(exposed):
    for path in CASES:
        for test in yaml.safe_load(path.read_text())["tests"]:
            for each in test["input_series"]:
                name, _, selector = each["series"].partition("{")
                if not name.startswith("warmline_"):
                    assert name in EXPORTED | {"up"}
                    continue
                labels = dict(re.findall(r'(\w+)="([^"]*)"', selector))
                assert labels.keys() - {"instance"} == exposed[name][0], each
                assert "le" not in labels or labels["le"] in exposed[name][1], each
