"""A policy that says a thing twice, contradicts itself or names what there is not: told, and never a traceback."""

import pytest
from click.testing import CliRunner

from warmline.cli import main
from warmline.escalation.domain import EscalationDomain
from warmline.escalation.state import EscalationState
from warmline.policy.load import load_policy

READER = "gateway: {{teams: {{north: [a]}}, wellbeing_readers: [{{who: {who}, teams: {teams}, why: breaks}}]}}"


def check(folder, content):
    file = folder / "policy.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file, CliRunner().invoke(main, ["policy", "check", str(file)])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("scoring: {score_partials: true}\nscoring: {}\n", "line 2: `scoring` is given twice"),
        ("queues:\n  a: {}\n  a: {}\n", "line 3: `a` is given twice"),
        ("queues: []", "`queues` is a mapping of queue names, not list"),
        ("queues: false", "`queues` is a mapping of queue names, not bool"),
        ("queues: {no: {}}", "line 1: `no` as a key is no text"),
        ("scoring: {1: 2, a: 3}", "unknown field"),
        ("scoring: {future_tolerance_s: 99999999999999999999999}", "line 1: a whole number"),
        ("scoring: {asr_confidence_min: .nan}", "line 1: not a finite number"),
        ("assist: {need_distress: 0.3}", "assist needs calm_distress <= need_distress"),
        ("queues: {a: {assist: {calm_distress: 0.6}}}", "queues.a: assist needs calm_distress <= need_distress"),
        (READER.format(who="x", teams="[norht]"), "`who: x` names the team norht, which `teams` does not hold"),
        (READER.format(who="x", teams="[]"), "wellbeing_readers[0].teams"),
        (READER.format(who="'group:'", teams="['*']"), "`who: group:` names nobody"),
        (READER.format(who="'key:'", teams="['*']"), "`who: key:` names nobody"),
        ("scoring: {}".encode("utf-16"), "not UTF-8"),
        ("a: " + "[" * 5000, "nested too deeply"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_mistake_is_told_with_its_file_and_place(tmp_path, content, said):
    file, result = check(tmp_path, content)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert f"{file}: " in result.output
    assert said in result.output


def test_a_queue_that_is_called_by_a_number_is_the_queue_of_that_name(tmp_path):
    file, result = check(tmp_path, "queues:\n  1: {windows: {quiet_timeout_s: 77}}\n  sales: {}\n  007: {}\n")
    assert result.exit_code == 0, result.output
    policy = load_policy(file)
    assert policy.queues == ["007", "1", "sales"]
    assert policy.windows("1").quiet_timeout_s == 77


def test_a_reader_of_known_teams_or_of_every_agent_is_taken(tmp_path):
    for teams in ("[north]", "['*']"):
        _, result = check(tmp_path, READER.format(who="'group:health'", teams=teams))
        assert result.exit_code == 0, result.output


def test_a_state_of_escalation_outlives_its_alert_however_short_it_is_kept(tmp_path):
    file, result = check(tmp_path, "escalation: {keep_s: 60, expire_after_s: 86400}")
    assert result.exit_code == 0, result.output
    policy = load_policy(file).escalation(None)
    assert policy.keep_s < policy.expire_after_s
    domain = EscalationDomain(load_policy(file).escalation, "test")
    assert domain.ttl_s(EscalationState("conversation")) > policy.expire_after_s + policy.lateness_s
