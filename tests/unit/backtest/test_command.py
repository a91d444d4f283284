"""`warmline backtest` as it is typed."""

import json

import msgspec
import pytest
import yaml
from click.testing import CliRunner

from tests.unit.backtest.ear import hear, quarrel
from tests.unit.backtest.test_quality import labelled
from warmline.backtest.command import command
from warmline.backtest.model import Model


@pytest.fixture(autouse=True)
def _ear(monkeypatch):
    monkeypatch.setattr(Model, "under", lambda _self, _policy: hear)


def talk(name: str) -> dict:
    told = labelled(name, 5)
    told["turns"] = [
        {"i": number, "role": turn.role, "t": number * 10.0, "text": turn.text} | LABELS
        for number, turn in enumerate(quarrel(name))
    ]
    return told


LABELS = {"val": 0, "needs": 0, "emo": [], "cues": []}


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "recording.jsonl"
    path.write_bytes(b"\n".join(msgspec.json.encode(talk(name)) for name in ("c1", "c2")))
    return path


def run(*arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_every_event_is_one_line_that_names_topic_key_type_and_id(recording, tmp_path):
    out = tmp_path / "events.jsonl"
    done = run(recording, "--out", out)
    assert done.exit_code == 0
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert all(line.keys() == {"topic", "key", "type", "id", "value"} for line in lines)
    assert {"conversation.scores", "conversation.windows", "escalation.alerts"} <= {line["topic"] for line in lines}
    assert done.stdout == ""


def test_without_out_the_lines_go_to_the_terminal_and_the_summary_to_standard_error(recording):
    done = run(recording)
    assert json.loads(done.stdout.splitlines()[0])["type"] == "conversation.started"
    assert "scored 16 turns" in done.stderr
    assert "precision" in done.stderr


def test_the_same_file_twice_gives_the_same_bytes(recording):
    assert run(recording).stdout_bytes == run(recording).stdout_bytes


def test_a_bad_line_is_named_by_number_and_the_others_are_run(recording):
    recording.write_bytes(recording.read_bytes() + b"\nnot json\n")
    done = run(recording)
    assert done.exit_code == 1
    assert f"{recording}:3:" in done.stderr
    assert "scored 16 turns" in done.stderr


def test_a_comparison_with_the_same_policy_says_so(recording):
    done = run(recording, "--compare", write_policy(recording, {}))
    assert done.stdout == "both policies give the same alerts\n"


def test_a_comparison_is_a_table_and_as_json_a_list_of_changes(recording):
    mute = {"open_at": 0.9, "warning_at": 0.95, "critical_at": 0.95, "hard_cues": {"asks_supervisor": None}}
    other = write_policy(recording, {"escalation": mute})
    table = run(recording, "--compare", other)
    assert table.stdout.splitlines()[0].split() == ["change", "conversation", "rule", "severity", "opens"]
    changes = json.loads(run(recording, "--compare", other, "--json").stdout)
    assert {change["conversation_id"] for change in changes} == {"c1", "c2"}
    assert {change["kind"] for change in changes} <= {"appears", "vanishes", "moves", "changes"}


def test_a_wrong_policy_is_named(recording):
    wrong = write_policy(recording, {"escalation": {"open_att": 1}})
    done = run(recording, "--policy", wrong)
    assert done.exit_code == 1
    assert "open_att" in done.stderr


def test_conversations_can_be_held_at_so_many_at_once(recording):
    one = [json.loads(line) for line in run(recording, "--concurrency", 1).stdout.splitlines()]
    spoken = {}
    for line in one:
        if line["type"] == "conversation.scored":
            spoken.setdefault(line["key"], []).append(line["value"]["spoken_at"])
    assert max(spoken["c1"]) < min(spoken["c2"]) or max(spoken["c2"]) < min(spoken["c1"])


def write_policy(recording, tree):
    path = recording.with_name("policy.yaml")
    path.write_text(yaml.safe_dump(tree))
    return path
