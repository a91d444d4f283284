"""Figures with intervals, tables, confusions, slices."""

import random

import numpy as np
import pytest

from warmline.evaluation.confusions import confusions
from warmline.evaluation.figures import all_figures, figures, picked
from warmline.evaluation.hearing import Heard
from warmline.evaluation.perturb import (
    masked,
    other_gender,
    recognised,
    second_language,
    shouted,
    spelled,
    typos,
)
from warmline.evaluation.slices import slices
from warmline.evaluation.tables import Table, tables
from warmline.models.layout import COLUMNS, FEELING
from warmline.training.data import Example
from warmline.training.lessons import lessons_of

CHANCE = np.random.default_rng(8)


def table(right: list[list[int]], given: list[list[int]]) -> Table:
    names = tuple("abc"[: len(right[0])])
    told = np.array(given, dtype=bool)
    return Table(names, np.arange(len(right)), np.array(right, dtype=bool), told, told.astype(np.float32))


def test_macro_f1_is_the_mean_over_labels_that_occur():
    measured = figures(table([[1, 0, 0], [0, 1, 0]], [[1, 0, 0], [1, 0, 0]]), ["g", "h"])
    assert measured is not None
    assert measured.macro_f1 == pytest.approx((2 / 3 + 0) / 2, abs=1e-4)
    assert measured.labels["c"].support == 0


def test_the_interval_holds_the_figure_and_narrows_with_more_conversations():
    def width(conversations: int) -> float:
        right = CHANCE.random((conversations * 4, 1)) < 0.5
        given = np.where(CHANCE.random(right.shape) < 0.8, right, ~right)
        measured = figures(
            Table(("a",), np.arange(len(right)), right, given, given.astype(np.float32)),
            [str(row // 4) for row in range(len(right))],
        )
        assert measured is not None
        assert measured.low < measured.macro_f1 < measured.high
        return measured.high - measured.low

    assert width(1000) < width(40) / 2


def test_turns_of_one_conversation_are_no_independent_evidence():
    right = np.repeat(CHANCE.random(60) < 0.5, 20)[:, None]
    given = np.repeat(np.where(CHANCE.random(60) < 0.8, right[::20, 0], ~right[::20, 0]), 20)[:, None]
    whole = Table(("a",), np.arange(len(right)), right, given, given.astype(np.float32))
    together = figures(whole, [str(row // 20) for row in range(len(right))])
    apart = figures(whole, [str(row) for row in range(len(right))])
    assert together is not None
    assert apart is not None
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_a_draw_that_lacks_a_label_does_not_count_it_as_missed():
    right = np.zeros((40, 2), dtype=bool)
    right[:, 0], right[7, 1] = True, True
    perfect = Table(("a", "b"), np.arange(40), right, right, right.astype(np.float32))
    measured = figures(perfect, [str(row) for row in range(40)])
    assert measured is not None
    assert (measured.low, measured.macro_f1, measured.high) == (1.0, 1.0, 1.0)


def test_a_draw_without_any_label_says_nothing():
    right = np.zeros((40, 1), dtype=bool)
    right[7, 0] = True
    perfect = Table(("a",), np.arange(40), right, right, right.astype(np.float32))
    measured = figures(perfect, [str(row) for row in range(40)])
    assert measured is not None
    assert (measured.low, measured.high) == (1.0, 1.0)


def test_a_head_that_gives_no_label_where_some_are_right_has_missed_them_all():
    said = table([[1, 0], [0, 1]], [[0, 0], [0, 0]])
    lessons = lessons_of([Example(source="authored", group=group, role="customer", text="x") for group in "gh"])
    assert all_figures({"cues": said}, lessons, 1, 0)["cues"].macro_f1 == 0


def test_a_head_nobody_was_asked_about_has_no_table():
    examples = [Example(source="authored", group="g", role="customer", text="x")]
    heard = Heard(np.full((1, lessons_of(examples).wanted.shape[1]), 0.5, np.float32), np.zeros((1, 95), dtype=bool))
    assert "behaviours" not in tables(lessons_of(examples), heard)


def test_five_classes_of_feeling_are_told_as_three():
    examples = [Example(source="authored", group="g", role="customer", text="x", val=-2)]
    lessons = lessons_of(examples)
    said = np.zeros(lessons.wanted.shape, dtype=np.float32)
    said[0, COLUMNS[FEELING.name]] = [0.3, 0.3, 0.4, 0.0, 0.0]
    sentiment = tables(lessons, Heard(said, said > 1))["sentiment"]
    assert sentiment.given.tolist() == [[True, False, False]]
    assert sentiment.right.tolist() == [[True, False, False]]


def test_the_worst_confusion_says_what_was_heard_in_the_place_of_what():
    right = [[1, 0]] * 12 + [[0, 1]] * 12
    given = [[0, 1]] * 9 + [[1, 0]] * 3 + [[0, 1]] * 12
    lines = confusions("emotions", table(right, given), 5)
    assert lines[0] == "emotions: a was missed in 9 of 12 texts, and heard as b (9)"
    assert "emotions: b was heard wrongly in 9 of 21 where the right label was a (9)" in lines


def test_slices_are_of_the_own_turns_and_large_enough():
    examples = [Example(source="authored", group="g", role="customer", text="x", channel="chat")] * 60
    examples += [Example(source="calls", group="h", role="agent", text="x")] * 3
    found = slices(examples, 100)
    assert set(found) == {"source authored", "channel chat", "role customer"}
    assert found["channel chat"].sum() == 60
    assert len(found["channel chat"]) == 100


def test_a_part_of_a_table_keeps_its_rows():
    part = picked(table([[1], [0], [1]], [[1], [1], [0]]), np.array([True, False, True]))
    assert (part.rows.tolist(), part.given.tolist()) == ([0, 2], [[True], [False]])


def test_saying_it_otherwise_keeps_what_is_not_said_otherwise():
    chance = random.Random(1)
    assert other_gender("My husband said he is sorry, sir", chance) == "My wife said she is sorry, madam"
    assert second_language("the engineer has a key", chance) == "engineer have key"
    assert masked("card 4929 1111 please", chance) == "card #NUMBER# #NUMBER# please"
    assert recognised("Hello, is it ready?", random.Random(4)).replace("um ", "").startswith("hello")
    assert shouted("no", chance) == "NO"
    assert sorted(typos("wonderful", random.Random(9))) == sorted("wonderful")
    assert spelled({"nothing": "nowt"})("nothing to change here", chance) == "nowt to change here"
