"""The last step of whatever makes weights: what they hear is measured beside the peers, and told in report and card."""

from collections import Counter
from pathlib import Path

from msgspec import Struct

from warmline.evaluation.hearing import Heard as HeardTexts
from warmline.evaluation.material import Material
from warmline.evaluation.peers import IN_FLOATS, peer_examples, peers_hear
from warmline.models.context import NOTHING_BEFORE
from warmline.models.context_network import ContextNetwork
from warmline.models.encoder import OnnxEncoder
from warmline.models.heads import Heard, hear_customer
from warmline.models.manifest import Manifest, load_manifest
from warmline.models.settings import ModelSettings
from warmline.training.calm import calm_examples
from warmline.training.card import write_report_and_card
from warmline.training.held_out import judge
from warmline.training.pipeline import Measured, Progress
from warmline.training.report import Peers, make_report, peer_figures
from warmline.training.selection import logits_of


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
    settings, seed = ModelSettings(folder=weights), reported.seed
    peers = _peers(settings, measured.material, reported, progress) if reported.peers else Peers()
    calm = hear_calm(reported.data.parent, settings, seed)
    report = make_report(manifest, reported.taught, measured, calm=calm, peers=peers, parity=reported.parity, seed=seed)
    write_report_and_card(weights, report, manifest)
    progress(f"macro-F1 held out: { {head: each.macro_f1 for head, each in report.heads.items()} }")


def _peers(settings: ModelSettings, material: Material, reported: Reported, progress: Progress) -> Peers:
    data, fold, seed, written = reported.data, reported.held_out, reported.seed, reported.written
    said = dict(peers_hear(settings, data, material, fold, seed, progress, written=written))
    said[IN_FLOATS] = judged_alike(said[IN_FLOATS], material, seed)
    taught = Counter(example.source for example in peer_examples(data, fold, seed, written=written))
    return Peers(peer_figures(said, material.lessons, seed), dict(sorted(taught.items())))


def judged_alike(heard: HeardTexts, material: Material, seed: int) -> HeardTexts:
    """Judge another hearing of the same weights as the report judges them: no half's labels choose for that half.

    The thresholds that ship were chosen on these very turns. Beside figures that profit from nothing they would make
    the same weights look better for being served otherwise.

    Args:
        heard: What was heard, with whatever thresholds.
        material: What was held out.
        seed: Of the halves, and of the draws.
    """
    held_out = judge(material.lessons, logits_of(heard.probabilities), seed)
    return HeardTexts(held_out.probabilities, held_out.given, heard.heads)


def hear_calm(root: Path, settings: ModelSettings, seed: int) -> list[Heard]:
    """Hear calm turns, none of which was taught in the same words, with the weights as written."""
    manifest, context = load_manifest(settings.path), ContextNetwork(settings.path)
    texts = [example.text for example in calm_examples(root, training=False, seed=seed)]
    rows = OnnxEncoder(manifest, settings).rows(texts)
    return [hear_customer(context.outputs(row, NOTHING_BEFORE), manifest) for row in rows]
