"""The training report: every figure the model card quotes, as JSON."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from warmline.evaluation.figures import Figures, all_figures, picked
from warmline.evaluation.hearing import Heard as HeardTexts
from warmline.evaluation.slices import slices
from warmline.evaluation.tables import tables
from warmline.models.heads import VALENCES, Heard
from warmline.models.layout import COLUMNS, FEELING
from warmline.models.manifest import Manifest
from warmline.training.abstention import PRECISION, confidences
from warmline.training.data import CUSTOMER, Example
from warmline.training.held_out import HeldOut
from warmline.training.lessons import Lessons
from warmline.training.pipeline import Measured
from warmline.training.targets import Floats

ALARMING = 0.45
"""The distress from which the default policy counts a turn as one in distress."""

FEW = 10
"""A slice's mean counts labels that at least this many of its texts carry."""


class Peers(Struct, frozen=True):
    """What is known of the peers.

    Attributes:
        macro_f1: By peer and head, on the same turns; of a head that a peer does not answer there is none.
        taught: How many labelled texts of which source those that learn were fitted to.
    """

    macro_f1: dict[str, dict[str, float]] = {}
    taught: dict[str, int] = {}


class Report(Struct, frozen=True, kw_only=True):
    """What was measured, on the fold held out, through the int8 graph; thresholds never chosen on what they judge.

    Attributes:
        model: Name and version.
        taught: Labelled texts that trained, by source.
        heads: Figures of each head.
        slices: Figures by source, channel, style and role.
        valence_correlation: Pearson's r of valence and label over customers.
        abstention: Share abstained for low confidence, and the rate of right answers before and after; by the
            thresholds that ship, which are chosen on these turns, since they say which answers are given.
        false_alarms: Share of calm turns (see `calm`; none that was taught in the same words) heard as negative, as
            needing empathy, and at a distress of 0.45 or more. Empty where there are none.
        peers: Macro-F1 by peer and head on the same turns, of the heads that a peer answers; empty if not asked for.
            The same weights in floats are judged as `heads` is.
        parity: int8 against torch in floats, and bytes; see `parity`.
        peers_taught: How many labelled texts of which source the peers that learn were fitted to.
    """

    model: str
    taught: dict[str, int]
    heads: dict[str, Figures]
    slices: dict[str, dict[str, Figures]]
    valence_correlation: float
    abstention: dict[str, dict[str, float]]
    false_alarms: dict[str, float]
    peers: dict[str, dict[str, float]]
    parity: dict[str, float]
    peers_taught: dict[str, int] = {}


def make_report(  # everything that was measured
    manifest: Manifest,
    taught: dict[str, int],
    measured: Measured,
    *,
    calm: Sequence[Heard],
    peers: Peers,
    parity: dict[str, float],
    seed: int,
) -> Report:
    """Put the report together.

    Args:
        manifest: Of the weights as written.
        taught: How many labelled texts of which source trained.
        measured: What was held out.
        calm: Calm turns as heard.
        peers: What is known of the peers.
        parity: int8 against float.
        seed: Of the resampling.
    """
    material, held_out = measured.material, measured.held_out
    lessons = material.lessons
    found = tables(lessons, HeardTexts(held_out.probabilities, held_out.given))
    cut = slices(material.examples, len(lessons))
    parts = {name: {head: picked(table, mask) for head, table in found.items()} for name, mask in cut.items()}
    return Report(
        model=manifest.name,
        taught=taught,
        heads=all_figures(found, lessons, 1, seed),
        slices={name: all_figures(part, lessons, FEW, seed) for name, part in parts.items()},
        valence_correlation=_correlation(material.examples, measured.own.probabilities),
        abstention=_abstention(material.examples, measured.own, manifest),
        false_alarms=false_alarms(calm),
        peers=peers.macro_f1,
        parity=parity,
        peers_taught=peers.taught,
    )


def peer_figures(said: Mapping[str, HeardTexts], lessons: Lessons, seed: int) -> dict[str, dict[str, float]]:
    """Return the macro-F1 of each peer by head.

    Args:
        said: What each peer says about the texts.
        lessons: The texts.
        seed: Of the resampling.
    """
    return {
        name: {head: each.macro_f1 for head, each in all_figures(tables(lessons, heard), lessons, 1, seed).items()}
        for name, heard in said.items()
    }


def false_alarms(calm: Sequence[Heard]) -> dict[str, float]:
    """Return how often calm turns are heard as anything else."""
    if not calm:
        return {}
    return {
        "turns": len(calm),
        "negative": round(sum(heard.sentiment == "negative" for heard in calm) / len(calm), 4),
        "needs_empathy": round(sum(heard.needs_empathy for heard in calm) / len(calm), 4),
        "distress": round(sum(heard.distress >= ALARMING for heard in calm) / len(calm), 4),
    }


def write_report(report: Report, path: Path) -> None:
    """Write the report."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")


def _correlation(examples: Sequence[Example], probabilities: Floats) -> float:
    customers = np.array([example.role == CUSTOMER for example in examples], dtype=bool)
    values = np.array([example.val / 2 for example in examples])
    heard = probabilities[customers][:, COLUMNS[FEELING.name]] @ VALENCES
    return round(float(np.corrcoef(heard, values[customers])[0, 1]), 4)


def _abstention(examples: Sequence[Example], held_out: HeldOut, manifest: Manifest) -> dict[str, dict[str, float]]:
    measured, minima = {}, manifest.confidence_min
    for family, (confidence, correct) in confidences(examples, held_out.probabilities, manifest.thresholds).items():
        kept = confidence >= minima[family]
        measured[family] = {
            "confidence_min": minima[family],
            "aim": PRECISION,
            "abstained": round(float(1 - kept.mean()), 4),
            "right_of_all": round(float(correct.mean()), 4),
            "right_of_kept": round(float(correct[kept].mean()), 4),
            "right_of_abstained": round(float(correct[~kept].mean()), 4) if not kept.all() else 0.0,
        }
    return measured
