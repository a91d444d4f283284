"""The last step of whatever makes weights: what they hear is measured beside the peers, and told in report and card."""

from pathlib import Path

from msgspec import Struct

from warmline.evaluation.peers import peers_hear
from warmline.models.context import NOTHING_BEFORE
from warmline.models.context_network import ContextNetwork
from warmline.models.encoder import OnnxEncoder
from warmline.models.heads import Heard, hear_customer
from warmline.models.manifest import Manifest, load_manifest
from warmline.models.settings import ModelSettings
from warmline.training.calm import calm_examples
from warmline.training.card import write_report_and_card
from warmline.training.pipeline import Measured, Progress
from warmline.training.report import make_report


class Reported(Struct, frozen=True, kw_only=True):
    """What a report rests on beside what was measured.

    Attributes:
        data: The folder of the labelled turns; other collections stand beside it.
        held_out: The fold that trained nothing.
        seed: Of everything random.
        taught: How many labelled texts of which source trained.
        parity: int8 against float; see `parity`.
        peers: Whether peers are fitted and heard as well.
        written: Whether those peers also learn what a language model wrote, as the weights did.
    """

    data: Path
    held_out: int
    seed: int
    taught: dict[str, int]
    parity: dict[str, float]
    peers: bool
    written: bool = True


def report_and_card(
    weights: Path, manifest: Manifest, measured: Measured, reported: Reported, progress: Progress
) -> None:
    """Write `report.json` and the model card beside weights that stand."""
    settings, seed, material = ModelSettings(folder=weights), reported.seed, measured.material
    said = {}
    if reported.peers:
        fold, written = reported.held_out, reported.written
        said = dict(peers_hear(settings, reported.data, material, fold, seed, progress, written=written))
    calm = _hear_calm(reported.data.parent, settings, seed)
    report = make_report(manifest, reported.taught, measured, calm=calm, peers=said, parity=reported.parity, seed=seed)
    write_report_and_card(weights, report, manifest)
    progress(f"macro-F1 held out: { {head: each.macro_f1 for head, each in report.heads.items()} }")


def _hear_calm(root: Path, settings: ModelSettings, seed: int) -> list[Heard]:
    """Hear calm turns, which trained nothing, with the weights as written."""
    manifest, context = load_manifest(settings.path), ContextNetwork(settings.path)
    texts = [example.text for example in calm_examples(root, training=False, seed=seed)]
    rows = OnnxEncoder(manifest, settings).rows(texts)
    return [hear_customer(context.outputs(row, NOTHING_BEFORE), manifest) for row in rows]
