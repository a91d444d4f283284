"""A peer has a figure only where it answers: to give no label is an answer too, and would be judged as one."""

import numpy as np
import pytest
from msgspec import structs

from warmline.evaluation.hearing import ALL_HEADS, Heard
from warmline.evaluation.lexicons import lexicon_hears
from warmline.evaluation.tables import tables
from warmline.models.layout import HEADS, WIDTH
from warmline.training.data import Example
from warmline.training.lessons import Lessons, lessons_of

WORDS = ("good", "bad", "plain", "late")


def turns(count: int) -> Lessons:
    """Return customers' and agents' turns of as many conversations, every codebook's head asked about."""
    customers = [
        Example(
            source="authored",
            group=f"g{number}",
            role="customer",
            text=f"it is {WORDS[number % 4]} and {number}",
            val=(number % 4 == 0) - (number % 4 == 1),
            needs=number % 2,
            emo=frozenset({("joy", "anger")[number % 2]}),
        )
        for number in range(count)
    ]
    agents = [
        Example(source="authored", group=f"g{number}", role="agent", text=f"sorry, {number}", emp=number % 3 - 1)
        for number in range(count)
    ]
    return lessons_of([*customers, *agents])


def test_a_lexicon_is_measured_by_sentiment_alone():
    lessons = turns(12)
    heard = lexicon_hears(lambda text: 1.0 if "good" in text else -1.0, lessons)
    assert set(tables(lessons, heard)) == {"sentiment"}
    all_heads = Heard(heard.probabilities, heard.given)
    assert "needs" in tables(lessons, all_heads), "which would be judged by its silence"


def test_a_peer_that_learns_is_measured_by_what_it_was_fitted_to():
    frozen = pytest.importorskip("warmline.evaluation.frozen", reason="needs the extra [train]")
    lessons = turns(60)
    heard = frozen.learned_peer(lessons, lessons, frozen.tfidf, 0, lambda _line: None)
    assert heard.heads < ALL_HEADS
    asked = structs.replace(lessons, asked=np.ones((len(lessons), WIDTH), dtype=bool))
    assert not {"goemotions", "maia_sentiment", "maia_templated"} & set(tables(asked, heard))
    assert {"sentiment", "needs", "empathy"} <= set(tables(asked, heard))


def test_the_model_answers_every_head():
    assert {head.name for head in HEADS} == ALL_HEADS
