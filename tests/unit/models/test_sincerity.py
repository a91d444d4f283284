"""Whether care is meant for this person, told by words and gists alone."""

import msgspec
import pytest
from hypothesis import given, strategies as st

from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn
from warmline.models.context import Before
from warmline.models.sincerity import (
    DIGESTS,
    PAIRS,
    content_words,
    is_caring,
    line_pairs,
    reuse,
    specificity,
    stock_lines,
    words_of,
)

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
    assert len(content_words(text, DIGESTS)) <= 24
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


LETTER = " ".join(f"your reading number {n} of meter {n} was entered on day {n}" for n in range(9)) + ". "


def test_a_stock_line_behind_a_long_letter_is_found():
    assert reuse(LETTER + "I'm sorry for the inconvenience.", Before()) == 1.0
    assert reuse(LETTER, Before()) < 0.3


def test_what_is_taken_up_at_the_end_of_a_long_turn_is_taken_up():
    other = " ".join(f"word{chr(97 + n)}{chr(97 + n)}" for n in range(26))
    assert specificity(f"{other}, so your boiler broke and the baby is cold", SAID) == 1.0


def test_what_is_remembered_of_a_turn_is_bounded_however_long_it_is():
    said = Turn(
        conversation_id="c",
        turn_id="1",
        role="agent",
        participant_id="a",
        text=" ".join(f"word{n} said{n}" for n in range(100)),
        spoken_at=0,
    )
    score = ScoredTurn(
        conversation_id="c",
        turn_id="1",
        role="agent",
        participant_id="a",
        spoken_at=0,
        valence=0.0,
        sentiment="neutral",
        distress=0.0,
        behaviours=("apologises",),
        language="en",
        model="m-1",
    )
    assert words_of(said, score) == line_pairs(said.text, PAIRS).tobytes()
    assert len(words_of(said, score)) <= 2 * PAIRS
    asked = msgspec.structs.replace(said, role="customer")
    assert len(words_of(asked, score)) <= 2 * DIGESTS


def test_only_care_can_be_recited():
    assert is_caring({"apologises"})
    assert not is_caring({"offers_solution", "canned"})


def test_the_stock_lines_are_lines_and_each_stands_once():
    lines = stock_lines()
    assert len(lines) >= 30
    assert len(set(lines)) == len(lines)
    assert not any(line.startswith("#") for line in lines)
