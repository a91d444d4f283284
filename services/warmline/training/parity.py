"""How far the int8 graph is from the network in floats that it was made of, and whether batch mates change anything."""

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from warmline.evaluation.figures import all_figures
from warmline.evaluation.hearing import Heard
from warmline.evaluation.tables import tables
from warmline.models.bag import PAIR_BUCKETS, bag_entries
from warmline.models.context import GIST_UNIT
from warmline.models.encoder import ASKED, HEARD, IDS, PUBLIC
from warmline.models.heads import VALENCES
from warmline.models.layout import COLUMNS, FEELING, TURN_WIDTH, WIDTH
from warmline.models.manifest import TOKENIZER
from warmline.training.encoder_graph import Bert
from warmline.training.export import float_graph, open_bytes
from warmline.training.features import run_graph, token_ids, with_context
from warmline.training.fitted import Fitted
from warmline.training.given import labels_given
from warmline.training.pipeline import Measured, Plan, Progress, Tuned, int8_logits, public_part_of, shared_graph
from warmline.training.public_graph import PublicPart, with_public_emotions
from warmline.training.selection import all_probabilities
from warmline.training.targets import Floats

BATCHES = 40
"""Random batches in which texts are heard again."""

SAMPLE = 600
"""Texts of those batches."""


def parity(plan: Plan, tuned: Tuned, measured: Measured, progress: Progress) -> dict[str, float]:
    """Return the differences between int8 and float on everything held out, and the largest that batch mates make.

    `lost_HEAD` is the macro-F1 that int8 loses, with the same temperatures and thresholds for both.
    """
    lessons, held_out = measured.material.lessons, measured.held_out
    ids = token_ids(lessons.texts, plan.source / TOKENIZER, tuned.bert.max_tokens)
    served = int8_logits(tuned, ids, lessons.before, progress)
    (features,) = run_graph(open_bytes(float_graph(tuned.bert)[0]), ("features",), ids, progress)
    exact = with_context(_heard(features, ids, tuned.fitted), lessons.before, tuned.fitted)
    part = public_part_of(tuned)
    exact[:, TURN_WIDTH:] = public_logits(tuned.bert, part, ids, progress)
    first, second = (all_probabilities(logits, held_out.temperatures) for logits in (served, exact))
    scores = [
        all_figures(tables(lessons, Heard(each, labels_given(each, held_out.thresholds))), lessons, 1, plan.seed)
        for each in (first, second)
    ]
    difference = np.abs(first - second)
    labels = [labels_given(each, held_out.thresholds) for each in (first, second)]
    return {
        "texts": float(len(lessons)),
        "mean_difference": round(float(difference.mean()), 5),
        "largest_difference": round(float(difference.max()), 4),
        "labels_alike": round(float((labels[0] == labels[1]).mean()), 5),
        "mean_valence_difference": round(
            float(np.abs((first - second)[:, COLUMNS[FEELING.name]] @ VALENCES).mean()), 4
        ),
        "batch_mates_largest_difference": _batch_difference(tuned, part, ids[:SAMPLE], plan.seed),
        **{f"lost_{head}": round(scores[1][head].macro_f1 - each.macro_f1, 4) for head, each in scores[0].items()},
    }


def _heard(features: Floats, ids: Sequence[NDArray[np.int64]], fitted: Fitted) -> Floats:
    """Return what the heads make of features in floats, the gists not rounded to int8."""
    vocabulary = len(fitted.bag) - PAIR_BUCKETS
    entries = [bag_entries(row, vocabulary) for row in ids]
    bags = np.stack([fitted.bag[rows].sum(axis=0) / np.sqrt(len(rows)) for rows in entries])
    both = features @ fitted.weight + fitted.bias
    return np.concatenate([both[:, :WIDTH] + bags, np.tanh(both[:, WIDTH:]) * GIST_UNIT], axis=1)


def public_logits(bert: Bert, part: PublicPart, ids: Sequence[NDArray[np.int64]], progress: Progress) -> Floats:
    """Return the logits of the public emotions in floats, texts by labels."""
    (features,) = run_graph(open_bytes(float_graph(part.grown(bert))[0]), ("features",), ids, progress)
    return np.asarray(features @ part.weight + part.bias, dtype=np.float32)


def _batch_difference(tuned: Tuned, part: PublicPart, ids: Sequence[NDArray[np.int64]], seed: int) -> float:
    """Hear texts again in random batches of their length; 0.0 says bitwise equal."""

    def hear(batch: NDArray[np.int64]) -> Floats:
        return np.concatenate(session.run([HEARD, PUBLIC], {IDS: batch, ASKED: np.ones((), dtype=bool)}), axis=1)

    session = open_bytes(with_public_emotions(shared_graph(tuned), tuned.bert, part))
    chance = random.Random(seed)  # noqa: S311 # a sample
    alone = np.concatenate([hear(row[None]) for row in ids])
    by_length: dict[int, list[int]] = {}
    for position, row in enumerate(ids):
        by_length.setdefault(len(row), []).append(position)
    several = [positions for positions in by_length.values() if len(positions) > 1]
    largest = 0.0
    for _ in range(BATCHES):
        group = chance.choice(several)
        picked = chance.sample(group, chance.randint(2, len(group)))
        together = hear(np.stack([ids[position] for position in picked]))
        largest = max(largest, float(np.abs(together - alone[picked]).max()))
    return largest
