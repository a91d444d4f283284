"""Words behind a wall of blanks, as e-mails made of HTML have them, are heard."""

import pytest

from warmline.contracts.turn import Turn
from warmline.models.blanks import beginning
from warmline.models.crisis import MAX_CHARS, tells_of_crisis
from warmline.models.language import MAX_CHARS as LANGUAGE_CHARS, LanguageDetector
from warmline.models.scorer import load_scorer
from warmline.models.settings import ModelSettings

WALLS = (" \n" * 6_000, "\n" * 12_000, "\u00a0" * 12_000)


def test_a_text_that_is_short_enough_stays_as_it_is_and_a_longer_one_is_cut():
    assert beginning("a  b\n\n c", 8) == "a  b\n\n c"
    assert beginning("a  b \n\n c", 8) == "a b\nc"
    assert beginning("a b" * 10, 8) == "a ba ba "


@pytest.mark.parametrize("wall", WALLS)
def test_suicide_is_heard_behind_them(wall: str):
    assert len(wall) > MAX_CHARS
    assert tells_of_crisis(f"hello.{wall}i want to kill myself")


@pytest.mark.parametrize("wall", WALLS)
def test_the_language_is_told_behind_them(wall: str):
    text = f"{wall[: LANGUAGE_CHARS + 200]}ich warte seit drei wochen auf mein paket und niemand antwortet mir"
    assert LanguageDetector().detect(text) == "de"


@pytest.mark.parametrize("wall", WALLS)
def test_a_turn_is_scored_as_it_would_be_without_them(wall: str):
    said = "this is absolutely disgusting, i am furious and in tears, nobody helps me"
    turns = [
        Turn(conversation_id=name, turn_id="t", role="customer", participant_id="p", text=text, spoken_at=1)
        for name, text in (("a", said), ("b", wall + said))
    ]
    near, far = load_scorer(ModelSettings()).score(turns)
    assert (far.valence, far.distress, far.language) == (near.valence, near.distress, near.language)
