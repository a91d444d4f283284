"""The training report: every figure the model card quotes, as JSON."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from warmline.models.heads import Heard, distress
from warmline.models.layout import COLUMNS, FEELING, NEEDS
from warmline.training.abstention import PRECISION, confidences
from warmline.training.crossfit import HeldOut, folds
from warmline.training.data import CUSTOMER, Example
from warmline.training.floor import floor_predictions
from warmline.training.metrics import calibration_error
from warmline.training.summary import HeadScores, by_head, macro
from warmline.training.targets import Floats, Mask, targets

ALARMING = 0.45
"""The distress from which the default policy counts a turn as one in distress."""

FEW = 10
"""A source's macro-F1 counts labels that at least this many of its turns carry."""


class Report(Struct, frozen=True, kw_only=True):
    """What was measured. All on held-out turns; thresholds never chosen on the fold they are used on.

    Attributes:
        model: Name and version.
        turns: Labelled turns by source.
        macro_f1: By head, all folds.
        by_source: The same by source, over labels with at least ten turns.
        labels: Precision, recall, F1 and support of each label of each head.
        calibration_error: Expected calibration error of need, of negative feeling and of distress against need.
        valence_correlation: Pearson's r of valence and label over customers.
        abstention: Share abstained for low confidence, and the rate of right answers before and after.
        false_alarms: Share of calm turns (see `calm`; conversations that trained nothing) heard as negative, as needing
            empathy, and at a distress of 0.45 or more. Empty where there are none.
        against_floor: Macro-F1 of the model and of TF-IDF on one and the same held-out fold; empty if not asked for.
        parity: int8 against float, and bytes; see `parity`.
    """

    model: str
    turns: dict[str, int]
    macro_f1: dict[str, float]
    by_source: dict[str, dict[str, float]]
    labels: HeadScores
    calibration_error: dict[str, float]
    valence_correlation: float
    abstention: dict[str, dict[str, float]]
    false_alarms: dict[str, float] = {}
    against_floor: dict[str, dict[str, float]] = {}
    parity: dict[str, float] = {}


def make_report(model: str, examples: Sequence[Example], held_out: HeldOut, minima: dict[str, float]) -> Report:
    """Measure held-out predictions."""
    labels = _heads(examples, held_out, np.ones(len(examples), dtype=bool))
    sources = np.array([example.source for example in examples])
    customers = np.array([example.role == CUSTOMER for example in examples], dtype=bool)
    probabilities = held_out.probabilities
    feeling, need = probabilities[:, COLUMNS[FEELING.name]], probabilities[:, COLUMNS[NEEDS.name].start]
    needs = np.array([example.needs for example in examples])
    feels_bad = np.array([example.val < 0 for example in examples])
    strengths = np.array([distress(float(n), f) for n, f in zip(need, feeling, strict=True)])
    values = np.array([example.val / 2 for example in examples])
    return Report(
        model=model,
        turns={str(name): int((sources == name).sum()) for name in np.unique(sources)},
        macro_f1=macro(labels),
        by_source={str(name): macro(_heads(examples, held_out, sources == name), FEW) for name in np.unique(sources)},
        labels=labels,
        calibration_error={
            "needs_empathy": calibration_error(need[customers], needs[customers]),
            "negative_feeling": calibration_error(feeling[customers, :2].sum(axis=1), feels_bad[customers]),
            "distress_as_need": calibration_error(strengths[customers], needs[customers]),
        },
        valence_correlation=round(float(np.corrcoef(feeling[customers] @ VALENCE, values[customers])[0, 1]), 4),
        abstention=_abstention(examples, probabilities, minima),
    )


def against_floor(
    examples: Sequence[Example], held_out: HeldOut, seed: int, progress: Callable[[str], None]
) -> dict[str, dict[str, float]]:
    """Compare with TF-IDF on fold 0.

    Both are fitted on folds 1 to 4. The peer's thresholds come from a fit to folds 2 to 4 and its errors on fold 1, the
    model's from the held-out predictions of folds 1 to 4.
    """
    fold = folds(examples, seed)
    train, choose, test = (_some(examples, rows) for rows in (fold > 1, fold == 1, fold == 0))
    probabilities, given = floor_predictions(train, choose, test, progress)
    return {
        "model": macro(_heads(examples, held_out, fold == 0)),
        "tfidf": macro(by_head(test, targets(test), probabilities, given)),
    }


def completed(
    report: Report, peer: dict[str, dict[str, float]], same: dict[str, float], calm: Sequence[Heard]
) -> Report:
    """Add the comparison with the peer, the parity, and how calm turns were heard."""
    return msgspec.structs.replace(report, against_floor=peer, parity=same, false_alarms=false_alarms(calm))


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


VALENCE = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])


def _heads(examples: Sequence[Example], held_out: HeldOut, rows: Mask) -> HeadScores:
    some = _some(examples, rows)
    return by_head(some, targets(some), held_out.probabilities[rows], held_out.given[rows])


def _some(examples: Sequence[Example], rows: Mask) -> list[Example]:
    return [examples[index] for index in np.flatnonzero(rows).tolist()]


def _abstention(
    examples: Sequence[Example], probabilities: Floats, minima: dict[str, float]
) -> dict[str, dict[str, float]]:
    measured = {}
    for family, (confidence, correct) in confidences(examples, probabilities).items():
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
