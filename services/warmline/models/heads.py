"""One text's outputs to the labels of a score."""

import math
from collections.abc import Mapping

import numpy as np
from msgspec import Struct

from warmline.contracts.labels import EMOTIONS, SENTIMENTS
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
DISMISSAL, EMPATHETIC = "dismisses", "empathetic"
"""Heard together in 7 turns of the held-out fold and 6 of `unheard.jsonl`, condolences among them: a dismissal was
right in none of the first and in one of the second."""

EVEN = 0.5
"""On the held-out fold the default policy's moment (distress of one half) then has precision .83 and recall .67 against
the label; .84 and .63 with the bare probability, .78 and .76 with 0.625."""

DISTRESS_FLOOR = 0.6
"""The part of distress that the need alone makes; the strength of negative feeling makes the rest."""


class Heard(Struct, frozen=True, kw_only=True):
    """What the outputs say, before the score is put together. Numbers are rounded to thousandths.

    Attributes:
        valence: -1..1.
        sentiment: negative, neutral or positive.
        distress: 0..1.
        confidence: Of the sentiment (customers): its probability; of the empathy (others): see `sureness`. 0..1.
        emotions: Customers only.
        cues: Customers only.
        needs_empathy: Customers only.
        behaviours: Answering roles only.
        empathy: Answering roles only.
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
        chat_emotion=label_of(row, CHAT_EMOTION, manifest),
    )


def hear_answer(row: Row, manifest: Manifest) -> Heard:
    """Read the outputs of an agent's, a bot's or a supervisor's turn; it is not both empathetic and dismissive."""
    tone = sentiment_probabilities(row, customer=False)
    empathy = label_of(row, EMPATHY, manifest)
    return Heard(
        valence=thousandths(float(tone[2] - tone[0])),
        sentiment=SENTIMENTS[int(tone.argmax())],
        distress=0.0,
        confidence=thousandths(sureness(row, manifest)),
        behaviours=_behaviours(labels_of(row, BEHAVIOUR, manifest), empathy),
        empathy=empathy,
        chat_emotion=label_of(row, CHAT_EMOTION, manifest),
    )


def sureness(row: Row, manifest: Manifest) -> float:
    """Return how sure the empathy is that is given, 1/3..1: its share of what is compared when it is chosen.

    That is each class's probability over its threshold (see `label_of`). The bare probability would not do: of a rare
    class it is low wherever the class is given at all, of the common one never, so that a least confidence would take
    away unhelpful turns alone.
    """
    compared = np.divide(row[COLUMNS[EMPATHY.name]], divisors(EMPATHY, manifest.thresholds), dtype=np.float32)
    total = float(compared.sum())
    return float(compared.max()) / total if total > 0 else 0.0


def divisors(head: Head, thresholds: Mapping[str, Mapping[str, float]]) -> Row:
    """Return what the probabilities of a head with one answer are divided by before the largest is taken."""
    chosen = thresholds.get(head.name)
    return np.array([1.0 if chosen is None else chosen[label] for label in head.labels], dtype=np.float32)


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
    """Return every head's probabilities for a role, rounded to thousandths; of a row with the public emotions."""
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
    found = np.divide(row[COLUMNS[head.name]], divisors(head, manifest.thresholds), dtype=np.float32)
    return head.labels[int(found.argmax())]


def _behaviours(found: tuple[str, ...], empathy: str) -> tuple[str, ...]:
    """Never a dismissal in a turn that is empathetic: where both were heard, the dismissal was hardly ever right."""
    return tuple(label for label in found if label != DISMISSAL or empathy != EMPATHETIC)


def _emotions(found: tuple[str, ...], row: Row) -> tuple[str, ...]:
    """Never none, and neutral only where nothing else was found, as in the codebook."""
    felt = tuple(label for label in found if label != NEUTRAL_EMOTION)
    if felt:
        return felt
    if found:
        return (NEUTRAL_EMOTION,)
    return (EMOTIONS[int(row[COLUMNS[EMOTION.name]].argmax())],)
