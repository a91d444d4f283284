"""Whether care is meant for this person, told by words and gists alone."""

import pytest
from hypothesis import given, strategies as st

from warmline.models.context import Before
from warmline.models.sincerity import content_words, is_caring, line_pairs, reuse, specificity, stock_lines

SAID = content_words("my boiler broke on tuesday and my baby is cold").tobytes()


def test_an_answer_that_names_what_the_customer_said_is_specific():
    assert specificity("so your boiler broke and the baby is in a cold house", SAID) == 1.0


def test_an_answer_that_would_fit_anybody_takes_nothing_up():
    assert specificity("i understand your frustration", SAID) == 0.0


def test_one_word_in_three_is_a_third():
    assert specificity("let me look at the boiler", SAID) == pytest.approx(1 / 3)


def test_where_nothing_was_said_there_is_nothing_to_take_up():
    assert specificity("a broken boiler", b"") is None
    assert specificity("a broken boiler", content_words("hello yes thank you").tobytes()) is None


def test_endings_do_not_hide_a_word():
    assert set(content_words("delayed parcels")) == set(content_words("delays parcel"))


@given(st.text(max_size=300))
def test_any_text_has_bounded_digests_and_a_specificity_in_range(text: str):
    assert len(content_words(text)) <= 24
    taken = specificity(text, SAID)
    assert taken is not None
    assert 0 <= taken <= 1


def test_a_stock_line_inside_a_turn_is_reuse_and_a_line_of_ones_own_is_none_yet():
    assert reuse("Right. I'm sorry for the inconvenience, let me look.", Before()) == 1.0
    assert reuse("a night without heating and with a baby sounds awful", Before()) < 0.3


def test_a_line_used_before_by_the_same_person_is_reused():
    line = "a night without heating sounds awful"
    assert reuse(line, Before()) < 0.3
    assert reuse(line, Before(own=(line_pairs(line).tobytes(),))) == 1.0


def test_only_care_can_be_recited():
    assert is_caring({"apologises"})
    assert not is_caring({"offers_solution", "canned"})


def test_the_stock_lines_are_lines_and_each_stands_once():
    lines = stock_lines()
    assert len(lines) >= 30
    assert len(set(lines)) == len(lines)
    assert not any(line.startswith("#") for line in lines)
