"""Which language a turn is in.

Saying 'not English' loses the turn, so short and doubtful texts are `und`, not foreign.
"""

import unicodedata
from collections.abc import Collection

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from warmline.models.blanks import beginning

UNDETERMINED = "und"
"""BCP 47 for a language that could not be told."""

MIN_WORDS = 3
"""Fewer Latin-script words than this ('ok danke', 'si') tell too little: names and typos would pass for Finnish."""

MIN_CONFIDENCE = 0.7
"""Least probability of a detected language. At this value and MIN_WORDS 3 in 10,000 labelled English turns are called
foreign (names, spelled-out numbers), and nine in ten real German and Portuguese customer turns are recognised."""

KNOWN_LANGUAGES = """
ar bg ca cs da de el en es fi fr he hi hr hu id it ja ko lt nl no pl pt ro ru sk sv th tr uk vi zh
"""
LANGUAGES = frozenset(KNOWN_LANGUAGES.split())
"""Told apart: what contact centres speak. Among all 140 that the detector knows, near relatives take so much of a
sentence's probability that only four in five of those turns reach MIN_CONFIDENCE. A turn of another language is taken
for the nearest of these, or for none. Never Nigerian Pidgin, which spelled-out English ('n j four four one') passes
for."""

MAX_CHARS = 1_000
"""Characters looked at: more changes nothing but the time it takes."""

THREE_LETTERS = {"eng": "en", "deu": "de", "fra": "fr", "spa": "es", "por": "pt", "ita": "it", "nld": "nl"}
"""Codes of ISO 639-2 that some vendors send."""

LAST_LATIN = 0x24F
"""The last code point of Latin Extended-B; letters above belong to other scripts."""

ENGLISH_WORDS = """
the you my your and that this have with what for it been can't i'm don't it's i've not they would could should please
was were from when there their thank thanks just because which how why we our but know get got about will need want
going said that's what's you're we've i'll didn't doesn't where who yes only back after before order again nothing here
"""
ENGLISH = frozenset(ENGLISH_WORDS.split())
"""Words of English that hardly any other language has."""

ENGLISH_LEAST, ENGLISH_SHARE = 2, 1 / 6
"""With so many of them, and such a share, a text is English without asking the detector: true of seven in ten English
turns, and of two in 2,031 turns of German and Portuguese customers (both half in English). The detector takes 0.13 ms a
turn, which is a twentieth of all scoring."""


class LanguageDetector:
    """Tells the language of a text from the text alone. Loading takes some 0.4 s and 60 MB."""

    def __init__(self) -> None:
        self._identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        self._identifier.set_languages(LANGUAGES)

    def detect(self, text: str) -> str:
        """Return a two-letter code, or `und` where the text does not tell."""
        text = beginning(text, MAX_CHARS)
        foreign_script = is_foreign_script(text)
        if not foreign_script and count_words(text) < MIN_WORDS:
            return UNDETERMINED
        if is_plainly_english(text):
            return "en"
        language, confidence = self._identifier.classify(text)
        if confidence < MIN_CONFIDENCE:
            # A script that English is never written in needs no confidence about which language it is.
            return language if foreign_script and language != "en" else UNDETERMINED
        return str(language)


def is_understood(language: str, understood: Collection[str]) -> bool:
    """Say whether a BCP 47 tag is of a language that a model understands; `und` is not held against a text.

    Args:
        language: The tag, of any region.
        understood: Two-letter codes.
    """
    primary = language.replace("_", "-").split("-", 1)[0].lower()
    return primary in {UNDETERMINED, ""} or THREE_LETTERS.get(primary, primary) in understood


def is_plainly_english(text: str) -> bool:
    """Say whether a text is so clearly English that no detector need be asked."""
    words = text.lower().split()
    found = sum(1 for word in words if word in ENGLISH)
    return found >= ENGLISH_LEAST and found >= len(words) * ENGLISH_SHARE


def count_words(text: str) -> int:
    """Count the blank-separated pieces that hold a letter."""
    return sum(1 for word in text.split() if any(char.isalpha() for char in word))


def is_foreign_script(text: str) -> bool:
    """Say whether most letters are outside the Latin script."""
    letters = [char for char in text if unicodedata.category(char)[0] == "L"]
    foreign = sum(1 for char in letters if ord(char) > LAST_LATIN)
    return foreign * 2 > len(letters)
