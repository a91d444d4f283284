"""The same thing said otherwise moves a score by no more than the published bounds (docs/model.md)."""

from functools import cache

import pytest

from warmline.contracts.turn import Turn
from warmline.evaluation.perturb import SAME_PERSON, SAME_WORDS
from warmline.evaluation.robustness import Shift, shifts
from warmline.models.scorer import load_scorer
from warmline.models.settings import ModelSettings
from warmline.recordings.read import read_recording
from warmline.recordings.samples import CONVERSATIONS

MEAN_SAME_PERSON, TOWARD_SAME_PERSON = 0.07, 0.05
"""Who speaks: mean shift of valence or empathy, and its mean with the sign: so far may a whole group be misheard."""

MEAN_SAME_WORDS = 0.10
"""What a channel does to the text."""


@cache
def measured() -> dict[str, Shift]:
    turns = [event for event in read_recording(CONVERSATIONS) if isinstance(event, Turn)]
    return {shift.name: shift for shift in shifts(load_scorer(ModelSettings()), turns, seed=0)}


@pytest.mark.parametrize("name", ["names", *SAME_PERSON])
def test_who_speaks_hardly_moves_a_score_and_moves_no_group_down(name: str):
    shift = measured()[name]
    assert shift.texts >= 15
    assert shift.mean <= MEAN_SAME_PERSON
    assert abs(shift.toward) <= TOWARD_SAME_PERSON


@pytest.mark.parametrize("name", list(SAME_WORDS))
def test_what_a_channel_does_to_a_text_moves_a_score_little(name: str):
    shift = measured()[name]
    assert shift.texts >= 200
    assert shift.mean <= MEAN_SAME_WORDS


def test_capitals_change_nothing_at_all():
    """The vocabulary has none."""
    assert measured()["all caps"].mean == 0.0
