"""`warmline score`, as a person or a script uses it."""

import codecs
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from warmline.cli import main

WHO = {"conversation_id": "c", "turn_id": "1", "role": "customer", "participant_id": "p"}
TURN = WHO | {"text": "where is it", "spoken_at": 0}
DEEP = '{"a":' * 100_000
"""JSON that is nested deeper than anything can be read."""


def lines(*turns: object) -> str:
    return "".join(f"{turn if isinstance(turn, str) else json.dumps(turn)}\n" for turn in turns)


def score(*arguments: str, given: str) -> Result:
    return CliRunner().invoke(main, ["score", *arguments], input=given)


def test_stdin_gives_one_scored_turn_a_line_in_order():
    result = score("-", given=lines(TURN, TURN | {"turn_id": "2", "role": "agent", "text": "let me look"}))
    assert result.exit_code == 0
    first, second = map(json.loads, result.stdout.splitlines())
    assert (first["turn_id"], second["turn_id"]) == ("1", "2")
    assert {"valence", "sentiment", "distress", "emotions", "cues", "needs_empathy", "language", "model"} <= set(first)
    assert {"behaviours", "empathy"} <= set(second)
    assert first["abstained"] is None
    assert "probabilities" not in first


def test_all_adds_the_probabilities_of_each_head():
    (line,) = score("-", "--all", given=lines(TURN)).stdout.splitlines()
    score_of = json.loads(line)
    own = {"sentiment", "emotions", "cues", "needs_empathy"}
    assert set(score_of["probabilities"]) == own | {"goemotions", "chat_emotions"}
    assert len(score_of["probabilities"]["goemotions"]) == 28
    assert score_of["chat_emotion"] in score_of["probabilities"]["chat_emotions"]
    assert set(score_of["goemotions"]) <= set(score_of["probabilities"]["goemotions"])


def test_a_turn_is_heard_with_what_went_before_it_in_its_conversation():
    refusal = TURN | {"turn_id": "0", "role": "agent", "text": "no, we will not refund that, it is our policy"}
    fine = TURN | {"turn_id": "1", "text": "fine.", "spoken_at": 1_000}
    alone = [json.loads(line) for line in score("-", "--all", given=lines(fine)).stdout.splitlines()]
    after = [json.loads(line) for line in score("-", "--all", given=lines(refusal, fine)).stdout.splitlines()]
    apart = [
        json.loads(line)
        for line in score("-", "--all", given=lines(refusal | {"conversation_id": "d"}, fine)).stdout.splitlines()
    ]
    assert after[1]["probabilities"] != alone[0]["probabilities"]
    assert apart[1] == alone[0]


def test_a_bad_line_is_named_and_the_rest_is_scored():
    result = score("-", given=lines(TURN, "not json", {**TURN, "role": "robot"}, "", TURN | {"turn_id": "5"}))
    assert result.exit_code == 1
    assert [json.loads(line)["turn_id"] for line in result.stdout.splitlines()] == ["1", "5"]
    assert "line 2: " in result.stderr
    assert "line 3: " in result.stderr
    assert "$.role" in result.stderr
    assert "line 4" not in result.stderr


def test_partial_turns_are_left_out_and_counted_as_the_services_ignore_them():
    begun = TURN | {"text": "where is my", "final": False}
    result = score("-", "--all", given=lines(begun, TURN, TURN | {"turn_id": "2", "spoken_at": 1_000, "final": False}))
    assert result.exit_code == 0
    assert result.stdout == score("-", "--all", given=lines(TURN)).stdout
    assert "left out 2 partial turns" in result.stderr


def test_the_words_of_a_bad_line_are_not_repeated():
    result = score("-", given=lines({"text": "my card is 4929 1111", "role": "customer"}))
    assert "4929" not in result.output


def test_fields_that_no_turn_has_are_ignored():
    assert score("-", given=lines(TURN | {"colour": "blue"})).exit_code == 0


def test_a_file_is_read_and_another_written(tmp_path: Path):
    source, out = tmp_path / "turns.jsonl", tmp_path / "scores.jsonl"
    source.write_text(lines(TURN))
    result = score(str(source), "--out", str(out), given="")
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(out.read_text())["turn_id"] == "1"


def test_a_file_is_never_written_over_itself(tmp_path: Path):
    source = tmp_path / "turns.jsonl"
    source.write_text(lines(TURN))
    result = score(str(source), "--out", str(source), given="")
    assert result.exit_code == 1
    assert f"{source} is read by this command" in result.stderr
    assert source.read_text() == lines(TURN)


def test_an_out_in_a_folder_that_is_not_there_is_named(tmp_path: Path):
    out = tmp_path / "missing" / "scores.jsonl"
    result = score("-", "--out", str(out), given=lines(TURN))
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert f"{out}: No such file or directory" in result.stderr


def test_scores_are_kept_where_a_line_was_bad(tmp_path: Path):
    out = tmp_path / "scores.jsonl"
    assert score("-", "--out", str(out), given=lines(TURN, DEEP, TURN | {"turn_id": "3"})).exit_code == 1
    assert [json.loads(line)["turn_id"] for line in out.read_text().splitlines()] == ["1", "3"]
    assert [path.name for path in tmp_path.iterdir()] == ["scores.jsonl"]


def test_json_that_is_nested_without_end_is_a_bad_line():
    result = score("-", given=lines(DEEP, TURN, json.dumps(TURN)[:-1] + ', "vendor": ' + DEEP))
    assert (result.exit_code, len(result.stdout.splitlines())) == (1, 1)
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == ["line 1", "line 3"]


def test_a_byte_order_mark_costs_no_line(tmp_path: Path):
    source = tmp_path / "turns.jsonl"
    source.write_bytes(codecs.BOM_UTF8 + lines(TURN, TURN | {"turn_id": "2"}).encode())
    result = score(str(source), given="")
    assert result.exit_code == 0, result.stderr
    assert [json.loads(line)["turn_id"] for line in result.stdout.splitlines()] == ["1", "2"]


@pytest.mark.parametrize("order", ["le", "be"])
def test_a_file_of_16_bits_a_letter_is_told_once(tmp_path: Path, order: str):
    source = tmp_path / "turns.jsonl"
    source.write_bytes(f"\ufeff{lines(TURN, TURN)}".encode(f"utf-16-{order}"))
    result = score(str(source), given="")
    assert result.exit_code == 1
    assert result.stderr == f"Error: {source} is UTF-16; save it as UTF-8\n"


@pytest.mark.parametrize("least", ["nan", "inf", "-inf", "1.5"])
def test_a_limit_that_is_no_number_from_0_to_1_is_refused(least: str):
    result = score("-", "--asr-confidence-min", least, given=lines(TURN))
    assert result.exit_code == 2
    assert "--asr-confidence-min" in result.stderr
    assert result.stdout == ""


def test_a_low_recogniser_confidence_abstains_from_the_given_limit_on():
    spoken = TURN | {"asr_confidence": 0.5}
    (low,) = score("-", "--asr-confidence-min", "0.6", given=lines(spoken)).stdout.splitlines()
    (fine,) = score("-", given=lines(spoken)).stdout.splitlines()
    assert json.loads(low)["abstained"] == "asr_confidence"
    assert json.loads(fine)["abstained"] is None


def test_missing_weights_are_a_clear_error(tmp_path: Path):
    result = score("-", "--weights", str(tmp_path), given=lines(TURN))
    assert result.exit_code == 1
    assert "warmline train" in result.output


@pytest.mark.parametrize("module", ["confluent_kafka", "redis", "faust", "torch"])
def test_scoring_imports_no_kafka_no_redis_and_no_torch(module: str):
    program = f"import sys, warmline.models.score_command; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=120).returncode == 0
