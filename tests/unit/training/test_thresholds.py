"""A label's threshold is chosen for turns that are not here, not for those it is chosen on."""

import numpy as np
import pytest

from warmline.training.thresholds import DRAWS, THRESHOLDS, best_threshold, draws_of, expected


def heard(count: int, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities of a label that some one in fifteen texts carries, and which do: calibrated."""
    values = np.clip(chance.beta(0.25, 3.5, count), 1e-4, 1 - 1e-4).astype(np.float32)
    return values, chance.random(count) < values


def f1(values: np.ndarray, right: np.ndarray, threshold: float) -> float:
    given = values >= threshold
    return 2 * (given & right).sum() / (given.sum() + right.sum())


def test_chosen_on_few_texts_it_finds_more_elsewhere_than_the_best_of_those_few_would():
    chance = np.random.default_rng(7)
    elsewhere = heard(200_000, chance)
    gained = []
    for seed in range(40):
        values, right = heard(600, chance)
        draws = draws_of([str(number // 4) for number in range(600)], seed)
        of_these = THRESHOLDS[int(np.argmax([f1(values, right, threshold) for threshold in THRESHOLDS]))]
        chosen = best_threshold(values, right, draws)
        gained.append(f1(*elsewhere, chosen) - f1(*elsewhere, of_these))
    assert np.mean(gained) > 0.01


def test_of_many_texts_it_is_the_best_there_is():
    chance = np.random.default_rng(8)
    values, right = heard(60_000, chance)
    elsewhere = heard(400_000, chance)
    best = max(f1(*elsewhere, threshold) for threshold in THRESHOLDS)
    chosen = best_threshold(values, right, draws_of([str(number) for number in range(len(values))], 0))
    assert f1(*elsewhere, chosen) > best - 0.002


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (2.0, 0.0), (1.0, 1.5), (0.5, -1.0)])
def test_what_is_expected_of_a_label_is_right_however_bold_its_probabilities_are(slope, shift):
    values, right = heard(20_000, np.random.default_rng(9))
    bold = 1 / (1 + np.exp(-(slope * np.log(values / (1 - values)) + shift)))
    found = expected(bold.astype(np.float32), right)
    assert found.mean() == pytest.approx(right.mean(), abs=0.001)
    for low, high in ((0.0, 0.1), (0.1, 0.4), (0.4, 1.0)):
        among = (found >= low) & (found < high)
        assert found[among].mean() == pytest.approx(right[among].mean(), abs=0.03)


def test_labels_that_are_told_apart_without_error_are_no_trouble():
    values = np.repeat([0.001, 0.999], [180, 20]).astype(np.float32)
    right = values > 0.5
    assert 0.001 < best_threshold(values, right, draws_of([str(n) for n in range(200)], 0)) <= 0.9
    assert np.isfinite(expected(np.array([0.0, 1.0] * 20, dtype=np.float32), np.array([False, True] * 20))).all()


def test_a_label_that_hardly_a_text_carries_has_nothing_to_choose_from():
    values = np.linspace(0.1, 0.9, 100).astype(np.float32)
    assert best_threshold(values, values > 0.87, draws_of([str(n) for n in range(100)], 0)) == 0.5


def test_conversations_are_drawn_whole_and_the_same_seed_draws_the_same():
    groups = ["a", "b", "a", "c", "b", "a"]
    draws = draws_of(groups, 3)
    assert len(draws) == DRAWS
    for drawn in draws:
        count = dict(zip(groups, drawn.tolist(), strict=True))
        assert [count[group] for group in groups] == drawn.tolist()
        assert sum(count.values()) == 3
    assert all((one == other).all() for one, other in zip(draws, draws_of(groups, 3), strict=True))
    assert any((one != other).any() for one, other in zip(draws, draws_of(groups, 4), strict=True))
