"""All labelled conversations, each heard by a model that learned from none of its fold: the five folds as one measure.

    python -m warmline.training.pooled --data DATA/warmline --weights FOLD-0 ... --weights FOLD-4

FOLD-N is what `warmline train --hold-out N` made. Thresholds used on one half of a fold were chosen on its other half.
Printed is the macro-F1 of each head over labels that LEAST turns of all five folds carry, with its interval, beside
peers that were fitted to the labelled turns of the other four folds each.
"""

from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from warmline.evaluation.figures import all_figures
from warmline.evaluation.frozen import learned_peer, sentence_embeddings, tfidf
from warmline.evaluation.hearing import Heard, hear
from warmline.evaluation.material import held_out_fold
from warmline.evaluation.peers import embed
from warmline.evaluation.tables import tables
from warmline.models.context_network import ContextNetwork
from warmline.models.encoder import OnnxEncoder
from warmline.models.layout import COLUMNS, GOEMOTION
from warmline.models.manifest import load_manifest
from warmline.models.settings import ModelSettings
from warmline.training.data import load_examples
from warmline.training.held_out import FOLDS, in_fold, judge
from warmline.training.lessons import Lessons, all_lessons, lessons_of
from warmline.training.progress import Progress
from warmline.training.selection import logits_of
from warmline.training.train_command import FOLDER

LEAST = 30
"""Turns of all folds that a label has to be carried by to count."""

HEADS = ("sentiment", "needs", "emotions", "cues", "empathy", "behaviours", "neg", "maia_sentiment", "maia_templated")
"""What has folds; GoEmotions has a split of its own."""


@click.command()
@click.option("--data", required=True, type=FOLDER, help="The folder of the labelled turns.")
@click.option("--weights", required=True, multiple=True, type=FOLDER, help="Of each fold, in their order.")
@click.option("--seed", default=0, show_default=True, help="As in the trainings.")
@click.option("--peers/--no-peers", default=True, show_default=True, help="Also fit the peers.")
def main(data: Path, weights: tuple[Path, ...], seed: int, *, peers: bool) -> None:
    """Measure five trainings as one."""
    if len(weights) != FOLDS:
        raise click.UsageError(f"give --weights {FOLDS} times, of folds 0 to {FOLDS - 1}")
    progress = Progress()
    said = {"warmline": _pooled([fold_heard(data, number, folder, seed) for number, folder in enumerate(weights)])}
    progress("the weights are heard")
    if peers:
        lessons = lessons_of(load_examples(data))
        for name, encode in (("frozen minilm + lr", sentence_embeddings(embed)), ("tfidf + lr", tfidf)):
            parts = []
            for number in range(FOLDS):
                here = in_fold(lessons.groups, number, seed)
                train, test = lessons.picked(np.flatnonzero(~here)), lessons.picked(np.flatnonzero(here))
                parts.append((test, learned_peer(train, test, encode, seed, lambda _line: None)))
            said[name] = _pooled(parts)
            progress(f"{name} is heard")
    for name, (texts, heard) in said.items():
        found = all_figures(tables(texts, heard), texts, LEAST, seed)
        row = [
            f"{head} {found[head].macro_f1:.3f} [{found[head].low:.3f}, {found[head].high:.3f}]"
            for head in HEADS
            if head in found
        ]
        click.echo(f"{name}: " + ", ".join(row))


def fold_heard(data: Path, number: int, weights: Path, seed: int) -> tuple[Lessons, Heard]:
    """Hear a fold with the weights that it did not teach; its public comments are left out."""
    lessons = held_out_fold(data, number, seed).lessons
    lessons = lessons.picked(np.flatnonzero(~lessons.asked[:, COLUMNS[GOEMOTION.name].start].astype(bool)))
    manifest, settings = load_manifest(weights), ModelSettings(folder=weights)
    heard = hear(OnnxEncoder(manifest, settings), ContextNetwork(weights), manifest, lessons)
    held_out = judge(lessons, logits_of(heard.probabilities), seed)
    return lessons, Heard(held_out.probabilities, held_out.given)


def _pooled(parts: Sequence[tuple[Lessons, Heard]]) -> tuple[Lessons, Heard]:
    heard = [each for _, each in parts]
    probabilities, given = (
        np.concatenate([getattr(each, name) for each in heard]) for name in ("probabilities", "given")
    )
    return all_lessons([lessons for lessons, _ in parts]), Heard(probabilities, given, heard[0].heads)


if __name__ == "__main__":
    main()
