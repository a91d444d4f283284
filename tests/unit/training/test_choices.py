import numpy as np
import pytest

from warmline.models.layout import COLUMNS, CUE, EMOTION, EMPATHY, FEELING, HEADS, WIDTH
from warmline.training.abstention import merged
from warmline.training.data import Example
from warmline.training.given import labels_given, one_emotion_at_least
from warmline.training.metrics import calibration_error, label_score
from warmline.training.selection import (
    ABSTAIN_MOST,
    all_probabilities,
    confidence_minimum,
    evened,
    logits_of,
    temperatures,
    thresholds,
)
from warmline.training.targets import asked, targets

RNG = np.random.default_rng(5)


def customers(cues: list[set[str]]) -> list[Example]:
    return [
        Example(source="authored", group=str(number), role="customer", text="x", cues=frozenset(labels))
        for number, labels in enumerate(cues)
    ]


def test_a_threshold_lies_where_f1_is_best():
    examples = customers([{"unresolved"} if number < 40 else set() for number in range(200)])
    given = np.zeros((200, WIDTH), dtype=np.float32)
    place = COLUMNS[CUE.name].start + CUE.labels.index("unresolved")
    given[:, place] = np.where(np.arange(200) < 40, 0.3, 0.1)
    groups = [example.group for example in examples]
    chosen = thresholds(given, targets(examples), asked(examples), groups, 0)
    assert 0.1 < chosen["cues"]["unresolved"] <= 0.3
    assert chosen["cues"]["asks_human"] == 0.5, "no turn carries it: nothing to choose from"


def test_a_temperature_undoes_overconfidence():
    examples = customers([set() for _ in range(4000)])
    logits = np.zeros((4000, WIDTH), dtype=np.float32)
    wanted = targets(examples)
    truth = RNG.normal(size=4000)
    place = COLUMNS["needs_empathy"].start
    wanted[:, place] = RNG.random(4000) < 1 / (1 + np.exp(-truth))
    logits[:, place] = 2 * truth
    assert temperatures(logits, wanted, asked(examples))["needs_empathy"] == pytest.approx(2.0, abs=0.3)


def test_logits_of_probabilities_give_them_back():
    warm = {head.name: 1.0 for head in HEADS}
    heard = all_probabilities(RNG.normal(0, 3, (50, WIDTH)).astype(np.float32), warm)
    assert all_probabilities(logits_of(heard), warm) == pytest.approx(heard, abs=1e-5)
    assert np.isfinite(logits_of(np.array([[0.0, 1.0] * (WIDTH // 2) + [0.0] * (WIDTH % 2)], dtype=np.float32))).all()


def test_abstention_reaches_its_precision_where_few_turns_suffice():
    confidence = np.linspace(0.3, 1.0, 1000).astype(np.float32)
    correct = np.ones(1000, dtype=bool)
    correct[:20] = False
    least = confidence_minimum(confidence, correct, 1.0)
    assert (confidence < least).sum() == pytest.approx(20, abs=1)
    assert confidence_minimum(confidence, correct, 0.9) == 0.0


def test_abstention_stays_rare_however_unsure_the_model_is():
    confidence = np.linspace(0.3, 1.0, 1000).astype(np.float32)
    least = confidence_minimum(confidence, RNG.random(1000) < 0.5, 0.99)
    assert (confidence < least).mean() <= ABSTAIN_MOST + 0.001


def test_held_out_emotions_follow_the_rule_that_scores_follow():
    neutral, anger = EMOTION.labels.index("neutral"), EMOTION.labels.index("anger")
    given = np.zeros((3, len(EMOTION.labels)), dtype=bool)
    given[0, [neutral, anger]] = True
    given[1, neutral] = True
    probabilities = np.full(given.shape, 0.1, dtype=np.float32)
    probabilities[2, anger] = 0.2
    ruled = one_emotion_at_least(given, probabilities)
    assert [list(np.flatnonzero(row)) for row in ruled] == [[anger], [neutral], [anger]]


def test_an_exclusive_head_gives_its_likeliest_label_alone():
    probabilities = np.full((1, WIDTH), 0.1, dtype=np.float32)
    probabilities[0, COLUMNS[FEELING.name].start + 1] = 0.6
    chosen = {head.name: dict.fromkeys(head.labels, 0.5) for head in HEADS if not head.exclusive}
    given = labels_given(probabilities, chosen)[0, COLUMNS[FEELING.name]]
    assert list(given) == [False, True, False, False, False]


def test_a_rare_class_is_found_where_its_probability_stands_out():
    right = np.repeat([0, 1], [900, 100])
    wanted = np.eye(2, dtype=np.float32)[right]
    rare = np.where(right == 1, 0.4, 0.1).astype(np.float32)
    given = np.stack([1 - rare, rare], axis=1)
    divided = evened(given, wanted, [[0], [1]])
    assert sum(divided) == pytest.approx(1, abs=0.001)
    assert ((given / divided).argmax(axis=1) == right).all()


def test_labels_of_one_class_are_divided_alike():
    wanted = np.eye(3, dtype=np.float32)[RNG.integers(0, 3, 300)]
    given = (wanted + RNG.random((300, 3))).astype(np.float32)
    first, second, other = evened(given / given.sum(axis=1, keepdims=True), wanted, [[0, 1], [2]])
    assert first == second
    assert other > 0


def test_thresholds_of_a_head_with_one_answer_divide_its_probabilities():
    probabilities = np.zeros((1, WIDTH), dtype=np.float32)
    probabilities[0, COLUMNS[EMPATHY.name]] = (0.3, 0.6, 0.1)
    chosen = {head.name: dict.fromkeys(head.labels, 0.5) for head in HEADS if not head.exclusive}
    chosen[EMPATHY.name] = {"empathetic": 0.2, "neutral": 0.6, "unhelpful": 0.2}
    assert list(labels_given(probabilities, chosen)[0, COLUMNS[EMPATHY.name]]) == [True, False, False]


def test_five_classes_of_feeling_merge_to_three():
    assert merged(np.array([[0.1, 0.2, 0.3, 0.3, 0.1]])).tolist() == [[pytest.approx(0.3), 0.3, pytest.approx(0.4)]]


def test_precision_recall_and_f1_of_a_label():
    score = label_score(np.array([1, 1, 0, 0], dtype=bool), np.array([1, 0, 1, 0], dtype=bool))
    assert (score.precision, score.recall, score.f1, score.support) == (0.5, 0.5, 0.5, 2)


def test_a_label_nobody_carries_or_gives_scores_nothing_and_does_not_fail():
    assert label_score(np.zeros(3, dtype=bool), np.zeros(3, dtype=bool)).f1 == 0.0


def test_calibrated_probabilities_have_hardly_any_error_and_bold_ones_have():
    probability = RNG.random(20_000).astype(np.float32)
    right = RNG.random(20_000) < probability
    assert calibration_error(probability, right) < 0.02
    assert calibration_error((probability > 0.5).astype(np.float32), right) > 0.2


def test_calm_turns_say_nothing_about_cues():
    calm = Example(source="calm", group="m", role="customer", text="x")
    assert [name for name, mask in asked([calm]).items() if mask[0]] == ["feeling", "needs_empathy", "emotions"]
