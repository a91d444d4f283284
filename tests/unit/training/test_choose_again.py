"""Thresholds are chosen anew on weights that stand: the graph is not touched, what is read of it is."""

import shutil

import msgspec
import pytest
from click.testing import CliRunner

pytest.importorskip("torch", reason="needs the extra [train]")

from warmline.models.manifest import load_manifest
from warmline.models.settings import SHIPPED_WEIGHTS
from warmline.recordings.samples import CONVERSATIONS
from warmline.training.choose_again import main
from warmline.training.report import Report


def chosen_again(folder, *options):
    """Return a copy of the weights that ship, with thresholds chosen on the samples."""
    weights, data = folder / "weights", folder / "data" / "warmline"
    shutil.copytree(SHIPPED_WEIGHTS, weights)
    data.mkdir(parents=True)
    shutil.copyfile(CONVERSATIONS, data / "conversations_a.jsonl")
    done = CliRunner().invoke(
        main,
        ["--weights", str(weights), "--data", str(data), "--name", "chosen-1", *options],
        catch_exceptions=False,
    )
    assert done.exit_code == 0, done.output
    return weights


def test_the_thresholds_of_one_head_alone_can_be_chosen(tmp_path):
    weights = chosen_again(tmp_path, "--head", "emotions")
    before, after = load_manifest(SHIPPED_WEIGHTS), load_manifest(weights)
    assert {head for head in before.thresholds if after.thresholds[head] != before.thresholds[head]} == {"emotions"}
    assert after.confidence_min == before.confidence_min


def test_weights_get_thresholds_a_report_and_a_card_and_keep_their_graph(tmp_path):
    weights = chosen_again(tmp_path)
    before, after = load_manifest(SHIPPED_WEIGHTS), load_manifest(weights)
    assert after.name == "chosen-1"
    assert after.thresholds != before.thresholds
    assert {head: set(chosen) for head, chosen in after.thresholds.items() if head != "chat_emotions"} == {
        head: set(chosen) for head, chosen in before.thresholds.items() if head != "chat_emotions"
    }, "the samples hold no chats with emotions of their own scheme"
    assert (weights / "model.onnx").read_bytes() == (SHIPPED_WEIGHTS / "model.onnx").read_bytes()
    report = msgspec.json.decode((weights / "report.json").read_bytes(), type=Report)
    shipped = msgspec.json.decode((SHIPPED_WEIGHTS / "report.json").read_bytes(), type=Report)
    assert (report.model, report.taught, report.parity) == ("chosen-1", shipped.taught, shipped.parity)
    assert report.heads["sentiment"].macro_f1 > 0.5
    assert "# chosen-1" in (weights / "MODEL_CARD.md").read_text()
