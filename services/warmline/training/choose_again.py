"""Chooses the thresholds of weights anew, without training: where the rule of choice or the labels have changed.

    python -m warmline.training.choose_again --weights WEIGHTS --data DATA/warmline --name NAME-AND-VERSION

Rewrites `model.json`, `report.json` and the model card of WEIGHTS; the graph stays as it is, and its temperatures with
it. What was measured against the network in floats is taken from the report that stands there.
"""

from pathlib import Path

import click
import msgspec

from warmline.evaluation.hearing import hear
from warmline.evaluation.material import held_out_fold
from warmline.models.context_network import ContextNetwork
from warmline.models.encoder import OnnxEncoder
from warmline.models.layout import HEADS
from warmline.models.manifest import load_manifest
from warmline.models.settings import ModelSettings
from warmline.training.abstention import confidence_minima
from warmline.training.export import write_manifest
from warmline.training.final_report import Reported, report_and_card
from warmline.training.held_out import FOLDS, judge
from warmline.training.pipeline import NO_TEMPERATURE, Measured
from warmline.training.progress import Progress
from warmline.training.report import Report
from warmline.training.selection import logits_of
from warmline.training.train_command import FOLDER


@click.command()
@click.option("--weights", required=True, type=FOLDER, help="The folder of the weights.")
@click.option("--data", required=True, type=FOLDER, help="The folder of the labelled turns.")
@click.option("--name", required=True, help="Name and version that every score will carry: scores differ from before.")
@click.option("--hold-out", type=click.IntRange(0, FOLDS - 1), default=0, show_default=True, help="As in the training.")
@click.option("--seed", default=0, show_default=True, help="As in the training.")
@click.option(
    "--head",
    "heads",
    multiple=True,
    type=click.Choice([head.name for head in HEADS]),
    help="Only its thresholds; all others, and the confidences, stay as they are. May be given again.",
)
@click.option("--peers/--no-peers", default=True, show_default=True, help="Also fit the peers, for the report.")
def main(  # the options of the command line
    weights: Path, data: Path, name: str, hold_out: int, seed: int, heads: tuple[str, ...], *, peers: bool
) -> None:
    """Choose thresholds and confidences anew on the fold held out, and measure."""
    progress = Progress()
    settings = ModelSettings(folder=weights)
    manifest = load_manifest(weights)
    before = msgspec.json.decode((weights / "report.json").read_bytes(), type=Report)
    material = held_out_fold(data, hold_out, seed)
    progress(f"{len(material.lessons):,} texts of the fold held out")
    heard = hear(OnnxEncoder(manifest, settings), ContextNetwork(weights), manifest, material.lessons)
    measured = Measured(material, judge(material.lessons, logits_of(heard.probabilities), seed, warm=NO_TEMPERATURE))
    own = measured.own
    thresholds, minima = own.thresholds, manifest.confidence_min
    if heads:
        thresholds = manifest.thresholds | {head: own.thresholds[head] for head in heads}
    else:
        minima = confidence_minima(material.examples, own.probabilities, own.thresholds)
    manifest = msgspec.structs.replace(manifest, name=name, thresholds=thresholds, confidence_min=minima)
    write_manifest(weights, manifest)
    rest = Reported(
        data=data,
        held_out=hold_out,
        seed=seed,
        taught=before.taught,
        parity=before.parity,
        peers=peers,
        warm=NO_TEMPERATURE,
    )
    report_and_card(weights, manifest, measured, rest, progress)


if __name__ == "__main__":
    main()
