"""`warmline backtest` as it is typed."""

import codecs
import json

import msgspec
import pytest
import yaml
from click.testing import CliRunner

from tests.unit.backtest.ear import hear, quarrel
from tests.unit.backtest.test_quality import labelled
from warmline.backtest.command import command
from warmline.backtest.model import Model
from warmline.models.manifest import ModelError


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


@pytest.mark.parametrize("given", ["the file", "its folder"])
def test_a_recording_is_never_written_over(recording, given):
    before = recording.read_bytes()
    done = run(recording if given == "the file" else recording.parent, "--out", recording)
    assert done.exit_code == 1
    assert f"{recording} is read by this command" in done.stderr
    assert recording.read_bytes() == before


@pytest.mark.parametrize("asked", ["--policy", "--compare"])
def test_a_policy_is_never_written_over(recording, asked):
    policy = write_policy(recording, {})
    assert run(recording, asked, policy, "--out", policy).exit_code == 1
    assert policy.read_text() == "{}\n"


def test_an_older_file_stays_where_the_run_cannot_be_made(recording, tmp_path):
    out = tmp_path / "events.txt"
    out.write_text("of yesterday")
    wrong = write_policy(recording, {"escalation": {"open_att": 1}})
    assert run(recording, "--compare", wrong, "--out", out).exit_code == 1
    labels_no_turn(recording)
    assert run(recording, "--out", out).exit_code == 1
    assert out.read_text() == "of yesterday"


def test_weights_that_cannot_be_read_leave_an_older_file_alone(recording, tmp_path, monkeypatch):
    def refuse(_turns):
        raise ModelError("no weights")

    monkeypatch.setattr(Model, "under", lambda _self, _policy: refuse)
    out = tmp_path / "events.txt"
    out.write_text("of yesterday")
    done = run(recording, "--out", out)
    assert (done.exit_code, done.stderr) == (1, "Error: no weights\n")
    assert out.read_text() == "of yesterday"


def test_an_out_in_a_folder_that_is_not_there_is_named(recording, tmp_path):
    out = tmp_path / "missing" / "x"
    done = run(recording, "--out", out)
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert f"{out}: No such file or directory" in done.stderr


def test_a_label_that_names_no_turn_is_told_by_file_and_line(recording):
    labels_no_turn(recording)
    done = run(recording)
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert f"{recording}:2: outcome.escalate_from is 99" in done.stderr


def labels_no_turn(recording):
    told = talk("c2")
    told["outcome"]["escalate_from"] = 99
    recording.write_bytes(msgspec.json.encode(talk("c1")) + b"\n" + msgspec.json.encode(told))


def test_more_lanes_than_conversations_are_none_the_slower(recording):
    done = run(recording, "--concurrency", 10**12)
    assert done.exit_code == 0, done.exception
    assert done.stdout == run(recording, "--concurrency", 2).stdout


def test_json_that_is_nested_without_end_is_a_bad_line(recording):
    recording.write_bytes(recording.read_bytes() + b"\n" + b'{"a":' * 100_000)
    done = run(recording)
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert f"{recording}:3: not JSON" in done.stderr
    assert "scored 16 turns" in done.stderr


def test_a_byte_order_mark_costs_neither_turns_nor_labels(recording):
    plain = run(recording)
    recording.write_bytes(codecs.BOM_UTF8 + recording.read_bytes())
    marked = run(recording)
    assert (marked.exit_code, marked.stdout, marked.stderr) == (0, plain.stdout, plain.stderr)


def write_policy(recording, tree):
    path = recording.with_name("policy.yaml")
    path.write_text(yaml.safe_dump(tree))
    return path
