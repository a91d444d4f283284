"""`warmline evaluate` takes anyone's labelled files, and says of a bad one which line is wrong and how."""

import json
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from warmline.cli import main
from warmline.contracts.labels import GOEMOTIONS
from warmline.evaluation.command import CHOSE
from warmline.evaluation.unheard import UNHEARD

CUSTOMER = {"i": 0, "role": "customer", "text": "This is useless.", "val": -1, "emo": ["anger"], "cues": [], "needs": 1}
AGENT = {"i": 1, "role": "agent", "text": "I am sorry.", "beh": ["apologises"], "neg": [], "emp": 1}
MUSIC = {"i": 2, "role": "system", "text": "hold music"}


def evaluate(*asked: str | Path) -> Result:
    return CliRunner().invoke(main, ["evaluate", *map(str, asked)])


def assert_refused(done: Result, *words: str) -> None:
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), done.exception
    for word in words:
        assert word in done.output


def conversation(*turns: dict) -> str:
    return json.dumps({"id": "c-1", "turns": list(turns)})


def test_conversations_are_measured_printed_and_written_down(tmp_path):
    talks, out = tmp_path / "talks.jsonl", tmp_path / "figures.json"
    with UNHEARD.open() as lines:
        talks.write_text("".join(islice(lines, 30)))
    done = evaluate("--conversations", talks, "--robustness", "--json", out)
    assert done.exit_code == 0, done.output
    written = json.loads(out.read_text())
    heads = written["models"]["warmline"]
    assert set(heads) == {"sentiment", "needs", "emotions", "cues", "empathy", "behaviours", "neg"}
    turns = [turn for line in talks.read_text().splitlines() for turn in json.loads(line)["turns"]]
    customers = sum(turn["role"] == "customer" for turn in turns)
    assert heads["sentiment"]["texts"] == customers
    assert heads["empathy"]["texts"] == len(turns) - customers
    for name, each in heads.items():
        assert f"{name}: macro-F1 {each['macro_f1']:.3f} [{each['low']:.3f}, {each['high']:.3f}]" in done.output
        assert 0 <= each["low"] <= each["macro_f1"] <= each["high"] <= 1
    assert heads["sentiment"]["macro_f1"] > 0.55
    assert written["robustness"]
    assert "the worst confusions" in done.output


def test_of_the_fold_a_training_held_out_it_is_said_that_thresholds_were_chosen_there(tmp_path):
    data = tmp_path / "data" / "warmline"
    data.mkdir(parents=True)
    with UNHEARD.open() as lines:
        (data / "conversations_a.jsonl").write_text("".join(islice(lines, 20)))
    fold = evaluate("--data", data)
    assert fold.exit_code == 0, fold.output
    assert CHOSE in fold.output
    own = evaluate("--data", data, "--conversations", data / "conversations_a.jsonl")
    assert own.exit_code == 0, own.output
    assert CHOSE not in own.output


def test_comments_of_goemotions_are_measured_by_their_28_labels(tmp_path):
    comments, out = tmp_path / "dev.tsv", tmp_path / "figures.json"
    said = {"gratitude": "Thank you so much, I appreciate it!", "anger": "I am furious, this is an outrage"}
    rows = [f"{text}\t{GOEMOTIONS.index(label)},27\tid" for label, text in said.items()]
    comments.write_text("\r\n".join([*rows, "", f"{said['gratitude']}\u2028\t{GOEMOTIONS.index('gratitude')}"]))
    done = evaluate("--goemotions", comments, "--json", out)
    assert done.exit_code == 0, done.output
    heard = json.loads(out.read_text())["models"]["warmline"]["goemotions"]
    assert heard["texts"] == 3
    assert heard["labels"]["gratitude"]["f1"] == 1
    assert heard["labels"]["gratitude"]["support"] == 2


def test_labels_that_the_codebook_does_not_name_are_left_out_and_told(tmp_path):
    talks = tmp_path / "talks.jsonl"
    talks.write_text(conversation(CUSTOMER | {"cues": ["wants_cake"]}, AGENT | {"neg": ["yawns"]}, MUSIC))
    done = evaluate("--conversations", talks)
    assert done.exit_code == 0, done.output
    assert "not measured: " in done.output
    assert "wants_cake (1)" in done.output
    assert "yawns (1)" in done.output


def test_a_system_turn_is_measured_as_nobodys(tmp_path):
    talks, out = tmp_path / "talks.jsonl", tmp_path / "figures.json"
    talks.write_text(conversation(CUSTOMER, AGENT, MUSIC))
    assert evaluate("--conversations", talks, "--json", out).exit_code == 0
    heads = json.loads(out.read_text())["models"]["warmline"]
    assert (heads["sentiment"]["texts"], heads["empathy"]["texts"]) == (1, 1)


def test_turns_are_known_by_their_own_words_wherever_a_file_begins_to_count(tmp_path):
    talks, out = tmp_path / "talks.jsonl", tmp_path / "figures.json"
    talks.write_text(conversation(CUSTOMER | {"i": 1}, AGENT | {"i": 2}))
    assert evaluate("--conversations", talks, "--json", out).exit_code == 0
    heads = json.loads(out.read_text())["models"]["warmline"]
    assert (heads["sentiment"]["texts"], heads["empathy"]["texts"]) == (1, 1)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("no json", "JSON is malformed"),
        ("[]", "Expected `object`"),
        ("{}", "`id`"),
        ('{"id": "c-1"}', "`turns`"),
        (conversation({"i": 0, "text": "hi"}), "`role`"),
        (conversation({"i": 0, "role": "customer"}), "turn 0 of conversation c-1 has no text"),
        (conversation(CUSTOMER | {"role": "robot"}), "$.turns[0].role: is none of the allowed values"),
        (conversation(CUSTOMER | {"val": 3}), "$.turns[0].val"),
        (conversation(CUSTOMER | {"val": "sad"}), "$.turns[0].val"),
        (conversation(AGENT | {"emp": -2}), "$.turns[0].emp"),
        (conversation(CUSTOMER | {"needs": 2}), "$.turns[0].needs"),
        ('{"a":' * 100_000, "not a labelled conversation"),
    ],
)
def test_a_bad_line_is_refused_by_file_and_line(tmp_path, line, fault):
    talks = tmp_path / "talks.jsonl"
    talks.write_text("\n".join([conversation(CUSTOMER, AGENT), "", line]))
    done = evaluate("--conversations", talks)
    assert_refused(done, f"{talks}:3: ", fault)


def test_a_byte_order_mark_costs_no_line_and_16_bits_a_letter_are_told(tmp_path):
    talks = tmp_path / "talks.jsonl"
    talks.write_text("\ufeff" + conversation(CUSTOMER, AGENT), encoding="utf-8")
    assert evaluate("--conversations", talks).exit_code == 0
    for order in ("le", "be"):
        talks.write_bytes(("\ufeff" + conversation(CUSTOMER, AGENT)).encode(f"utf-16-{order}"))
        done = evaluate("--conversations", talks)
        assert (done.exit_code, done.stderr) == (1, f"Error: {talks} is UTF-16; save it as UTF-8\n")


@pytest.mark.parametrize(
    ("line", "fault"),
    [("only a text", "text TAB label numbers TAB id"), ("hi\tjoy\tid", "text TAB"), ("hi\t28\tid", "no label 28"),
     ("hi\t-1\tid", "no label -1")],
)  # fmt: skip
def test_a_bad_comment_is_refused_by_file_and_line(tmp_path, line, fault):
    comments = tmp_path / "dev.tsv"
    comments.write_text(f"fine\t0\tid\n{line}\n")
    done = evaluate("--goemotions", comments)
    assert_refused(done, f"{comments}:2: ", fault)


def test_files_without_anything_to_measure_are_refused(tmp_path):
    empty = tmp_path / "empty.jsonl"
    empty.write_text(conversation() + "\n")
    for asked in (("--conversations", empty), ("--data", tmp_path / "nothing")):
        (tmp_path / "nothing").mkdir(exist_ok=True)
        done = evaluate(*asked)
        assert_refused(done, str(asked[1]))


def test_a_place_that_cannot_be_written_to_is_told_before_anything_is_measured(tmp_path):
    talks = tmp_path / "talks.jsonl"
    talks.write_text(conversation(CUSTOMER, AGENT))
    for out in (tmp_path / "missing" / "figures.json", talks):
        done = evaluate("--conversations", talks, "--json", out)
        assert_refused(done, str(out))
        assert "macro-F1" not in done.output
    assert talks.read_text() == conversation(CUSTOMER, AGENT)


def test_nothing_to_measure_and_nothing_to_learn_from_are_told_as_usage():
    assert evaluate().exit_code == 2
    done = evaluate("--conversations", UNHEARD, "--peers")
    assert done.exit_code == 2
    assert "--data" in done.output
