"""Signs that say something and are no words to the encoder: emoji, and swear words masked with asterisks.

The vocabulary knows no emoji: every one was the same unknown piece, and a turn of nothing else was not heard at all. A
masked swear word falls into its letters and sounds calm. Both are put into words before a text is split.
"""

import re

EMOJI = {
    "\U0001f621": "this makes me angry",
    "\U0001f92c": "this makes me angry",
    "\U0001f620": "so angry",
    "\U0001f624": "so angry",
    "\U0001f47f": "so angry",
    "\U0001f644": "so annoying",
    "\U0001f612": "annoyed",
    "\U0001f611": "annoyed",
    "\U0001f926": "unbelievable",
    "\U0001f62d": "crying",
    "\U0001f622": "so sad",
    "\U0001f61e": "so disappointed",
    "\U0001f614": "so sad",
    "\u2639": "so sad",
    "\U0001f641": "so sad",
    "\U0001f494": "heartbroken",
    "\U0001f629": "ugh",
    "\U0001f62b": "ugh",
    "\U0001f630": "so worried",
    "\U0001f61f": "so worried",
    "\U0001f631": "scared",
    "\U0001f628": "scared",
    "\U0001f615": "confused",
    "\U0001f914": "not sure",
    "\U0001f62c": "awkward",
    "\U0001f60a": "so happy",
    "\U0001f604": "so happy",
    "\U0001f600": "so happy",
    "\U0001f601": "so happy",
    "\U0001f60d": "i love it",
    "\U0001f970": "i love it",
    "\u2764": "i love it",
    "\U0001f602": "haha",
    "\U0001f923": "haha",
    "\U0001f389": "hooray",
    "\U0001f44f": "well done",
    "\U0001f44d": "sounds good",
    "\U0001f44e": "very bad",
    "\U0001f64f": "please thank you",
}
"""What the commonest emoji of service chats say, in words that the model hears as people mean the sign. Others stay
unknown: they name things, or say different things in different turns (a slight smile, a smile in sweat). Chosen among
several wordings, alone and beside calm and upset words: "so disappointed" where "disappointed" alone sounds calm."""

_EMOJI = re.compile("[" + "".join(EMOJI) + "]")
_VARIANT = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff]")
"""The sign that asks for the coloured picture, and the five tones of skin."""

SWEAR_WORDS = (
    *("fuck", "shit", "bitch", "cunt", "damn", "hell", "piss", "crap", "dick", "twat", "arse", "shite", "prick"),
    *("fucking", "fuckin", "fucked", "fucker", "fuckers", "shitty", "bastard", "bastards", "bullshit", "bollocks"),
    *("asshole", "assholes", "arsehole", "wanker", "wankers", "pissed", "bitches", "dickhead", "motherfucker"),
)
"""What a masked word is read as: the first of the same length whose letters stand where letters stand."""

STEMS = {"f": "fuck", "s": "shit", "b": "bitch"}
"""What a first letter with any number of asterisks is read as, where no word is as long."""

_MASKED = re.compile(r"(?<![\w*@.+-])([A-Za-z][A-Za-z*]*\*[A-Za-z*]*)(?![\w*@+-]|\.\w)")
"""A word with asterisks in it and nothing else: no multiplication, and no part of an address or of a number."""

_STEM = re.compile(r"([fsb])\*+(ing|in|ed|ers?|s|ty|y)?")
LETTERS_ENOUGH = 2
"""So many letters of a word tell it from a masked name. A single small one does as well, but not after a title; of the
capitals F alone, which begins few names and most of what is masked so."""

_NAME_FOLLOWS = re.compile(r"\b(?:mr|mrs|ms|miss|dr|name is|name's|called)\.?\s+$", re.IGNORECASE)


def in_words(text: str) -> str:
    """Return a text with its emoji as words and its masked swear words written out; everything else as it was."""
    if "*" in text:
        text = _MASKED.sub(_written_out, text)
    if text.isascii():
        return text
    return _EMOJI.sub(lambda found: f" {EMOJI[found[0]]} ", _VARIANT.sub("", text))


def has_sign(text: str) -> bool:
    """Say whether a text holds an emoji that is read as words."""
    return not text.isascii() and _EMOJI.search(text) is not None


def _may_be_a_name(found: re.Match[str]) -> bool:
    """Say whether a single letter with asterisks may stand for somebody or for something other than a swear word."""
    masked, before = found[1], found.string[max(0, found.start() - 12) : found.start()]
    capital = masked[0].isupper() and masked[0] != "F"
    return capital or len(masked) <= LETTERS_ENOUGH or _NAME_FOLLOWS.search(before) is not None


def _written_out(found: re.Match[str]) -> str:
    """Return a masked swear word written out; what may be a name or is no known word stays as it is."""
    masked = found[1]
    word = masked.lower()
    letters = len(word) - word.count("*")
    if letters < LETTERS_ENOUGH and _may_be_a_name(found):
        return masked
    for known in SWEAR_WORDS:
        if len(known) == len(word) and all(sign in ("*", letter) for sign, letter in zip(word, known, strict=True)):
            return known
    stem = _STEM.fullmatch(word)
    return masked if stem is None else STEMS[stem[1]] + (stem[2] or "")
