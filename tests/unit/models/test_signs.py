import pytest

from warmline.models.signs import EMOJI, has_sign, in_words
from warmline.models.tokenizer import clean


def test_an_emoji_is_read_as_words_and_stands_apart_from_its_neighbours():
    assert in_words("fix it\U0001f621now") == f"fix it {EMOJI[chr(0x1F621)]} now"


@pytest.mark.parametrize("text", ["\U0001f44d\U0001f3fd", "\u2764\ufe0f", "\u2764"])
def test_tones_of_skin_and_the_sign_for_colour_make_no_difference(text: str):
    assert in_words(text) == f" {EMOJI[text[0]]} "


@pytest.mark.parametrize("text", ["", "plain words", "caf\u00e9 \u8c22", "\U0001f35f\U0001f6d2", "3 * 4 = 12"])
def test_everything_else_stays_as_it_was(text: str):
    assert in_words(text) == text
    assert not has_sign(text)


def test_every_emoji_is_one_sign_that_is_put_into_words():
    assert 30 <= len(EMOJI) <= 45
    for sign, words in EMOJI.items():
        assert len(sign) == 1
        assert has_sign(sign)
        assert words.isascii()


@pytest.mark.parametrize(
    ("masked", "word"),
    [
        ("f*** you", "fuck you"),
        ("F*** this", "fuck this"),
        ("what the f**k", "what the fuck"),
        ("fix my f***ing internet", "fix my fucking internet"),
        ("f*****g idiots", "fucking idiots"),
        ("F**KING USELESS", "fucking USELESS"),
        ("sh*t service", "shit service"),
        ("this is bulls***.", "this is bullshit."),
        ("you b****", "you bitch"),
        ("you b*****d", "you bastard"),
        ("a**hole", "asshole"),
        ("f********* hell", "fuck hell"),
    ],
)
def test_a_masked_swear_word_is_written_out(masked: str, word: str):
    assert in_words(masked) == word
    assert clean(masked) == word


@pytest.mark.parametrize(
    "text",
    [
        "my card ends **** 1234",
        "my name is s***",
        "this is Mr B***",
        "S*** Jones",
        "J**** told me",
        "s***@mail.com",
        "the code is b****1",
        "**bold** and *sighs*",
        "2*3*4",
        "a * b",
        "f* d",
        "**** company",
    ],
)
def test_masked_names_numbers_addresses_and_other_stars_stay(text: str):
    assert in_words(text) == text
