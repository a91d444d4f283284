"""Whether a customer says that they want to die or to harm themselves, or that somebody close to them did or does.

A rule beside the model, because hardly anything in what the model was taught says it: of two dozen such sentences it
misses more than half. Here missing one costs more than a false one, and what is looked for can be listed, so a list
does it (`crisis_phrases`): phrases of English in which the speaker means a life, written by hand, to be read by anybody
who wants to know why a turn was heard so. It is no diagnosis and no medical device, and it takes no decision: it makes
sure that a person looks.

How doubtful phrases are taken:

- A denial counts ("i'm not suicidal but"): nobody asked, the customer brought it up.
- "You make me want to kill myself" counts: by its words a figure of speech cannot be told apart.
- "I'd rather die than call you again" does not: with "rather die" people compare, and hardly ever mean it.
- "I hurt myself", "I cut myself on the lid" is an accident; it takes a wish, a plan, a habit or "self-harm".
- "I can't live like this" is what people say of a flat or a bill, and is left to the model.

Nothing here keeps or tells a word of the text; the answer is yes or no.
"""

import re

from warmline.models.blanks import beginning
from warmline.models.crisis_phrases import MADE_UP, OTHERS, OWN
from warmline.models.layout import COLUMNS, CUE, FEELING, FEELINGS, NEEDS, Row

CERTAIN = 0.95
"""The least probability of what such a turn is heard as: above every threshold that weights choose, and still less than
certain, since a phrase can be quoted or meant otherwise."""

MAX_CHARS = 10_000
"""Characters that are read, some 2,000 words: no text then takes more than a tenth of a second."""

VULNERABLE = COLUMNS[CUE.name].start + CUE.labels.index("vulnerable")
NEED = COLUMNS[NEEDS.name].start
FEELS = COLUMNS[FEELING.name]
WORST = FEELS.start + FEELINGS.index("-2")


def in_crisis(row: Row) -> Row:
    """Return a copy of a customer's outputs in which three things have at least the probability CERTAIN.

    They are `vulnerable`, the need for empathy, and a very negative feeling (the other feelings keep their
    proportions): who says it calmly needs to be met no less. Distress is then at least .85 with any threshold of need
    up to .7, so that every policy's moment opens.
    """
    raised = row.copy()
    for place in (VULNERABLE, NEED):
        raised[place] = max(float(row[place]), CERTAIN)
    worst = float(row[WORST])
    if worst < CERTAIN:
        raised[FEELS] *= (1 - CERTAIN) / (1 - worst)
        raised[WORST] = CERTAIN
    return raised


def tells_of_crisis(text: str) -> bool:
    """Say whether a customer's turn speaks of suicide or self-harm, their own or of somebody at their side.

    Args:
        text: The turn's words, typed or recognised: case, apostrophes, commas and fillers make no difference. The
            first MAX_CHARS are read, several times as far as the model reads.
    """
    lowered = beginning(text, MAX_CHARS).lower()
    if not _may_tell(lowered):
        return False
    said = _plain(lowered)
    if OWN.search(said) is not None:
        return True
    return any(OTHERS.search(part) is not None and MADE_UP.search(part) is None for part in said.split("."))


_HINT_WORDS = """
    kill suic sucid suis unaliv self mysl myse mese harm die dead death alive life exist wrist throat brains bullet gun
    jump overdos drive driving suffering pain cutting pills tablets medication meds kms planet earth world born
    """
_HINTS = (
    *_HINT_WORDS.split(),
    *("end it", "ending it", "end things", "ending things", "to end", "be over", "wake up", "woke up"),
    *("be here", "be around", "miss me", "without me", "if i w", "if i d"),
)
"""At least one of these, or "live" as a word of its own, stands in whatever is looked for: most turns hold none, and
cost a few microseconds."""

_LIVE = re.compile(r"\bliv")

_SPELLED = {
    "cant": "can not",
    "cannot": "can not",
    "couldnt": "could not",
    "dont": "do not",
    "dnt": "do not",
    "doesnt": "does not",
    "didnt": "did not",
    "wont": "will not",
    "wouldnt": "would not",
    "isnt": "is not",
    "aint": "is not",
    "wasnt": "was not",
    "werent": "were not",
    "im": "i am",
    "ive": "i have",
    "id": "i would",
    "ill": "i will",
    "hes": "he is",
    "shes": "she is",
    "theyre": "they are",
    "theres": "there is",
    "whats": "what is",
    "wanna": "want to",
    "gonna": "going to",
    "myslef": "myself",
    "mysef": "myself",
    "meself": "myself",
    "sucide": "suicide",
    "suiside": "suicide",
    "suicde": "suicide",
    "wnat": "want",
    "sucidal": "suicidal",
    "suicidle": "suicidal",
}
"""Words as they are typed or recognised, to words as the phrases below have them."""

_HEDGE_WORDS = """
    um uh uhm er erm hmm just really actually honestly literally seriously maybe probably even basically like so ever
    simply truly genuinely kinda sorta fucking bloody damn
    """
_HEDGES = frozenset(_HEDGE_WORDS.split())
"""Words that stand anywhere and change nothing here."""

_TWO_WORDS = (
    (" my self ", " myself "),
    (" any more ", " anymore "),
    (" any longer ", " anymore "),
    (" want 2 ", " want to "),
)
_PAUSE = re.compile(r"\.{2,}|\u2026")
_STOP = re.compile(r"[.!?;\n]+")
_APOSTROPHE = re.compile(r"['\u2018\u2019`\u00b4]")
_WORD = re.compile(r"[a-z0-9]+|\.")


def _may_tell(lowered: str) -> bool:
    """Say whether it is worth looking closer."""
    if any(hint in lowered for hint in _HINTS):
        return True
    return "liv" in lowered and _LIVE.search(lowered) is not None


def _plain(lowered: str) -> str:
    """Return words between blanks, sentences parted by a full stop."""
    text = _STOP.sub(" . ", _PAUSE.sub(" ", _APOSTROPHE.sub("", lowered)))
    words: list[str] = []
    for word in _WORD.findall(text):
        for each in _SPELLED.get(word, word).split():
            # A recogniser prints a word twice where the speaker stumbles.
            if each not in _HEDGES and (not words or words[-1] != each):
                words.append(each)
    said = f" {' '.join(words)} "
    for apart, one in _TWO_WORDS:
        said = said.replace(apart, one)
    return said
