"""How good the moves are on the conversations that ship, by their labels: held here, so that no change worsens them."""

from functools import cache

import pytest

from warmline.backtest.assist_command import judge, read_talks
from warmline.backtest.assist_quality import AssistQuality, figures_of
from warmline.backtest.model import Model
from warmline.policy.load import load_policy
from warmline.recordings.samples import CONVERSATIONS
from warmline.training.escalation_examples import scores_of_labels

TALKS = 40


@cache
def judged(ear: str) -> AssistQuality:
    policy = load_policy(None)
    hear = Model(None).under(policy)
    score = scores_of_labels if ear == "labels" else lambda turns, _labels: hear(turns)
    return judge(list(read_talks(CONVERSATIONS)), score, policy)


@pytest.mark.parametrize(("ear", "fitting", "for_nothing"), [("labels", 0.95, 0.0), ("model", 0.85, 0.02)])
def test_missed_moments_get_a_move_that_fits_and_nothing_is_given_for_nothing(ear, fitting, for_nothing):
    found = judged(ear)
    rates = figures_of(found)
    assert found.conversations == TALKS
    assert found.missed >= 100, "enough of them to speak of a rate"
    assert rates["missed_with_fitting_move"] >= fitting
    assert rates["moves_for_nothing"] <= for_nothing


@pytest.mark.parametrize("ear", ["labels", "model"])
def test_moves_are_few_and_praise_is_right(ear):
    rates = figures_of(judged(ear))
    assert rates["moves_per_100_turns"] <= 20
    assert rates["praises_right"] >= 0.95
    assert rates["praises_per_met_moment"] >= 0.5
