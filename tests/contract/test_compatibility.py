"""`warmline schemas compat` and `release`: the contracts as they are against those last released."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from warmline.contracts.released import changes_since_release, released_version
from warmline.contracts.schemas_command import command

SCHEMAS = Path(__file__).parents[2] / "schemas"


def run(*arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def require_more_than_now(schemas):
    """Make the released set promise a field that the code does not write: as if it had been removed since."""
    path = schemas / "released" / "escalation.alert.json"
    schema = json.loads(path.read_text())
    schema["properties"]["mood_of_the_day"] = {"type": "string"}
    schema["required"].append("mood_of_the_day")
    path.write_text(json.dumps(schema))


def test_nothing_breaks_readers_or_senders_of_the_released_contracts():
    assert [str(finding) for finding in changes_since_release(SCHEMAS)] == []


def test_compat_says_so_and_exits_0():
    result = run("compat", "--out", SCHEMAS)
    assert result.exit_code == 0
    assert released_version(SCHEMAS) in result.output


def test_compat_names_event_and_field_and_how_to_release_on_purpose(schemas):
    require_more_than_now(schemas)
    result = run("compat", "--out", schemas)
    assert result.exit_code == 1
    assert "escalation.alert, field `mood_of_the_day`: was removed" in result.output
    assert "warmline schemas release VERSION" in result.output


def test_compat_of_a_topic_that_is_gone_names_the_topic(schemas):
    path = schemas / "released" / "asyncapi.json"
    tree = json.loads(path.read_text())
    tree["channels"]["customer.wishes"] = {"x-record-key": "customer_id", "messages": {}}
    path.write_text(json.dumps(tree))
    result = run("compat", "--out", schemas)
    assert result.exit_code == 1
    assert "customer.wishes: the topic was removed" in result.output


def test_a_breaking_release_needs_a_breaking_version(schemas):
    require_more_than_now(schemas)
    held = released_version(schemas)
    major, minor, patch = map(int, held.split("."))
    result = run("release", f"{major}.{minor}.{patch + 1}", "--out", schemas)
    assert result.exit_code == 1
    assert "breaking" in result.output
    assert released_version(schemas) == held
    result = run("release", f"{major + 1}.0.0", "--out", schemas)
    assert result.exit_code == 0
    assert "mood_of_the_day" in result.output
    assert released_version(schemas) == f"{major + 1}.0.0"
    assert run("compat", "--out", schemas).exit_code == 0


@pytest.mark.parametrize(
    ("version", "said"), [("0.0.1", "must be higher"), ("next", "three numbers"), ("1.0", "three numbers")]
)
def test_a_version_that_is_none_or_not_higher_is_refused(schemas, version, said):
    result = run("release", version, "--out", schemas)
    assert result.exit_code == 1
    assert said in result.output


def test_the_first_release_needs_no_earlier_one(tmp_path):
    assert "no contracts have been released yet" in run("compat", "--out", tmp_path).output
    assert run("release", "0.1.0", "--out", tmp_path).exit_code == 0
    assert run("compat", "--out", tmp_path).exit_code == 0
    assert run("check", "--out", tmp_path).exit_code == 0


def test_a_release_drops_event_types_that_no_longer_exist(schemas):
    (schemas / "released" / "old.event.json").write_text('{"type": "object"}')
    assert "old.event: the event type was removed" in run("compat", "--out", schemas).output
    assert run("release", "9.0.0", "--out", schemas).exit_code == 0
    assert not (schemas / "released" / "old.event.json").exists()


def test_a_released_schema_that_is_not_json_is_named(schemas):
    (schemas / "released" / "agent.state.json").write_text("{")
    assert "is not JSON" in run("compat", "--out", schemas).output
