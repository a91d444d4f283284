"""Weights that stand are taught the public emotions anew; whatever else they hear stays."""

import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

pytest.importorskip("torch", reason="needs the extra [train]")

from tests.unit.training.test_train_command import SAID, collections
from warmline.contracts.labels import GOEMOTIONS
from warmline.contracts.turn import Turn
from warmline.models.context_network import HEARD_WIDTH
from warmline.models.encoder import OnnxEncoder
from warmline.models.manifest import Manifest, load_manifest
from warmline.models.scorer import load_scorer
from warmline.models.settings import SHIPPED_WEIGHTS, ModelSettings
from warmline.training.public_again import main
from warmline.training.report import Report

TEXTS = ["what a lovely day", "where is my order", "this makes me furious", "i am sorry to hear that"]


@pytest.fixture(scope="module")
def taught(tmp_path_factory) -> Path:
    """Return a copy of the weights that ship, taught three emotions by a hundred comments."""
    root = tmp_path_factory.mktemp("public")
    weights, data = root / "weights", collections(root / "data")
    shutil.copytree(SHIPPED_WEIGHTS, weights)
    asked = ["--weights", str(weights), "--data", str(data), "--work", str(root / "work"), "--name", "public-1"]
    done = CliRunner().invoke(main, asked, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return weights


def heard(weights: Path) -> np.ndarray:
    settings = ModelSettings(folder=weights)
    return OnnxEncoder(load_manifest(weights), settings).rows(TEXTS, public=True)


def test_what_was_taught_is_heard_and_no_other_output_moves(taught):
    before, after = heard(SHIPPED_WEIGHTS), heard(taught)
    assert after[:, :HEARD_WIDTH].tobytes() == before[:, :HEARD_WIDTH].tobytes()
    assert not np.array_equal(after[:, HEARD_WIDTH:], before[:, HEARD_WIDTH:])
    places = {name: GOEMOTIONS.index(name) for name in SAID}
    joy, _, anger, _ = after[:, HEARD_WIDTH:]
    assert joy[places["joy"]] > joy[places["anger"]]
    assert anger[places["anger"]] > anger[places["joy"]]


def test_thresholds_of_the_public_emotions_alone_are_chosen_anew(taught):
    def rest(manifest: Manifest) -> Manifest:
        kept = {head: chosen for head, chosen in manifest.thresholds.items() if head != "goemotions"}
        return msgspec.structs.replace(manifest, name="", thresholds=kept)

    before, after = load_manifest(SHIPPED_WEIGHTS), load_manifest(taught)
    assert rest(after) == rest(before)
    assert after.thresholds["goemotions"] != before.thresholds["goemotions"]
    assert after.name == "public-1"


def test_report_and_card_tell_of_it(taught):
    report, shipped = (
        msgspec.json.decode((folder / "report.json").read_bytes(), type=Report) for folder in (taught, SHIPPED_WEIGHTS)
    )
    assert report.model == "public-1"
    assert "goemotions" in report.heads
    assert {name for name in report.parity if report.parity[name] != shipped.parity[name]} <= {"lost_goemotions"}
    assert "# public-1" in (taught / "MODEL_CARD.md").read_text()


def test_such_weights_are_served(taught):
    turn = Turn(
        conversation_id="c", turn_id="1", role="customer", participant_id="p", text="what a lovely day", spoken_at=1
    )
    (score,) = load_scorer(ModelSettings(folder=taught)).score([turn], probabilities=True)
    assert set(score.probabilities["goemotions"]) == set(GOEMOTIONS)
