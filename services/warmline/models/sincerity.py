"""Whether care is meant for this person: is the line used for everybody, and does the turn take up what was said?

Three numbers about a turn of the answering side, each explained by itself and none a verdict:

- `canned`: the model's probability that the turn is a script line that would fit any customer.
- `reuse`: how much of a stock line of care, or of an earlier caring line of the same participant (in the turns of this
  conversation that are remembered, or with `lines` in any), stands in a caring turn: the share of that line's pairs of
  neighbouring words. (Tried first: the cosine of two gists. It told canned turns from others no better than chance.)
- `specificity`: how much of what the customer said the turn takes up: the content words it shares with the customer's
  turns that are remembered, three of them counting as all.

Remembered are the latest turns of all who speak (`context.KEPT`), and of words only 16-bit digests of the first ones.
The turn itself is looked at whole: an apology may stand at the end of a long e-mail.
"""

import re
import zlib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from itertools import pairwise

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn
from warmline.models.context import Before

CARING = frozenset({"acknowledges_feeling", "validates", "apologises", "reassures", "appreciates"})
"""Behaviours whose words can be meant or recited."""

TAKEN_UP = 3
"""So many content words of the customer's in an answer make it as specific as can be told by words."""

FEWEST = 2
"""A customer who has said fewer content words has given nothing to take up."""

DIGESTS = 24
"""Content words remembered of a turn, 48 bytes."""

PAIRS = 32
"""Pairs of words remembered of a caring turn, 64 bytes."""

SHORTEST = 3

Digests = NDArray[np.uint16]

_WORD = re.compile(r"[a-z0-9']+")
_ENDING = re.compile(r"(?:ings?|edly|ed|es|ly|s)$")

WORDLIST = """
    a about after again all also am an and any are as at be because been before being but by can can't could did didn't
    do does doesn't doing don't down for from get getting give go going got had has have having he hello her here hers
    hey hi him his how i i'd i'll i'm i've if in into is isn't it it's its just know let like look make may me might
    more most my myself need no nor not now of off oh ok okay on once one only or other our out over own please put
    really right said say see she should so some sorry still such take tell than thank thanks that that's the their
    them then there these they thing things think this those through to too uh um under until up very want was wasn't
    we we'll we're we've well were what when where which while who why will with won't would yeah yes you you'll you're
    you've your yours help call calling back today day time sure
    """
STOPWORDS = frozenset(WORDLIST.split())
"""Words that show no attention when repeated."""


def content_words(text: str, most: int | None = None) -> Digests:
    """Return the digests of a text's content words, sorted, each once.

    Args:
        text: The text.
        most: Only the first so many words; None: all.
    """
    stems = dict.fromkeys(
        _ENDING.sub("", word) or word
        for word in _WORD.findall(text.lower().replace("\u2019", "'"))
        if len(word) >= SHORTEST and word not in STOPWORDS
    )
    digests = [zlib.crc32(stem.encode()) & 0xFFFF for stem in list(stems)[:most]]
    return np.unique(np.array(digests, dtype=np.uint16))


def specificity(text: str, said: bytes) -> float | None:
    """Return how much of what the customer said a turn takes up, 0..1; None where they said nothing to take up.

    Args:
        text: The turn.
        said: Digests of the customer's turns that are remembered, one after the other.
    """
    known = np.unique(np.frombuffer(said, dtype=np.uint16))
    if len(known) < FEWEST:
        return None
    taken = len(np.intersect1d(content_words(text), known, assume_unique=True))
    return min(1.0, taken / min(TAKEN_UP, len(known)))


def line_pairs(text: str, most: int | None = None) -> Digests:
    """Return the digests of a text's pairs of neighbouring words, sorted, each once.

    Args:
        text: The text.
        most: Only the first so many pairs; None: all.
    """
    words = _WORD.findall(text.lower().replace("\u2019", "'"))
    pairs = dict.fromkeys(pairwise(words))
    digests = [zlib.crc32(" ".join(pair).encode()) & 0xFFFF for pair in list(pairs)[:most]]
    return np.unique(np.array(digests, dtype=np.uint16))


def reuse(text: str, before: Before) -> float:
    """Return how much of the nearest known line stands in a caring turn, 0..1.

    Args:
        text: The turn.
        before: What went before; its `own` are the pairs of the participant's caring turns that are remembered.
    """
    pairs = frozenset(line_pairs(text).tolist())
    own = [frozenset(np.frombuffer(each, dtype=np.uint16).tolist()) for each in before.own]
    return max((len(pairs & line) / len(line) for line in [*stock(), *own] if line), default=0.0)


@cache
def stock() -> tuple[frozenset[int], ...]:
    """Return the digests of each stock line's pairs; as sets, since every caring turn is held against every line."""
    return tuple(frozenset(line_pairs(line).tolist()) for line in stock_lines())


def is_caring(behaviours: Iterable[str]) -> bool:
    """Say whether a turn does something that can be meant or recited."""
    return not CARING.isdisjoint(behaviours)


def words_of(turn: Turn, score: ScoredTurn) -> bytes:
    """Return the digests to be remembered: a customer's first content words, a caring turn's first pairs; else none."""
    if turn.role == "customer":
        return content_words(turn.text, DIGESTS).tobytes()
    return line_pairs(turn.text, PAIRS).tobytes() if caring(score) else b""


def caring(score: ScoredTurn) -> bool:
    """Say whether a turn is a caring one of the answering side."""
    return score.behaviours is not UNSET and is_caring(score.behaviours)


def stock_lines() -> Sequence[str]:
    """Return the stock lines of care that the package knows."""
    text = resources.files("warmline.models").joinpath("stock_lines.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
