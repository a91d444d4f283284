"""How much the five folds differ by themselves: whether the one the model is measured on is easier than the others.

    python -m warmline.training.folds FOLDER

FOLDER holds the labelled conversations. Each fold is heard by peers that were fitted to the other four: the untuned
encoder and TF-IDF, with a logistic regression a label. Printed is the macro-F1 by head, over labels that occur LEAST
times in each fold, and how far the first fold is from the mean of all five. Five trainings of the model would take a
working day; this takes five minutes, and says whether the fold held out flatters. Nothing that a language model
wrote is used.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from warmline.evaluation.frozen import Encode, learned_peer, sentence_embeddings, tfidf
from warmline.evaluation.peers import embed
from warmline.evaluation.tables import Table, tables
from warmline.training.data import load_examples
from warmline.training.held_out import FOLDS, in_fold
from warmline.training.lessons import Lessons, lessons_of
from warmline.training.metrics import label_score
from warmline.training.progress import Progress

LEAST = 5
"""An F1 over fewer turns is chance."""

CODEBOOK = ("sentiment", "needs", "emotions", "cues", "empathy", "behaviours", "neg")
"""What our own conversations have labels of; see `tables`."""

Row = dict[str, float]
"""Macro-F1 by head."""


def by_fold(lessons: Lessons, encode: Encode, seed: int, progress: Callable[[str], None]) -> list[Row]:
    """Return the macro-F1 of each head in each fold, by a peer that was fitted to the other four.

    Args:
        lessons: The labelled turns.
        encode: Makes the peer's features.
        seed: Of the folds.
        progress: Told what goes on.
    """
    found: list[dict[str, Table]] = []
    for number in range(FOLDS):
        here = in_fold(lessons.groups, number, seed)
        train, test = lessons.picked(np.flatnonzero(~here)), lessons.picked(np.flatnonzero(here))
        progress(f"fold {number}: {len(train):,} turns teach, {len(test):,} measure")
        found.append(tables(test, learned_peer(train, test, encode, seed, lambda _line: None)))
    rows: list[Row] = [{} for _ in found]
    for head in CODEBOOK:
        for row, score in zip(rows, _head([each[head] for each in found if head in each]), strict=False):
            row[head] = score
    return rows


def _head(of_folds: list[Table]) -> list[float]:
    """Return a head's macro-F1 fold by fold, over the labels that occur often enough in all; nothing without such."""
    scores = [
        {label: label_score(table.right[:, n], table.given[:, n]) for n, label in enumerate(table.labels)}
        for table in of_folds
    ]
    counted = [label for label in scores[0] if all(each[label].support >= LEAST for each in scores)] if scores else []
    return [float(np.mean([each[label].f1 for label in counted])) for each in scores] if counted else []


def lines(rows: list[Row]) -> Iterator[str]:
    """Yield a table: a row a fold, their mean and standard deviation, and how far the first is from the mean."""
    heads = list(rows[0])
    yield "| fold | " + " | ".join(heads) + " |"
    yield "| --- |" + " ---: |" * len(heads)
    for number, row in enumerate(rows):
        yield f"| {number} | " + " | ".join(f"{row[head]:.3f}" for head in heads) + " |"
    values = np.array([[row[head] for head in heads] for row in rows])
    mean, spread = values.mean(axis=0), values.std(axis=0, ddof=1)
    yield "| mean | " + " | ".join(f"{each:.3f}" for each in mean) + " |"
    yield "| deviation | " + " | ".join(f"{each:.3f}" for each in spread) + " |"
    yield "| fold 0, less the mean | " + " | ".join(f"{each:+.3f}" for each in values[0] - mean) + " |"


def main(folder: Path) -> None:
    """Print both peers' tables."""
    lessons = lessons_of(load_examples(folder))
    for name, encode in (("Untuned encoder", sentence_embeddings(embed)), ("TF-IDF", tfidf)):
        rows = by_fold(lessons, encode, 0, Progress())
        sys.stdout.write(f"{name} and logistic regression\n\n" + "\n".join(lines(rows)) + "\n\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
