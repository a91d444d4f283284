"""Measures weights that stand once more, and writes their report and card anew; nothing is trained or fitted.

    python -m warmline.training.report_again --weights WEIGHTS --data DATA/warmline

For when what is read of a graph has changed, or how it is measured: some minutes, where fitting the peers that learn
takes hours. Their figures are taken from the report that stands there, as are those of a lexicon that is not installed,
and what was measured against the network in floats; the weights and `model.json` stay as they are.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import click
import msgspec

from warmline.evaluation import frozen, lexicons
from warmline.evaluation.hearing import Heard, hear
from warmline.evaluation.material import held_out_fold
from warmline.evaluation.peers import IN_FLOATS, unfitted_hear
from warmline.evaluation.tables import tables
from warmline.models.context_network import ContextNetwork
from warmline.models.encoder import OnnxEncoder
from warmline.models.manifest import load_manifest
from warmline.models.settings import ModelSettings
from warmline.training.card import write_report_and_card
from warmline.training.final_report import hear_calm, judged_alike
from warmline.training.held_out import FOLDS, judge
from warmline.training.lessons import Lessons
from warmline.training.pipeline import Measured
from warmline.training.progress import Progress
from warmline.training.report import Peers, Report, make_report, peer_figures
from warmline.training.selection import logits_of
from warmline.training.train_command import FOLDER


@click.command()
@click.option("--weights", required=True, type=FOLDER, help="The folder of the weights.")
@click.option("--data", required=True, type=FOLDER, help="The folder of the labelled turns.")
@click.option("--hold-out", type=click.IntRange(0, FOLDS - 1), default=0, show_default=True, help="As in the training.")
@click.option("--seed", default=0, show_default=True, help="As in the training.")
def main(weights: Path, data: Path, hold_out: int, seed: int) -> None:
    """Measure on the fold held out, and write report.json and the model card of WEIGHTS anew."""
    measure_again(weights, data, hold_out, seed, Progress())


def measure_again(
    weights: Path,
    data: Path,
    hold_out: int,
    seed: int,
    progress: Progress,
    parity: Mapping[str, float] = MappingProxyType({}),
) -> None:
    """Measure weights that stand, and write their report and card anew.

    Args:
        weights: Their folder; what learns, and the network in floats, is taken over from the report there.
        data: The folder of the labelled turns.
        hold_out: The fold that trained nothing.
        seed: As in the training.
        progress: Told what happens.
        parity: What is otherwise now between int8 and floats.
    """
    settings = ModelSettings(folder=weights)
    manifest = load_manifest(weights)
    before = msgspec.json.decode((weights / "report.json").read_bytes(), type=Report)
    material = held_out_fold(data, hold_out, seed)
    lessons = material.lessons
    progress(f"{len(lessons):,} texts of the fold held out")
    heard = hear(OnnxEncoder(manifest, settings), ContextNetwork(weights), manifest, lessons)
    measured = Measured(material, judge(lessons, logits_of(heard.probabilities), seed))
    said = dict(unfitted_hear(settings, material, progress))
    said[IN_FLOATS] = judged_alike(said[IN_FLOATS], material, seed)
    others = {name: row for name, row in before.peers.items() if name not in said}
    kept = {name: _answered(name, row, lessons, heard) for name, row in others.items()}
    report = make_report(
        manifest,
        before.taught,
        measured,
        calm=hear_calm(data.parent, settings, seed),
        peers=Peers(peer_figures(said, lessons, seed) | kept, before.peers_taught),
        parity=before.parity | dict(parity),
        seed=seed,
    )
    write_report_and_card(weights, report, manifest)
    progress(f"macro-F1 held out: { {head: each.macro_f1 for head, each in report.heads.items()} }")


def _answered(name: str, row: dict[str, float], lessons: Lessons, heard: Heard) -> dict[str, float]:
    """Return a peer's figures, without those of heads that such a peer does not answer."""
    heads = lexicons.ANSWERED if name in lexicons.NAMES else frozen.ANSWERED
    asked = tables(lessons, Heard(heard.probabilities, heard.given, heads))
    return {head: figure for head, figure in row.items() if head in asked}


if __name__ == "__main__":
    main()
