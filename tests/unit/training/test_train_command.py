"""`warmline train` from nothing to weights that score, on the forty conversations that ship: about a minute."""

import json
import random
import shutil
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

pytest.importorskip("torch", reason="needs the extra [train]")

from warmline.cli import main
from warmline.contracts.labels import GOEMOTIONS
from warmline.models.manifest import load_manifest
from warmline.recordings.samples import CONVERSATIONS
from warmline.training.report import Report

SAID = {"joy": "what a lovely day", "anger": "this makes me furious", "sadness": "i miss her so much"}
COMMENTS = 120


def collections(root: Path) -> Path:
    """Lay out what a training reads: labelled conversations, and a public collection beside them."""
    chance = random.Random(0)
    data, public = root / "warmline", root / "goemotions"
    data.mkdir(parents=True)
    shutil.copyfile(CONVERSATIONS, data / "conversations_a.jsonl")
    public.mkdir()
    (public / "LICENSE-NOTE.txt").write_text("Apache-2.0")
    for split in ("train", "dev"):
        names = [chance.choice(list(SAID)) for _ in range(COMMENTS)]
        rows = [f"{SAID[name]} {split} {place}\t{GOEMOTIONS.index(name)}\tid" for place, name in enumerate(names)]
        (public / f"{split}.tsv").write_text("\n".join(rows))
    return data


def train(data: Path, root: Path, *more: str) -> Result:
    asked = ["--data", str(data), "--out", str(root / "weights"), "--work", str(root / "work"), "--name", "tiny-1"]
    return CliRunner().invoke(main, ["train", *asked, "--no-written", "--no-peers", *more])


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> tuple[Path, Path, Result]:
    root = tmp_path_factory.mktemp("train")
    data = collections(root / "data")
    return data, root, train(data, root)


def test_weights_come_out_that_score_and_are_told_of(trained):
    data, root, done = trained
    assert done.exit_code == 0, done.output
    weights = root / "weights"
    assert load_manifest(weights).name == "tiny-1"
    report = msgspec.json.decode((weights / "report.json").read_bytes(), type=Report)
    assert report.model == "tiny-1"
    assert sum(report.taught.values()) > report.parity["texts"] - COMMENTS, "four folds teach, one is heard"
    assert report.heads["sentiment"].macro_f1 > 0.2, "far better than one class for all, after a minute"
    assert report.parity["labels_alike"] > 0.98
    assert report.parity["batch_mates_largest_difference"] == 0
    assert "# tiny-1" in (weights / "MODEL_CARD.md").read_text()
    out = root / "figures.json"
    asked = ["--data", str(data), "--weights", str(weights), "--json", str(out)]
    assert CliRunner().invoke(main, ["evaluate", *asked]).exit_code == 0
    heard = json.loads(out.read_text())["models"]["warmline"]
    assert heard["sentiment"]["texts"] == report.heads["sentiment"].texts, "the same fold is held out"


def test_a_training_that_was_stopped_goes_on_and_makes_the_same_weights(trained):
    data, root, _ = trained
    before = (root / "weights" / "model.onnx").read_bytes()
    (root / "work" / "third-0-1.pt").unlink()
    done = train(data, root)
    assert done.exit_code == 0, done.output
    assert "resumed at step" in done.output
    assert (root / "weights" / "model.onnx").read_bytes() == before


def test_a_folder_without_labelled_turns_is_refused_with_advice(tmp_path):
    (tmp_path / "nothing").mkdir()
    done = train(tmp_path / "nothing", tmp_path)
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), done.exception
    assert "conversations_" in done.output


def test_without_any_public_collection_training_says_which_it_needs(tmp_path):
    data = tmp_path / "data" / "warmline"
    data.mkdir(parents=True)
    shutil.copyfile(CONVERSATIONS, data / "conversations_a.jsonl")
    done = train(data, tmp_path)
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), done.exception
    assert "public collections" in done.output
