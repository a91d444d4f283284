"""Weights that are damaged, or not of one folder: told by the file and by what is wrong, before any turn is scored."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from warmline.cli import main
from warmline.models.encoder import ASKED, PUBLIC
from warmline.models.layout import TURN_WIDTH
from warmline.models.manifest import ModelError, load_manifest
from warmline.models.scorer import load_scorer
from warmline.models.settings import SHIPPED_WEIGHTS, ModelSettings

TURN = {
    "conversation_id": "c", "turn_id": "1", "role": "customer", "participant_id": "p", "text": "hi", "spoken_at": 0,
}  # fmt: skip


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    for name in ("model.json", "model.onnx", "tokenizer.json", "context.npz"):
        shutil.copyfile(SHIPPED_WEIGHTS / name, folder / name)
    return folder


def load(weights: Path) -> None:
    load_scorer(ModelSettings(folder=weights))


def changed(weights: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = weights / "model.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def context(weights: Path, **arrays: np.ndarray | None) -> None:
    with np.load(weights / "context.npz") as archive:
        kept = {name: archive[name] for name in archive.files} | arrays
    np.savez(weights / "context.npz", **{name: array for name, array in kept.items() if array is not None})


def test_the_weights_as_they_ship_load(weights: Path):
    load(weights)


@pytest.mark.parametrize("name", ["model.json", "model.onnx", "tokenizer.json", "context.npz"])
@pytest.mark.parametrize("damage", ["missing", "a folder", "empty", "cut in half", "other bytes"])
def test_a_damaged_file_is_named(weights: Path, name: str, damage: str):
    path = weights / name
    whole = path.read_bytes()
    path.unlink()
    if damage == "a folder":
        path.mkdir()
    elif damage != "missing":
        path.write_bytes({"empty": b"", "cut in half": whole[: len(whole) // 2], "other bytes": b"hello"}[damage])
    with pytest.raises(ModelError) as refused:
        load(weights)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_graph_of_before_the_public_emotions_had_a_layer_is_told_from_a_damaged_one(weights: Path):
    pytest.importorskip("onnx", reason="needs the extra [train]")
    from warmline.training.onnx_writer import without_branch  # noqa: PLC0415 # only there

    graph = weights / "model.onnx"
    graph.write_bytes(without_branch(graph.read_bytes(), asked=ASKED, name=PUBLIC))
    with pytest.raises(ModelError, match="gives no `public_emotions`: it is of another version"):
        load(weights)


def test_the_command_says_it_in_one_line_and_leaves_an_older_file_alone(weights: Path, tmp_path: Path):
    (weights / "model.onnx").write_bytes(b"")
    out = tmp_path / "scores.jsonl"
    out.write_text("of yesterday\n")
    done = CliRunner().invoke(
        main, ["score", "-", "--weights", str(weights), "--out", str(out)], input=json.dumps(TURN) + "\n"
    )
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), done.exception
    (line,) = done.stderr.splitlines()
    assert str(weights / "model.onnx") in line
    assert out.read_text() == "of yesterday\n"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda told: told["thresholds"].pop("cues"), "`thresholds` has no `cues`"),
        (lambda told: told["thresholds"]["emotions"].pop("joy"), "`thresholds.emotions` has no `joy`"),
        (lambda told: told["thresholds"]["empathy"].pop("neutral"), "`thresholds.empathy` has no `neutral`"),
        (lambda told: told["thresholds"]["cues"].update(unresolved=1.01), "thresholds.cues.unresolved"),
        (lambda told: told["thresholds"]["cues"].update(unresolved=-0.01), "thresholds.cues.unresolved"),
        (lambda told: told["thresholds"]["empathy"].update(neutral=0), "must be above 0"),
        (lambda told: told["confidence_min"].pop("answering"), "`confidence_min` has no `answering`"),
        (lambda told: told["confidence_min"].update(customer=1.5), "$.confidence_min"),
        (lambda told: told.update(max_tokens=0), "$.max_tokens"),
        (lambda told: told.update(max_tokens=10**9), "$.max_tokens"),
        (lambda told: told.update(name=""), "$.name"),
        (lambda told: told.update(languages=[]), "$.languages"),
        (lambda told: told.update(languages=[""]), "$.languages"),
    ],
)
def test_a_manifest_that_no_score_could_be_made_with_is_refused(
    weights: Path, change: Callable[[dict[str, Any]], object], what: str
):
    changed(weights, change)
    with pytest.raises(ModelError) as refused:
        load_manifest(weights)
    assert str(weights / "model.json") in str(refused.value)
    assert what in str(refused.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.pop("languages"),
        lambda told: told["thresholds"].pop("empathy"),
        lambda told: told["thresholds"].pop("chat_emotions"),
        lambda told: told["thresholds"].update(empathy={"empathetic": 3.0, "neutral": 3.0, "unhelpful": 3.0}),
        lambda told: told["thresholds"]["cues"].update(unresolved=0, vulnerable=1),
        lambda told: told.update(made_by="a later version"),
    ],
    ids=["no languages", "no empathy", "no chat emotions", "divisors above 1", "0 and 1", "a field of later"],
)
def test_what_older_and_later_weights_say_and_leave_out_is_fine(
    weights: Path, change: Callable[[dict[str, Any]], object]
):
    changed(weights, change)
    load_manifest(weights)


def test_json_that_is_nested_without_end_is_no_manifest(weights: Path):
    (weights / "model.json").write_text('{"a":' * 100_000)
    with pytest.raises(ModelError, match=r"model\.json"):
        load(weights)


def test_more_tokens_than_the_graph_has_places_for_are_refused(weights: Path):
    changed(weights, lambda told: told.update(max_tokens=400))
    with pytest.raises(ModelError, match=r"model\.onnx: cannot hear a text of 400 tokens"):
        load(weights)


@pytest.mark.parametrize(
    ("arrays", "what"),
    [
        ({"direct": None}, "has no array `direct`"),
        ({"first": np.zeros((3, 128), np.float32)}, "array `first` is"),
        ({"second_bias": np.zeros(TURN_WIDTH - 1, np.float32)}, "array `second_bias` is"),
        ({"second_bias": np.full(TURN_WIDTH, np.nan, np.float32)}, "array `second_bias` holds what is no number"),
        ({"second_bias": np.array(["0"] * TURN_WIDTH)}, "array `second_bias` holds what is no number"),
        ({"first_bias": np.float32(1)}, "array `first` is"),
    ],
)
def test_a_context_of_other_weights_is_refused(weights: Path, arrays: dict[str, np.ndarray | None], what: str):
    context(weights, **arrays)
    with pytest.raises(ModelError) as refused:
        load(weights)
    assert str(weights / "context.npz") in str(refused.value)
    assert what in str(refused.value)
