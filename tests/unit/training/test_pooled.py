"""Five folds as one measure: every labelled turn is heard once, by the weights given for its fold."""

import re
import shutil

import pytest
from click.testing import CliRunner

pytest.importorskip("torch", reason="needs the extra [train]")

from warmline.models.settings import SHIPPED_WEIGHTS
from warmline.recordings.samples import CONVERSATIONS
from warmline.training.data import load_examples
from warmline.training.held_out import FOLDS
from warmline.training.pooled import fold_heard, main


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data" / "warmline"
    folder.mkdir(parents=True)
    shutil.copyfile(CONVERSATIONS, folder / "conversations_a.jsonl")
    return folder


def test_every_labelled_turn_is_heard_in_one_fold(data):
    heard = [fold_heard(data, number, SHIPPED_WEIGHTS, 0)[0] for number in range(FOLDS)]
    assert all(len(lessons) for lessons in heard)
    texts = sorted(text for lessons in heard for text in lessons.texts)
    assert texts == sorted(example.text for example in load_examples(data))


def test_the_heads_are_measured_with_their_intervals(data):
    asked = ["--data", str(data), "--no-peers", *(["--weights", str(SHIPPED_WEIGHTS)] * FOLDS)]
    done = CliRunner().invoke(main, asked, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    said = re.search(r"warmline: sentiment (\S+) \[(\S+), (\S+)\], needs", done.output)
    assert said is not None, done.output
    middle, low, high = map(float, said.groups())
    assert 0.5 < low < middle < high < 1
    assert "maia" not in done.output, "no chats are at hand"


def test_weights_of_fewer_folds_are_refused(data):
    done = CliRunner().invoke(main, ["--data", str(data), "--weights", str(SHIPPED_WEIGHTS)])
    assert done.exit_code == 2
    assert "give --weights 5 times" in done.output
