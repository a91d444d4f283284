"""A scorer for labelled turns, each heard by heads that never saw its conversation.

The weights that ship were fitted on the labelled turns, and hear those nearly without fault: what is fitted on their
scores, or judged by them, would promise more than live turns keep.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from warmline.models.encoder import Rows
from warmline.models.manifest import Manifest
from warmline.models.scorer import Scorer
from warmline.models.settings import ModelSettings
from warmline.training.abstention import confidence_minima
from warmline.training.fit import FitSettings
from warmline.training.pipeline import Progress, cross_validate, prepare

LANGUAGE = "en"  # of all labelled turns


class HeldOutRows:
    """Outputs by text; one that occurs in several conversations is heard as where it occurs first."""

    def __init__(self, row_of: dict[str, int], probabilities: Rows) -> None:
        self._row_of = row_of
        self._probabilities = probabilities

    def rows(self, texts: Sequence[str]) -> Rows:
        """Return the outputs of each text, in order."""
        return self._probabilities[[self._row_of[text] for text in texts]]


class OneLanguage:
    """Knows the language without looking."""

    def detect(self, _text: str) -> str:
        """Return the language of all labelled turns."""
        return LANGUAGE


def held_out_scorer(data: Path, seed: int, progress: Progress) -> Scorer:
    """Cross-validate the model on a folder of labelled turns, and return what scores just these. Needs `[train]`."""
    prepared = prepare(data, None, seed, progress)
    held_out = cross_validate(prepared, FitSettings(), seed, progress)
    row_of: dict[str, int] = {}
    for row, example in enumerate(prepared.examples):
        row_of.setdefault(example.text, row)
    manifest = Manifest(
        name="held-out",
        layers=prepared.bert.layers,
        pooled=prepared.bert.pooled,
        max_tokens=prepared.bert.max_tokens,
        thresholds=held_out.thresholds,
        confidence_min=confidence_minima(prepared.examples, held_out.probabilities),
    )
    rows = HeldOutRows(row_of, held_out.probabilities.astype(np.float32))
    return Scorer(rows, manifest, ModelSettings(cache_size=0), OneLanguage())
