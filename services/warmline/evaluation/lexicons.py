"""The peers that most teams start with: word lists that tell positive from negative. They have no other head."""

from collections.abc import Callable
from importlib import import_module

import numpy as np

from warmline.evaluation.hearing import Heard
from warmline.models.layout import COLUMNS, FEELING, WIDTH
from warmline.training.lessons import Lessons

CUT = 0.05
"""VADER's own cut between neutral and not; taken for TextBlob as well. AFINN sums whole numbers: any sum but 0 is not
neutral."""

NAMES = ("vader", "textblob", "afinn")
ANSWERED = frozenset({FEELING.name})

NEGATIVE, NEUTRAL, POSITIVE = 1, 2, 3
"""Where the three classes stand among the five of the feeling head."""


def lexicons() -> dict[str, Callable[[str], float]]:
    """Return the valence function of each lexicon that is installed."""
    found: dict[str, Callable[[str], float]] = {}
    for name, load in zip(NAMES, (_vader, _textblob, _afinn), strict=True):
        try:
            found[name] = load()
        except ModuleNotFoundError:
            continue
    return found


def lexicon_hears(valence: Callable[[str], float], lessons: Lessons) -> Heard:
    """Return a lexicon's answer to the sentiment question; it has no other head."""
    probabilities = np.zeros((len(lessons), WIDTH), dtype=np.float32)
    place = COLUMNS[FEELING.name].start
    for row, text in enumerate(lessons.texts):
        value = valence(text)
        said = POSITIVE if value >= CUT else NEGATIVE if value <= -CUT else NEUTRAL
        probabilities[row, place + said] = 1
    return Heard(probabilities, probabilities > 0, ANSWERED)


def _vader() -> Callable[[str], float]:
    analyser = import_module("vaderSentiment.vaderSentiment").SentimentIntensityAnalyzer()
    return lambda text: float(analyser.polarity_scores(text)["compound"])


def _textblob() -> Callable[[str], float]:
    blob = import_module("textblob").TextBlob
    return lambda text: float(blob(text).sentiment.polarity)


def _afinn() -> Callable[[str], float]:
    afinn = import_module("afinn").Afinn()
    return lambda text: float(afinn.score(text))
