"""`warmline train`: from labelled turns to the weights that `models` loads. Needs the extra `[train]`."""

from pathlib import Path

import click

from warmline.models.encoder import OnnxEncoder
from warmline.models.heads import Heard, hear_customer
from warmline.models.manifest import ModelError, load_manifest
from warmline.models.settings import SHIPPED_WEIGHTS, ModelSettings
from warmline.training.calm import calm_examples
from warmline.training.needs import needs_extra
from warmline.training.progress import Progress

DEFAULT_NAME = "warmline-minilm-1.0"
FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
NEW_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command(name="train")
@click.option("--data", required=True, type=FOLDER, help="The folder of the labelled turns.")
@click.option("--out", type=NEW_FOLDER, default=SHIPPED_WEIGHTS, help="Where to; default: the package's weights.")
@click.option("--encoder", type=FOLDER, help="A BERT as sentence-transformers saves it; default: all-MiniLM-L6-v2.")
@click.option("--name", default=DEFAULT_NAME, show_default=True, help="Name and version that every score will carry.")
@click.option("--seed", default=0, show_default=True)
@click.option("--floor/--no-floor", default=True, show_default=True, help="Also fit the TF-IDF peer, for the report.")
def command(data: Path, out: Path, encoder: Path | None, name: str, seed: int, *, floor: bool) -> None:
    """Fit the heads, choose thresholds on held-out conversations, export one int8 graph, and report.

    DATA is a folder with conversations_*.jsonl; real texts that labels refer to are read from the folders beside it.
    """
    with needs_extra():
        from warmline.training.card import write_card  # noqa: PLC0415
        from warmline.training.fit import FitSettings  # noqa: PLC0415
        from warmline.training.parity import parity  # noqa: PLC0415
        from warmline.training.pipeline import prepare, size_mb, train  # noqa: PLC0415
        from warmline.training.report import against_floor, completed, make_report, write_report  # noqa: PLC0415
    progress = Progress()
    try:
        prepared = prepare(data, encoder, seed, progress)
        trained = train(prepared, out, name, FitSettings(), seed, progress)
    except ModelError as fault:
        raise click.ClickException(str(fault)) from fault
    report = make_report(name, prepared.examples, trained.held_out, trained.manifest.confidence_min)
    progress("comparing int8 with float")
    same = parity(prepared, trained.fitted, trained.held_out.temperatures, seed)
    peer = against_floor(prepared.examples, trained.held_out, seed, progress) if floor else {}
    calm = hear_calm(data.parent, ModelSettings(folder=out), seed)
    report = completed(report, peer, same, calm)
    write_report(report, out / "report.json")
    write_card(report, trained.manifest, out / "MODEL_CARD.md", size_mb(out))
    progress(f"macro-F1 on held-out conversations: {report.macro_f1}")


def hear_calm(root: Path, settings: ModelSettings, seed: int) -> list[Heard]:
    """Hear calm turns, which trained nothing, with the weights as written."""
    manifest = load_manifest(settings.path)
    texts = [example.text for example in calm_examples(root, training=False, seed=seed)]
    return [hear_customer(row, manifest) for row in OnnxEncoder(manifest, settings).rows(texts)]
