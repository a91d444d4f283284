"""How good the moves are on conversations that ship, by their labels: held here, so that no change worsens them.

By the labels on the samples; as the model hears them on conversations that trained nothing of it, since it knows most
of the samples by heart.
"""

import json
from functools import cache
from itertools import islice

import pytest
from click.testing import CliRunner

from warmline.backtest.assist_command import judge, read_talks
from warmline.backtest.assist_quality import AssistQuality, figures_of
from warmline.backtest.model import Model
from warmline.cli import main
from warmline.evaluation.unheard import UNHEARD
from warmline.policy.load import load_policy
from warmline.recordings.samples import CONVERSATIONS
from warmline.training.escalation_examples import scores_of_labels
from warmline.training.held_out import FOLDS

TALKS = {"labels": 40, "model": 160, "model on samples": 40}
FILES = {"labels": CONVERSATIONS, "model": UNHEARD, "model on samples": CONVERSATIONS}


@cache
def judged(ear: str) -> AssistQuality:
    policy = load_policy(None)
    hear = Model(None).under(policy)
    score = scores_of_labels if ear == "labels" else lambda turns, _labels: hear(turns)
    return judge(list(islice(read_talks(FILES[ear]), TALKS[ear])), score, policy)


BOUNDS = {"labels": (0.95, 0.98, 0.0, 0.95, 0.5), "model": (0.40, 0.63, 0.20, 0.73, 0.33)}
"""By ear: least share of missed moments with a move that fits, with any move in time; most moves for nothing; least
praise that is right, least praise per met moment. What the table can do, and what the shipped model hears of it, which
is far less on conversations that are new to it: it mistakes one feeling or fault for another (model card)."""


@pytest.mark.parametrize("ear", BOUNDS)
def test_missed_moments_get_a_move_that_fits_and_nothing_is_given_for_nothing(ear):
    fitting, in_time, for_nothing, *_ = BOUNDS[ear]
    found = judged(ear)
    rates = figures_of(found)
    assert found.conversations == TALKS[ear]
    assert found.missed >= 100, "enough of them to speak of a rate"
    assert rates["missed_with_fitting_move"] >= fitting
    assert rates["missed_with_move_in_time"] >= in_time
    assert rates["moves_for_nothing"] <= for_nothing


@pytest.mark.parametrize("ear", BOUNDS)
def test_moves_are_few_and_praise_is_right(ear):
    rates = figures_of(judged(ear))
    assert rates["moves_per_100_turns"] <= 20
    assert rates["praises_right"] >= BOUNDS[ear][3]
    assert rates["praises_per_met_moment"] >= BOUNDS[ear][4]


def test_what_the_model_has_learnt_by_heart_gets_as_many_fitting_moves_and_praises_as_ever():
    rates = figures_of(judged("model on samples"))
    assert rates["missed_with_fitting_move"] >= 0.62
    assert rates["missed_with_move_in_time"] >= 0.85
    assert rates["moves_per_100_turns"] <= 20
    assert rates["praises_per_met_moment"] >= 0.5


def test_the_command_prints_the_rates_and_writes_them_down(tmp_path):
    out = tmp_path / "figures.json"
    done = CliRunner().invoke(
        main, ["assist", "evaluate", "--conversations", str(CONVERSATIONS), "--ear", "labels", "--json", str(out)]
    )
    assert done.exit_code == 0, done.output
    found = judged("labels")
    assert f"missed moments with a move that fits: {found.fitting}/{found.missed} = " in done.output
    assert f"moves while nothing was missing: {found.for_nothing}/{found.moves} = " in done.output
    written = json.loads(out.read_text())
    assert written["labels"]["rates"] == figures_of(found)
    assert set(written) == {"labels"}


CUSTOMER = {"i": 0, "t": 0, "role": "customer", "text": "no", "val": -1, "emo": ["anger"], "cues": [], "needs": 1}
AGENT = {"i": 1, "t": 5, "role": "agent", "text": "sorry", "beh": ["apologises"], "neg": [], "emp": 1}


def talk(*turns: dict) -> str:
    return json.dumps({"id": "x", "domain": "telecom", "channel": "chat", "turns": list(turns)})


def evaluate(*asked):
    return CliRunner().invoke(main, ["assist", "evaluate", "--ear", "labels", *map(str, asked)])


@pytest.mark.parametrize(
    "line",
    [
        talk(CUSTOMER | {"val": "x"}),
        talk(CUSTOMER | {"val": 5}),
        talk(CUSTOMER | {"cues": None}),
        talk(CUSTOMER | {"emo": 5}),
        talk(CUSTOMER | {"emo": "anger"}),
        talk(CUSTOMER | {"needs": "yes"}),
        talk(CUSTOMER, AGENT | {"emp": 2}),
        talk(CUSTOMER, AGENT | {"beh": [1]}),
        talk({key: value for key, value in CUSTOMER.items() if key != "text"}),
        '{"a":' * 100_000,
        "null",
        "\ufeff",
    ],
)
def test_both_commands_refuse_the_same_line_by_file_and_number(tmp_path, line):
    file = tmp_path / "talks.jsonl"
    file.write_text(f"{talk(CUSTOMER, AGENT)}\n \n{line}\n", encoding="utf-8")
    for done in (evaluate("--conversations", file), CliRunner().invoke(main, ["evaluate", "--conversations", file])):
        assert (done.exit_code, type(done.exception)) == (1, SystemExit), done.output
        assert f"{file}:3: " in done.stderr


@pytest.mark.parametrize(
    "line", [talk(), talk(CUSTOMER | {"t": 1e18}), talk(CUSTOMER, AGENT | {"i": 0}), talk(CUSTOMER | {"t": None})]
)
def test_what_is_no_conversation_to_hold_is_refused_by_file_and_number(tmp_path, line):
    file = tmp_path / "talks.jsonl"
    file.write_text(f"\n{line}\n")
    done = evaluate("--conversations", file)
    assert (done.exit_code, type(done.exception)) == (1, SystemExit), done.output
    assert f"{file}:2: not a labelled conversation: " in done.stderr


def test_blank_lines_a_byte_order_mark_and_turns_of_the_system_are_fine(tmp_path):
    file = tmp_path / "talks.jsonl"
    music = {"i": 2, "t": 9, "role": "system", "text": "hold music"}
    file.write_text(f"\ufeff{talk(CUSTOMER, AGENT, music)}\n\n \n", encoding="utf-8")
    done = evaluate("--conversations", file)
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("content", [b"", b"\n \n", "\ufeff{}".encode("utf-16-le")])
def test_a_file_without_conversations_is_named(tmp_path, content):
    file = tmp_path / "talks.jsonl"
    file.write_bytes(content)
    done = evaluate("--conversations", file)
    assert (done.exit_code, type(done.exception)) == (1, SystemExit), done.output
    assert str(file) in done.stderr
    assert ("UTF-16" in done.stderr) == content.startswith(b"\xff\xfe")


def test_the_figures_go_neither_over_the_conversations_nor_to_nowhere(tmp_path):
    file = tmp_path / "talks.jsonl"
    file.write_text(talk(CUSTOMER, AGENT))
    for out, what in ((file, "is read by this command"), (tmp_path / "missing" / "x", "No such file or directory")):
        done = evaluate("--conversations", file, "--json", out)
        assert (done.exit_code, type(done.exception)) == (1, SystemExit), done.output
        assert str(out) in done.stderr
        assert what in done.stderr
        assert done.stdout == "", "told before the work is done"
    assert file.read_text() == talk(CUSTOMER, AGENT)


def test_a_fold_that_holds_none_of_the_conversations_is_judged_as_none(tmp_path):
    file = tmp_path / "talks.jsonl"
    file.write_text(talk(CUSTOMER, AGENT))
    done = [evaluate("--conversations", file, "--held-out", fold) for fold in range(FOLDS)]
    assert {each.exit_code for each in done} == {0}


@pytest.mark.parametrize("line", ["no json", "{}", '{"id": "x", "domain": "d", "turns": [{"i": 0}]}'])
def test_a_file_without_labels_is_refused_by_file_and_line(tmp_path, line):
    file = tmp_path / "talks.jsonl"
    file.write_text(line + "\n")
    done = CliRunner().invoke(main, ["assist", "evaluate", "--conversations", str(file)])
    assert done.exit_code == 1
    assert f"{file}:1" in done.output
