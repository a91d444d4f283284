"""Ways in which the same thing is said: a score should hardly care which.

Two families. `SAME_PERSON` swaps who speaks and how they spell: names, genders, spellings of regions, the grammar of a
second language, entities masked by the recorder. A shift there is unfairness. `SAME_WORDS` is what channels do to text:
typos, a recogniser's lack of punctuation and its fillers, all caps. A shift there is noise.
"""

import random
import re
from collections.abc import Callable, Mapping

Change = Callable[[str, random.Random], str]
"""From a text to the same said otherwise; the text itself where there is nothing to change."""

GENDERS = {
    "he": "she",
    "him": "her",
    "his": "her",
    "himself": "herself",
    "she": "he",
    "her": "him",
    "herself": "himself",
    "husband": "wife",
    "wife": "husband",
    "mother": "father",
    "father": "mother",
    "mum": "dad",
    "dad": "mum",
    "mom": "dad",
    "son": "daughter",
    "daughter": "son",
    "brother": "sister",
    "sister": "brother",
    "sir": "madam",
    "madam": "sir",
    "mr": "mrs",
    "mrs": "mr",
    "man": "woman",
    "woman": "man",
    "boy": "girl",
    "girl": "boy",
}

NAMES = (
    ("Emily", "Lakisha", "Fatima", "Mei", "Guadalupe", "Ngozi"),
    ("Greg", "Jamal", "Mohammed", "Wei", "Santiago", "Chukwuemeka"),
)
"""First names that English speakers tie to different origins; Bertrand and Mullainathan (2004) and Caliskan et al.
(2017) drew on some of them to measure bias."""

FRAMES = (
    "this is {name}, i'm calling about my bill again",
    "hi my name is {name} and my order has not arrived",
    "{name} here, i have been waiting for two hours",
    "thank you so much, {name}, you have been a great help",
    "it's {name}. the engineer never turned up",
    "{name} told me it would be fixed by monday and it is not",
    "i am so sorry about that, {name}, let me put it right for you",
    "good morning {name}, how can i help",
)

AMERICAN = {
    "apologise": "apologize",
    "apologised": "apologized",
    "realise": "realize",
    "organise": "organize",
    "colour": "color",
    "favour": "favor",
    "centre": "center",
    "cheque": "check",
    "cancelled": "canceled",
    "travelling": "traveling",
    "mum": "mom",
    "going to": "gonna",
    "want to": "wanna",
    "have to": "gotta",
    "whilst": "while",
}
NORTHERN = {
    "cannot": "cannae",
    "can't": "cannae",
    "don't": "dinnae",
    "nothing": "nowt",
    "something": "summat",
    "anything": "owt",
    "yes": "aye",
    "about": "aboot",
    "my": "me",
    "you all": "youse",
    "was": "were",
}
CARIBBEAN = {
    "the": "da",
    "that": "dat",
    "them": "dem",
    "this": "dis",
    "with": "wit",
    "isn't": "ain't",
    "hasn't": "ain't",
    "my": "mi",
}
"""How voices of a region are spelled in chat, one region at a time: nobody mixes them."""

ARTICLES = frozenset({"a", "an", "the"})
FILLERS = ("um", "uh", "er", "you know", "like")
PUNCTUATION = re.compile(r"[^\w\s'#]")
NUMBER = re.compile(r"\b\d[\d,.]*\b")
WORD = re.compile(r"[A-Za-z']+")
TYPO_ONE_IN = 10
FILLER_ONE_IN = 12
FEW_LETTERS = 4


def other_gender(text: str, _chance: random.Random) -> str:
    """Swap every word that tells a gender."""
    return WORD.sub(lambda match: _like(match[0], GENDERS), text)


def spelled(region: Mapping[str, str]) -> Change:
    """Return the change to a region's spelling."""

    def change(text: str, _chance: random.Random) -> str:
        for word, other in region.items():
            text = re.sub(rf"\b{word}\b", other, text)
        return text

    return change


def second_language(text: str, _chance: random.Random) -> str:
    """Leave out articles and the s of the third person, as many second-language speakers do."""
    kept = [word for word in text.split(" ") if word.lower() not in ARTICLES]
    dropped = {"has": "have", "does": "do", "doesn't": "don't", "is": "are", "wants": "want", "says": "say"}
    return " ".join(dropped.get(word, word) for word in kept)


def masked(text: str, _chance: random.Random) -> str:
    """Mask numbers, as a recorder that protects payment data does."""
    return NUMBER.sub("#NUMBER#", text)


def typos(text: str, chance: random.Random) -> str:
    """Swap two neighbouring letters in one of ten words."""

    def slip(match: re.Match[str]) -> str:
        word = match[0]
        if len(word) < FEW_LETTERS or chance.random() >= 1 / TYPO_ONE_IN:
            return word
        at = chance.randrange(1, len(word) - 2)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    return WORD.sub(slip, text)


def recognised(text: str, chance: random.Random) -> str:
    """Print it as a recogniser does: no punctuation, no capitals, a filler in one of twelve places."""
    words = []
    for word in PUNCTUATION.sub("", text).lower().split():
        if chance.random() < 1 / FILLER_ONE_IN:
            words.append(chance.choice(FILLERS))
        words.append(word)
    return " ".join(words)


def shouted(text: str, _chance: random.Random) -> str:
    """Write all in capitals."""
    return text.upper()


SAME_PERSON: Mapping[str, Change] = {
    "gender": other_gender,
    "American spelling": spelled(AMERICAN),
    "Northern and Scots": spelled(NORTHERN),
    "Caribbean": spelled(CARIBBEAN),
    "second-language grammar": second_language,
    "masked numbers": masked,
}
SAME_WORDS: Mapping[str, Change] = {"typos": typos, "recogniser": recognised, "all caps": shouted}


def _like(word: str, table: Mapping[str, str]) -> str:
    """Return the other word in the capitals of the first."""
    other = table.get(word.lower(), word.lower() if word.lower() in table else word)
    return other.capitalize() if word[0].isupper() else other
