"""Calm customers, as most are: real requests from another collection, taken to be neutral.

The labelled conversations are angrier than real traffic, and a model of them hears anger in 'could you send me a copy'.
The multidogo collection (crowd workers asking for a seat, a balance, a pizza) has no labels of feeling, but turns of
its plain business intents are calm with few exceptions. They help to train feeling, need and emotion, say nothing about
cues, and are never part of a figure; other conversations of the same collection measure false alarms, by turns whose
words were not taught: 'I want to order a pizza' is said in many.

On those, a model without calm turns heard 4.7 % as negative and 8.3 % as needing empathy, with them 0.4 % and 0.4 %,
and the figures on labelled turns stayed where they were.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from warmline.training.data import Example, fold_of

COLLECTION = "multidogo"

BUSINESS = frozenset(
    {
        "contentonly",
        "bookflight",
        "changeseatassignment",
        "checkbalance",
        "checkclaimstatus",
        "checkoffereligibility",
        "getboardingpass",
        "getproofofinsurance",
        "getroutingnumber",
        "getseatinfo",
        "orderchecks",
        "orderdrinkintent",
        "orderpizzaintent",
        "replacecard",
        "startserviceintent",
        "transfermoney",
        "updateaddress",
    }
)
"""Intents that carry no feeling; thanks, disputes and reports of loss or damage are left out."""

MIN_WORDS = 4
"""Shorter turns are mostly names and numbers, which the labelled data has enough of."""

PARTS, TRAINING_PARTS = 8, 2
"""Two in eight conversations train; as many others measure."""

_WORD = re.compile(r"[a-z0-9']+")


def calm_examples(root: Path, *, training: bool, seed: int) -> list[Example]:
    """Return calm turns to train on, or those that measure false alarms; none where the collection is not at hand.

    Args:
        root: The folder that holds `multidogo`.
        training: Which of the two.
        seed: Of the split by conversation.
    """
    taught: dict[str, Example] = {}
    others: dict[str, Example] = {}
    for path in sorted((root / COLLECTION).glob("*/*.tsv")):
        for conversation, intent, text in _rows(path):
            part = fold_of(conversation, PARTS, seed)
            if intent in BUSINESS and len(text.split()) >= MIN_WORDS and part < 2 * TRAINING_PARTS:
                calm = Example(
                    source="calm", group=conversation, role="customer", text=text, emo=frozenset({"neutral"})
                )
                (taught if part < TRAINING_PARTS else others).setdefault(text, calm)
    if training:
        return list(taught.values())
    known = set(map(_words_alone, taught))
    return [example for text, example in others.items() if _words_alone(text) not in known]


def _words_alone(text: str) -> str:
    """Return a text without its case and punctuation: what differs in those alone has been taught."""
    return " ".join(_WORD.findall(text.lower()))


def _rows(path: Path) -> Iterator[tuple[str, str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["utterance"] and row["intent"]:
                yield row["conversationId"], row["intent"], row["utterance"]
