"""Chooses the thresholds of weights anew, without training: where the rule of choice or the labels have changed.

    python -m warmline.training.choose_again --weights WEIGHTS --data DATA/warmline --name NAME-AND-VERSION

Rewrites `model.json`, and with `report_again` the report and the model card of WEIGHTS; the graph stays as it is, and
its temperatures with it.
"""

from collections.abc import Sequence
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
from warmline.training.held_out import FOLDS, judge
from warmline.training.pipeline import NO_TEMPERATURE, Measured
from warmline.training.progress import Progress
from warmline.training.report_again import measure_again
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
def main(  # the options of the command line
    weights: Path, data: Path, name: str, hold_out: int, seed: int, heads: tuple[str, ...]
) -> None:
    """Choose thresholds and confidences anew on the fold held out, and measure."""
    progress = Progress()
    choose(weights, data, name, hold_out, seed, heads, progress)
    measure_again(weights, data, hold_out, seed, progress)


def choose(  # the options of the command line
    weights: Path, data: Path, name: str, hold_out: int, seed: int, heads: Sequence[str], progress: Progress
) -> None:
    """Choose thresholds and confidences on the fold held out, and write the manifest.

    Args:
        weights: The folder of the weights.
        data: The folder of the labelled turns.
        name: Name and version that every score will carry.
        hold_out: The fold that trained nothing.
        seed: As in the training.
        heads: Only theirs; none for those of all, and the confidences.
        progress: Told what happens.
    """
    settings, manifest = ModelSettings(folder=weights), load_manifest(weights)
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


if __name__ == "__main__":
    main()
