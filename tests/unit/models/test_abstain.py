from typing import Any

import pytest

from warmline.contracts.turn import Turn
from warmline.models.abstain import abstention, has_words


def turn(**fields: Any) -> Turn:
    base = {"conversation_id": "c", "turn_id": "t", "role": "customer", "participant_id": "p", "text": "hello there"}
    return Turn(**(base | {"spoken_at": 0} | fields))


def reason(turned: Turn, language: str = "en", confidence: float = 0.9) -> str | None:
    return abstention(turned, language, confidence, confidence_min=0.4, asr_min=0.4, understood=("en",))


def test_a_sure_score_of_an_english_turn_is_used():
    assert reason(turn()) is None


@pytest.mark.parametrize(
    ("fields", "language", "confidence", "expected"),
    [
        ({"role": "system"}, "en", 0.9, "system_turn"),
        ({"text": " ...123 "}, "en", 0.9, "no_words"),
        ({}, "de", 0.9, "language"),
        ({"asr_confidence": 0.39}, "en", 0.9, "asr_confidence"),
        ({}, "en", 0.39, "low_confidence"),
    ],
)
def test_each_reason_is_named(fields: dict[str, Any], language: str, confidence: float, expected: str):
    assert reason(turn(**fields), language, confidence) == expected


def test_the_first_reason_in_their_order_is_given():
    assert reason(turn(asr_confidence=0.1), "de", 0.1) == "language"
    assert reason(turn(asr_confidence=0.1), "en", 0.1) == "asr_confidence"


def test_the_limits_themselves_are_enough():
    assert reason(turn(asr_confidence=0.4), "en", 0.4) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ok", True),
        ("谢", True),
        ("é", True),
        ("", False),
        ("→ 1!", False),
        ("🛒", False),
        ("👍 1!", True),
        ("😡", True),
    ],
)
def test_a_word_needs_a_letter_or_an_emoji_that_is_read_as_words(text, expected):
    assert has_words(text) is expected
