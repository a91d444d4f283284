"""The peer every model is measured against: TF-IDF of words and characters with logistic regression."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion

from warmline.models.layout import COLUMNS, HEADS, TONE, WIDTH
from warmline.training.data import Example
from warmline.training.given import labels_given
from warmline.training.selection import thresholds
from warmline.training.targets import Floats, Mask, asked, targets

STRENGTH = 4.0
"""Inverse regularisation of the logistic regressions."""


def floor_predictions(
    train: Sequence[Example], choose: Sequence[Example], test: Sequence[Example], progress: Callable[[str], None]
) -> tuple[Floats, Mask]:
    """Return probabilities and given labels of `test`.

    Thresholds are chosen on `choose` by a first fit to `train` alone; a second fit to both predicts `test`.
    """
    first = _probabilities(train, choose, progress)
    chosen = thresholds(first, targets(choose), asked(choose))
    second = _probabilities([*train, *choose], test, progress)
    return second, labels_given(second, chosen)


def _probabilities(train: Sequence[Example], test: Sequence[Example], progress: Callable[[str], None]) -> Floats:
    probabilities = np.zeros((len(test), WIDTH), dtype=np.float32)
    train_masks, test_masks = asked(train), asked(test)
    wanted = targets(train)
    for customers in (True, False):
        heads = [head for head in HEADS if head.customer == customers and head is not TONE]
        here, there = train_masks[heads[0].name], test_masks[heads[0].name]
        if not there.any():
            continue
        vectoriser = _vectoriser()
        seen = vectoriser.fit_transform(_texts(train, here)).tocsr()
        unseen = vectoriser.transform(_texts(test, there)).tocsr()
        for head in heads:
            place = COLUMNS[head.name]
            columns = [_column(seen, wanted[here, column] > 0, unseen) for column in range(place.start, place.stop)]
            values = np.stack(columns, axis=1)
            probabilities[np.flatnonzero(there)[:, None], np.arange(place.start, place.stop)] = (
                values / values.sum(axis=1, keepdims=True) if head.exclusive else values
            )
            progress(f"TF-IDF and logistic regression: {head.name} fitted to {int(here.sum()):,} turns")
    return probabilities


def _vectoriser() -> FeatureUnion:
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True)
    return FeatureUnion([("words", words), ("letters", letters)])


def _texts(examples: Sequence[Example], mask: Mask) -> list[str]:
    return [examples[index].text for index in np.flatnonzero(mask).tolist()]


def _column(seen: Any, right: Mask, unseen: Any) -> Floats:
    if right.all() or not right.any():
        return np.full(unseen.shape[0], float(right.any()), dtype=np.float32)
    model = LogisticRegression(C=STRENGTH, solver="liblinear").fit(seen, right)
    return np.asarray(model.predict_proba(unseen)[:, 1], dtype=np.float32)
