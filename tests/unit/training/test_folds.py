"""How the folds differ by themselves."""

import pytest

from warmline.training.data import Example
from warmline.training.lessons import lessons_of

pytest.importorskip("sklearn", reason="scikit-learn comes with the extra [train]")

from warmline.evaluation.frozen import tfidf
from warmline.training.folds import by_fold, lines

WORDS = {-1: "this is awful and wrong", 0: "the number is nine", 1: "that is lovely thank you"}


def turns(conversations: int) -> list[Example]:
    return [
        Example(
            source="authored",
            group=f"talk-{number}",
            conversation=f"talk-{number}",
            role="customer",
            text=f"{text} {number}",
            val=2 * feeling,
            needs=feeling < 0,
        )
        for number in range(conversations)
        for feeling, text in WORDS.items()
    ]


def test_every_fold_is_heard_by_what_the_others_taught():
    told: list[str] = []
    rows = by_fold(lessons_of(turns(100)), tfidf, 0, told.append)
    assert [set(row) for row in rows] == [{"sentiment", "needs"}] * 5, "of nothing else are there labels"
    assert len(told) == 5
    assert all(row["sentiment"] == row["needs"] == 1.0 for row in rows), "what is plainly said is heard in each"


def test_the_table_tells_how_far_the_first_fold_is_from_the_mean():
    table = list(lines([{"needs": value} for value in (0.8, 0.6, 0.6, 0.6, 0.6)]))
    assert table[0] == "| fold | needs |"
    assert table[-3:] == ["| mean | 0.640 |", "| deviation | 0.089 |", "| fold 0, less the mean | +0.160 |"]
