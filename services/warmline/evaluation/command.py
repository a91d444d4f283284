"""`warmline evaluate`: how well a model hears, on labelled texts it has not seen."""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
import numpy as np
from msgspec import Struct

from warmline.evaluation.confusions import confusions
from warmline.evaluation.figures import Figures, all_figures, picked
from warmline.evaluation.hearing import Heard, hear
from warmline.evaluation.material import Material, given_files, held_out_fold
from warmline.evaluation.robustness import shifts, table as shift_table, turns_of
from warmline.evaluation.show import by_label, grid
from warmline.evaluation.slices import slices
from warmline.evaluation.tables import Table, tables
from warmline.models.context_network import ContextNetwork
from warmline.models.encoder import OnnxEncoder
from warmline.models.manifest import ModelError, load_manifest
from warmline.models.settings import ModelSettings
from warmline.output_file import output_file
from warmline.training.data import unknown_labels
from warmline.training.held_out import FOLDS
from warmline.training.progress import Progress

if TYPE_CHECKING:
    from warmline.models.scorer import Scorer

FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)

FEW = 10
"""A slice's mean counts labels that at least this many of its texts carry."""

LISTED = 5
"""Confusions listed of each head."""

CHOSE = (
    "A training chooses the thresholds that ship on the fold it holds out, which is measured here: these figures are a "
    "little kind. The model card's are judged with thresholds chosen on other turns."
)
"""Said of a fold, since its figures look like those of turns that nothing was chosen on."""


@click.command(name="evaluate")
@click.option("--data", type=FOLDER, help="The folder of `warmline train`: measures the fold it held out.")
@click.option(
    "--hold-out", type=click.IntRange(0, FOLDS - 1), default=0, show_default=True, help="Which fold that was."
)
@click.option("--conversations", multiple=True, type=FILE, help="Labelled conversations, one a line; repeatable.")
@click.option("--goemotions", type=FILE, help="A file of GoEmotions: text TAB label numbers TAB id.")
@click.option("--weights", type=FOLDER, help="Of `warmline train`; default: those in the package.")
@click.option("--encoder", type=click.Choice(["onnx", "sentence-transformers"]), default="onnx", show_default=True)
@click.option("--peers/--no-peers", default=False, help="Also measure the peers (extra `[train]`; minutes).")
@click.option("--robustness", is_flag=True, help="Also say every turn otherwise, and show how far scores move.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of folds and resampling.")
@click.option("--json", "out", type=click.Path(path_type=Path, dir_okay=False), help="Also write all figures here.")
def command(  # noqa: PLR0913, PLR0917 # the options of the command line
    data: Path | None,
    hold_out: int,
    conversations: tuple[Path, ...],
    goemotions: Path | None,
    weights: Path | None,
    encoder: str,
    seed: int,
    out: Path | None,
    *,
    peers: bool,
    robustness: bool,
) -> None:
    """Print precision, recall, F1 and calibration error of each label, macro-F1 with its interval, slices and peers.

    With --conversations or --goemotions those files are measured; with --data alone, the fold that the weights were not
    trained on, by thresholds that were chosen there. Peers learn from --data, and are measured on the same texts in the
    same run.
    """
    if not data and not conversations and not goemotions:
        raise click.UsageError("give --data, --conversations or --goemotions")
    if peers and not data and conversations:
        raise click.UsageError("the peers that learn need --data to learn from")
    settings = ModelSettings(folder=weights, encoder=encoder)  # type: ignore[arg-type] # click checked the choice
    asked = Asked(data, hold_out, conversations, goemotions, seed, peers, robustness)
    # Opened before minutes of measuring, so that a place that cannot be written to is told now.
    with output_file(out, asked.files) if out else nullcontext() as written:
        document = _measured(asked, settings)
        if written:
            written.write(msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n")


class Asked(Struct, frozen=True):
    """What is to be measured, as the options of the command say it."""

    data: Path | None
    hold_out: int
    conversations: tuple[Path, ...]
    goemotions: Path | None
    seed: int
    peers: bool
    robustness: bool

    @property
    def files(self) -> list[Path]:
        """The files that are measured."""
        return [*self.conversations, *([self.goemotions] if self.goemotions else [])]


def _measured(asked: Asked, settings: ModelSettings) -> dict[str, Any]:
    """Measure, print, and return all figures."""
    progress, seed = Progress(), asked.seed
    try:
        material = _material(asked)
        heard = {"warmline": _model(settings, material)}
    except (ModelError, ValueError) as fault:
        raise click.ClickException(str(fault)) from fault
    ignored = unknown_labels(material.examples)
    if ignored:
        named = ", ".join(f"{label} ({count:,})" for label, count in ignored.most_common())
        progress(f"the codebook names no such label, so they are not measured: {named}")
    if asked.peers:
        held_out = None if asked.conversations else asked.hold_out
        heard |= dict(_peers(settings, asked.data, material, held_out, seed, progress))
    results = {
        name: all_figures(tables(material.lessons, each), material.lessons, 1, seed) for name, each in heard.items()
    }
    sliced = _slices(tables(material.lessons, heard["warmline"]), material, seed)
    if not asked.files:
        click.echo(CHOSE + "\n")
    _print(results, sliced, tables(material.lessons, heard["warmline"]))
    moved = shifts(_scorer(settings), turns_of(material.examples), seed) if asked.robustness else []
    if moved:
        click.echo("\n" + shift_table(moved))
    return {"models": results, "slices": sliced, "robustness": moved}


def _material(asked: Asked) -> Material:
    if asked.data is not None and not asked.files:
        return held_out_fold(asked.data, asked.hold_out, asked.seed)
    return given_files(asked.conversations, asked.goemotions)


def _model(settings: ModelSettings, material: Material) -> Heard:
    manifest = load_manifest(settings.path)
    encoder: Any = OnnxEncoder(manifest, settings)
    if settings.encoder == "sentence-transformers":
        from warmline.models.sentence_encoder import SentenceEncoder  # noqa: PLC0415 # needs the extra `[train]`

        encoder = SentenceEncoder(manifest, settings)
    return hear(encoder, ContextNetwork(settings.path), manifest, material.lessons)


def _scorer(settings: ModelSettings) -> "Scorer":
    from warmline.models.scorer import load_scorer  # noqa: PLC0415 # slow to load, and not always asked for

    return load_scorer(settings)


def _peers(  # what they learn from and what they are measured on
    settings: ModelSettings,
    data: Path | None,
    material: Material,
    hold_out: int | None,
    seed: int,
    progress: Progress,
) -> Iterator[tuple[str, Heard]]:
    from warmline.evaluation.peers import peers_hear  # noqa: PLC0415 # needs the extra `[train]`

    yield from peers_hear(settings, data, material, hold_out, seed, progress)


def _slices(found: Mapping[str, Table], material: Material, seed: int) -> dict[str, dict[str, Figures]]:
    cut: dict[str, dict[str, Figures]] = {}
    for name, mask in slices(material.examples, len(material.lessons)).items():
        parts = {head: picked(table, mask) for head, table in found.items() if np.any(mask[table.rows])}
        cut[name] = all_figures(parts, material.lessons, FEW, seed)
    return cut


def _print(
    results: dict[str, dict[str, Figures]], sliced: dict[str, dict[str, Figures]], found: Mapping[str, Table]
) -> None:
    for name, each in results["warmline"].items():
        click.echo(by_label(name, each) + "\n")
    click.echo(grid("macro-F1 by slice (labels that ten texts of it carry)", sliced) + "\n")
    click.echo(grid("macro-F1 beside the peers", results) + "\n")
    click.echo("the worst confusions")
    for name, table in found.items():
        for line in confusions(name, table, LISTED):
            click.echo(f"    {line}")
