"""One text's outputs to the labels of a score."""

import math

import numpy as np
from msgspec import Struct

from warmline.contracts.labels import EMOTIONS, EMPATHIES, SENTIMENTS
from warmline.models.layout import (
    BEHAVIOUR,
    CHAT_EMOTION,
    COLUMNS,
    CUE,
    EMOTION,
    EMPATHY,
    FEELING,
    FEELINGS,
    GOEMOTION,
    NEEDS,
    TEMPLATED,
    TONE,
    Head,
    Row,
)
from warmline.models.manifest import Manifest

VALENCES = np.array([float(name) / 2 for name in FEELINGS])
"""The valence of each class of feeling, -1..1."""

NEUTRAL_EMOTION = "neutral"
EVEN = 0.5
"""On the held-out fold the default policy's moment (distress of one half) then has precision .79 and recall .59 against
the label; .83 and .49 with the bare probability, .72 and .72 with 0.625."""

DISTRESS_FLOOR = 0.6
"""The part of distress that the need alone makes; the strength of negative feeling makes the rest."""


class Heard(Struct, frozen=True, kw_only=True):
    """What the outputs say, before the score is put together. Numbers are rounded to thousandths.

    Attributes:
        valence: -1..1.
        sentiment: negative, neutral or positive.
        distress: 0..1.
        confidence: The probability of the sentiment (customers) or of the empathy (others) that is given, 0..1.
        emotions: Customers only.
        cues: Customers only.
        needs_empathy: Customers only.
        behaviours: Answering roles only.
        empathy: Answering roles only.
        goemotions: In the public scheme, every role.
        chat_emotion: In the scheme of MAIA-DQE, every role.
    """

    valence: float
    sentiment: str
    distress: float
    confidence: float
    emotions: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    needs_empathy: bool = False
    behaviours: tuple[str, ...] = ()
    empathy: str = "neutral"
    goemotions: tuple[str, ...] = ()
    chat_emotion: str = "neutral"


def hear_customer(row: Row, manifest: Manifest) -> Heard:
    """Read the outputs of a customer's turn."""
    feeling = row[COLUMNS[FEELING.name]]
    sentiment = sentiment_probabilities(row, customer=True)
    need = float(row[COLUMNS[NEEDS.name]][0])
    least = manifest.thresholds[NEEDS.name][NEEDS.labels[0]]
    return Heard(
        valence=thousandths(float(feeling @ VALENCES)),
        sentiment=SENTIMENTS[int(sentiment.argmax())],
        distress=thousandths(distress(evened(need, least), feeling)),
        confidence=thousandths(float(sentiment.max())),
        emotions=_emotions(labels_of(row, EMOTION, manifest), row),
        cues=labels_of(row, CUE, manifest),
        needs_empathy=need >= least,
        goemotions=labels_of(row, GOEMOTION, manifest),
        chat_emotion=label_of(row, CHAT_EMOTION, manifest),
    )


def hear_answer(row: Row, manifest: Manifest) -> Heard:
    """Read the outputs of an agent's, a bot's or a supervisor's turn."""
    tone = sentiment_probabilities(row, customer=False)
    empathy = label_of(row, EMPATHY, manifest)
    return Heard(
        valence=thousandths(float(tone[2] - tone[0])),
        sentiment=SENTIMENTS[int(tone.argmax())],
        distress=0.0,
        confidence=thousandths(float(row[COLUMNS[EMPATHY.name]][EMPATHIES.index(empathy)])),
        behaviours=labels_of(row, BEHAVIOUR, manifest),
        empathy=empathy,
        goemotions=labels_of(row, GOEMOTION, manifest),
        chat_emotion=label_of(row, CHAT_EMOTION, manifest),
    )


def evened(need: float, threshold: float) -> float:
    """Return the probability of a need on a scale on which the model's threshold stands at EVEN.

    evened = need ** (ln EVEN / ln threshold): 0 and 1 stay, and the order stays. A calibrated model of an honest
    threshold (.35, say) would otherwise never reach the policy's distress for half of those who need to be met, and
    another model another half: a policy should not have to know which model it is served by.
    """
    if not 0 < threshold < 1:
        return need
    return float(need ** (math.log(EVEN) / math.log(threshold)))


def distress(need: float, feeling: Row) -> float:
    """How strongly a customer needs to be met as a person now, 0..1.

    distress = need x (0.6 + 0.4 x strength), the need evened (see `evened`); strength = P(-1) / 2 + P(-2) of the
    feeling.

    The need carries it, so that grief told calmly counts and a shrug at a bad product does not; of two customers who
    need to be met alike, the one who feels worse comes first. 0 where nothing is needed, at least 0.6 where a need is
    certain, 1 only where the feeling is certainly very negative as well.
    """
    strength = float(feeling[1]) / 2 + float(feeling[0])
    return need * (DISTRESS_FLOOR + (1 - DISTRESS_FLOOR) * strength)


def sentiment_probabilities(row: Row, *, customer: bool) -> Row:
    """Return the probability of negative, neutral and positive."""
    if not customer:
        return row[COLUMNS[TONE.name]]
    feeling = row[COLUMNS[FEELING.name]]
    return np.array([feeling[0] + feeling[1], feeling[2], feeling[3] + feeling[4]], dtype=np.float32)


def probabilities(row: Row, *, customer: bool) -> dict[str, dict[str, float]]:
    """Return every head's probabilities for a role, rounded to thousandths."""
    heads: tuple[Head, ...] = (NEEDS, EMOTION, CUE) if customer else (BEHAVIOUR, EMPATHY, TEMPLATED)
    heads = (*heads, GOEMOTION, CHAT_EMOTION)
    named = {"sentiment": _named(SENTIMENTS, sentiment_probabilities(row, customer=customer))}
    return named | {head.name: _named(head.labels, row[COLUMNS[head.name]]) for head in heads}


def thousandths(value: float) -> float:
    """Round to thousandths; never -0.0, which prints differently."""
    return round(value, 3) + 0.0


def _named(labels: tuple[str, ...], values: Row) -> dict[str, float]:
    return {label: thousandths(min(1.0, max(0.0, float(value)))) for label, value in zip(labels, values, strict=True)}


def labels_of(row: Row, head: Head, manifest: Manifest) -> tuple[str, ...]:
    """Return the labels whose probability reaches their threshold."""
    thresholds = manifest.thresholds[head.name]
    return tuple(
        label
        for label, value in zip(head.labels, row[COLUMNS[head.name]], strict=True)
        if float(value) >= thresholds[label]
    )


def label_of(row: Row, head: Head, manifest: Manifest) -> str:
    """Return the one label of a head with one answer: the most probable one, each measured by its own threshold.

    A rare class is hardly ever the most probable one, however well it is told from the others: chosen so on held-out
    turns, classes of every frequency are found about as well as they can be told.
    """
    found: Row = row[COLUMNS[head.name]]
    thresholds = manifest.thresholds.get(head.name)
    if thresholds is not None:
        found = np.divide(found, [thresholds[label] for label in head.labels], dtype=np.float32)
    return head.labels[int(found.argmax())]


def _emotions(found: tuple[str, ...], row: Row) -> tuple[str, ...]:
    """Never none, and neutral only where nothing else was found, as in the codebook."""
    felt = tuple(label for label in found if label != NEUTRAL_EMOTION)
    if felt:
        return felt
    if found:
        return (NEUTRAL_EMOTION,)
    return (EMOTIONS[int(row[COLUMNS[EMOTION.name]].argmax())],)
