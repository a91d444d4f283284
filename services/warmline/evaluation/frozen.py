"""Peers that learn: logistic regressions on TF-IDF, and on the embeddings of a sentence encoder nobody tuned."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion

from warmline.evaluation.hearing import Heard
from warmline.models.layout import BEHAVIOUR, COLUMNS, CUE, EMOTION, EMPATHY, FEELING, NEEDS, WIDTH, Head
from warmline.training.data import fold_of
from warmline.training.given import labels_given
from warmline.training.held_out import head_masks
from warmline.training.lessons import Lessons
from warmline.training.selection import thresholds
from warmline.training.targets import Floats, Mask

STRENGTH = 4.0
"""Inverse regularisation of the logistic regressions."""

CHOOSES = 5
"""Every fifth conversation of the training data chooses the peer's thresholds; then it is fitted to all."""

ASKED = (FEELING, NEEDS, EMOTION, CUE, BEHAVIOUR, EMPATHY)
"""The codebook's heads: what a peer is fitted to, and all that it answers."""

ANSWERED = frozenset(head.name for head in ASKED)

Encode = Callable[[Sequence[str], Sequence[str]], tuple[Any, Any]]
"""Training texts and test texts to two feature matrices."""


def learned_peer(train: Lessons, test: Lessons, encode: Encode, seed: int, progress: Callable[[str], None]) -> Heard:
    """Fit one logistic regression a label and predict the test texts.

    Args:
        train: Labelled texts.
        test: Texts of other conversations.
        encode: Makes the features.
        seed: Of the part that chooses thresholds.
        progress: Told of each head.
    """
    # A split of its own: by the folds' own hash nothing would be left to choose on where one of those is held out.
    chooses = np.array([fold_of(f"chooses {group}", CHOOSES, seed) == 0 for group in train.groups], dtype=bool)
    fitted, choosing = train.picked(np.flatnonzero(~chooses)), train.picked(np.flatnonzero(chooses))
    first = _probabilities(fitted, choosing, encode, lambda _line: None)
    chosen = thresholds(first, choosing.wanted, head_masks(choosing), choosing.groups, seed)
    second = _probabilities(train, test, encode, progress)
    return Heard(second, labels_given(second, chosen), ANSWERED)


def tfidf(train: Sequence[str], test: Sequence[str]) -> tuple[Any, Any]:
    """Return TF-IDF of words, pairs of words and letters."""
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True)
    union = FeatureUnion([("words", words), ("letters", letters)])
    return union.fit_transform(train).tocsr(), union.transform(test).tocsr()


def sentence_embeddings(embed: Callable[[Sequence[str]], Floats]) -> Encode:
    """Return features from an encoder; each text is embedded once."""
    known: dict[str, Floats] = {}

    def encode(train: Sequence[str], test: Sequence[str]) -> tuple[Any, Any]:
        new = sorted({*train, *test} - known.keys())
        if new:
            known.update(zip(new, embed(new), strict=True))
        return np.stack([known[text] for text in train]), np.stack([known[text] for text in test])

    return encode


def _probabilities(train: Lessons, test: Lessons, encode: Encode, progress: Callable[[str], None]) -> Floats:
    probabilities = np.zeros((len(test), WIDTH), dtype=np.float32)
    here_of, there_of = head_masks(train), head_masks(test)
    for heads in ([head for head in ASKED if _customers(head)], [head for head in ASKED if not _customers(head)]):
        here, there = here_of[heads[0].name] & here_of[heads[-1].name], there_of[heads[0].name]
        if not there.any():
            continue
        seen, unseen = encode(_texts(train, here), _texts(test, there))
        for head in heads:
            place = COLUMNS[head.name]
            columns = [_column(seen, train.wanted[here, at] > 0, unseen) for at in range(place.start, place.stop)]
            values = np.stack(columns, axis=1)
            values = values / values.sum(axis=1, keepdims=True) if head.exclusive else values
            probabilities[np.ix_(np.flatnonzero(there), np.arange(place.start, place.stop))] = values
            progress(f"{head.name} fitted to {int(here.sum()):,} turns")
    return probabilities


def _customers(head: Head) -> bool:
    return "customer" in head.asked_of


def _texts(lessons: Lessons, mask: Mask) -> list[str]:
    return [lessons.texts[index] for index in np.flatnonzero(mask).tolist()]


def _column(seen: Any, right: Mask, unseen: Any) -> Floats:
    if right.all() or not right.any():
        return np.full(unseen.shape[0], float(right.any()), dtype=np.float32)
    solver = "liblinear" if hasattr(seen, "tocsr") else "lbfgs"
    model = LogisticRegression(C=STRENGTH, solver=solver, max_iter=300).fit(seen, right)
    return np.asarray(model.predict_proba(unseen)[:, 1], dtype=np.float32)
