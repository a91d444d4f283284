"""Weights that stand are measured once more: report and card are written anew, peers that were fitted are kept."""

import shutil
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

pytest.importorskip("torch", reason="needs the extra [train]")

from warmline.evaluation.hearing import Heard
from warmline.evaluation.material import given_files, held_out_fold
from warmline.evaluation.peers import IN_FLOATS, unfitted_hear
from warmline.models.layout import WIDTH
from warmline.models.manifest import load_manifest
from warmline.models.settings import SHIPPED_WEIGHTS, ModelSettings
from warmline.recordings.samples import CONVERSATIONS
from warmline.training.data import load_examples
from warmline.training.final_report import Reported, judged_alike, report_and_card
from warmline.training.held_out import judge
from warmline.training.pipeline import Measured
from warmline.training.report import Report
from warmline.training.report_again import main
from warmline.training.selection import logits_of

SILENT = {"sentiment": 0.3, "needs": 0.4, "maia_templated": 0.29}
"""A lexicon's row as it was once written: with figures for heads that it does not have."""


def report_of(weights: Path) -> Report:
    return msgspec.json.decode((weights / "report.json").read_bytes(), type=Report)


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> tuple[Path, Report]:
    """Return weights that were measured again, and their report."""
    root = tmp_path_factory.mktemp("again")
    weights, data = root / "weights", root / "data" / "warmline"
    shutil.copytree(SHIPPED_WEIGHTS, weights)
    data.mkdir(parents=True)
    shutil.copyfile(CONVERSATIONS, data / "conversations_a.jsonl")
    before = msgspec.structs.replace(
        report_of(weights),
        peers={IN_FLOATS: {"cues": 9.0}, "a peer": {"sentiment": 0.6, "maia_sentiment": 0.45}, "afinn": SILENT},
        peers_taught={"authored": 5, "written": 7},
    )
    (weights / "report.json").write_bytes(msgspec.json.encode(before))
    done = CliRunner().invoke(main, ["--weights", str(weights), "--data", str(data)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return weights, report_of(weights)


def test_the_same_weights_in_floats_are_judged_by_what_the_other_half_chose_and_not_by_what_ships(told):
    _, report = told
    assert set(report.peers[IN_FLOATS]) == set(report.heads)
    material = given_files([CONVERSATIONS], None)
    chance = np.random.default_rng(3).random((len(material.lessons), WIDTH)).astype(np.float32)
    shipped = Heard(chance, np.ones(chance.shape, dtype=bool), frozenset({"cues"}))
    alike = judged_alike(shipped, material, 0)
    as_the_model = judge(material.lessons, logits_of(chance), 0)
    assert np.array_equal(alike.given, as_the_model.given)
    assert np.array_equal(alike.probabilities, as_the_model.probabilities)
    assert not alike.given.all()
    assert alike.heads == shipped.heads


def test_peers_that_were_fitted_keep_the_figures_of_the_heads_they_answer(told):
    _, report = told
    assert report.peers["a peer"] == {"sentiment": 0.6}
    assert set(report.peers["afinn"]) == {"sentiment"}
    assert report.peers_taught == {"authored": 5, "written": 7}


def test_the_weights_stay_and_the_card_says_what_peers_were_fitted_to(told):
    weights, report = told
    for name in ("model.onnx", "model.json", "context.npz", "tokenizer.json"):
        assert (weights / name).read_bytes() == (SHIPPED_WEIGHTS / name).read_bytes()
    assert (report.taught, report.parity) == (report_of(SHIPPED_WEIGHTS).taught, report_of(SHIPPED_WEIGHTS).parity)
    assert "fitted to 5 authored, 7 written turns" in (weights / "MODEL_CARD.md").read_text()


def test_a_report_with_peers_says_what_they_were_fitted_to_and_judges_the_weights_in_floats_alike(tmp_path):
    weights, data = tmp_path / "weights", tmp_path / "data" / "warmline"
    shutil.copytree(SHIPPED_WEIGHTS, weights)
    data.mkdir(parents=True)
    shutil.copyfile(CONVERSATIONS, data / "conversations_a.jsonl")
    material, before = held_out_fold(data, 0, 0), report_of(weights)
    settings = ModelSettings(folder=weights)
    manifest = load_manifest(weights)
    heard = dict(unfitted_hear(settings, material, lambda _line: None))[IN_FLOATS]
    measured = Measured(material, judge(material.lessons, logits_of(heard.probabilities), 0))
    asked = Reported(
        data=data, held_out=0, seed=0, taught=before.taught, parity=before.parity, peers=True, written=False
    )
    report_and_card(weights, manifest, measured, asked, lambda _line: None)
    report = report_of(weights)
    same = {head: each.macro_f1 for head, each in report.heads.items()}
    assert report.peers[IN_FLOATS] == same, "what was measured is what the weights in floats say"
    assert set(report.peers["tfidf + lr"]) == set(same)
    taught = Counter(example.source for example in load_examples(data))
    assert report.peers_taught.keys() == taught.keys()
    assert sum(report.peers_taught.values()) == sum(taught.values()) - len(material.examples)
