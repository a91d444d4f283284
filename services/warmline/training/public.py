"""Public collections that teach beside our own labelled turns, each answering the few questions it can.

A collection whose folder is not at hand teaches nothing and is missing from the model card.
"""

import csv
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np

from warmline.contracts.labels import CUES, GOEMOTIONS
from warmline.models.layout import CHAT_EMOTION, COLUMNS, CUE, GOEMOTION, TEMPLATED
from warmline.training.lessons import Lessons, empty_lessons
from warmline.training.licences import licensed

VADER_LARGEST = 4.0
"""VADER's raters answered from -4 to 4."""

POLITEST = 2.0
"""The Stanford politeness corpus: scores are normalised to a spread of about 0.7; few lie beyond -2..2."""

ABUSIVE_BELOW = -0.5
"""ConvAbuse: raters' mean on 1 (fine) .. -3 (strongly abusive) below which a turn is abuse; between this and FINE_ABOVE
they disagree, and the turn teaches nothing."""
FINE_ABOVE = 0.5

ASKING = frozenset({"contact_human_agent", "contact_customer_service"})
"""Bitext: intents that ask for a person."""

PLAIN_REQUESTS = 1_200
"""Bitext: so many requests that do not ask for a person stand against the 470 or so that do."""


def goemotions(path: Path) -> Lessons:
    """Read a file of GoEmotions: text TAB label numbers TAB comment id.

    Raises:
        ValueError: A line is not of that form; the message says which.
    """
    rows = list(_comments(path))
    lessons = empty_lessons([text for text, _ in rows], [f"goemotions-{number}" for number in range(len(rows))])
    place = COLUMNS[GOEMOTION.name]
    lessons.asked[:, place] = True
    for wanted, (_, labels) in zip(lessons.wanted, rows, strict=True):
        wanted[[place.start + label for label in labels]] = 1
    return lessons


def _comments(path: Path) -> Iterator[tuple[str, list[int]]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: is not UTF-8; save it as UTF-8") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        text, _, rest = line.partition("\t")
        try:
            labels = [int(label) for label in rest.split("\t")[0].split(",")]
        except ValueError as error:
            raise ValueError(f"{path}:{number}: not text TAB label numbers TAB id") from error
        for label in labels:
            if not 0 <= label < len(GOEMOTIONS):
                raise ValueError(f"{path}:{number}: there is no label {label}; labels are 0..{len(GOEMOTIONS) - 1}")
        yield text, labels


def rated(root: Path) -> Lessons:
    """Read VADER's ground truth: tweets and snippets of product reviews with their raters' mean valence."""
    texts, means = [], []
    for name in ("tweets_GroundTruth.txt", "amazonReviewSnippets_GroundTruth.txt"):
        for line in (root / "vader_groundtruth" / name).read_text(encoding="utf-8").splitlines():
            _, mean, text = line.split("\t", 2)
            texts.append(text)
            means.append(float(mean) / VADER_LARGEST)
    lessons = empty_lessons(texts, [f"vader-{number}" for number in range(len(texts))])
    lessons.valence[:] = np.clip(means, -1, 1)
    return lessons


def polite(root: Path) -> Lessons:
    """Read the Stanford politeness corpus: requests among users of Wikipedia and Stack Exchange, rated by five each."""
    rows: list[dict[str, str]] = []
    for path in sorted((root / "politeness").glob("*.annotated.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            rows += csv.DictReader(lines)
    lessons = empty_lessons([row["Request"] for row in rows], [f"politeness-{number}" for number in range(len(rows))])
    lessons.politeness[:] = np.clip([float(row["Normalized Score"]) / POLITEST for row in rows], -1, 1)
    return lessons


def abuse(root: Path) -> Lessons:
    """Read ConvAbuse: what people say to bots, and whether it abuses them."""
    texts, groups, abusive = [], [], []
    with (root / "convabuse" / "ConvAbuseEMNLPtrain.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            votes = [
                int(name.rsplit("is_abuse.", 1)[1])
                for name, value in row.items()
                if "is_abuse." in name and value == "1"
            ]
            mean = sum(votes) / len(votes) if votes else 0.0
            if row["user"].strip() and not ABUSIVE_BELOW <= mean <= FINE_ABOVE:
                texts.append(row["user"])
                groups.append(f"convabuse-{row['conv_id']}")
                abusive.append(mean < ABUSIVE_BELOW)
    return _cue(texts, groups, abusive, "abuse_of_agent")


def asks_human(root: Path, seed: int) -> Lessons:
    """Read Bitext's support requests: who asks for a person, and a sample of those who do not."""
    folder = root / "bitext" / "train"
    rows: list[dict[str, str]] = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            rows += csv.DictReader(lines)
    asking = [row["utterance"] for row in rows if row["intent"] in ASKING]
    plain = [row["utterance"] for row in rows if row["intent"] not in ASKING]
    plain = random.Random(seed).sample(plain, min(PLAIN_REQUESTS, len(plain)))  # noqa: S311 # a sample
    texts = asking + plain
    groups = [f"bitext-{number}" for number in range(len(texts))]
    return _cue(texts, groups, [True] * len(asking) + [False] * len(plain), "asks_human")


def chat_sentences(root: Path) -> Lessons:
    """Read MAIA-DQE by sentence: its own emotions, and what comes from a template.

    A dialogue's group is its id, as in `data`, so that a split keeps its sentences with its turns.
    """
    texts, groups, emotions = [], [], []
    templated: list[int | None] = []
    for dialogue_id, customer, text, emotion, template in _sentences(root / "maia_dqe"):
        texts.append(text)
        groups.append(dialogue_id)
        emotions.append(emotion)
        templated.append(None if customer else template)
    lessons = empty_lessons(texts, groups)
    place, column = COLUMNS[CHAT_EMOTION.name], COLUMNS[TEMPLATED.name].start
    for index, (emotion, mark) in enumerate(zip(emotions, templated, strict=True)):
        lessons.asked[index, place] = True
        lessons.wanted[index, place.start + emotion] = 1
        if mark is not None:
            lessons.asked[index, column] = True
            lessons.wanted[index, column] = mark
    return lessons


def _sentences(folder: Path) -> Iterator[tuple[str, bool, str, int, int]]:
    for path in sorted(folder.glob("*_a.json")):
        if "splits" in path.name:
            continue
        for dialogue in msgspec.json.decode(path.read_bytes()):
            for turn in dialogue["turns"]:
                customer = turn["floor"] == "inbound"
                said: list[str] = turn["text_mt"] if customer else turn["text_src"]
                marks: zip[tuple[Any, ...]] = zip(said, turn["Emotion"], turn["Templated"], strict=False)
                for text, emotion, template in marks:
                    if text.strip() and emotion in range(len(CHAT_EMOTION.labels)) and template in (0, 1):
                        yield dialogue["id"], customer, text, emotion, template


def _cue(texts: list[str], groups: list[str], given: list[bool], cue: str) -> Lessons:
    lessons = empty_lessons(texts, groups)
    column = COLUMNS[CUE.name].start + CUES.index(cue)
    lessons.asked[:, column] = True
    lessons.wanted[:, column] = given
    return lessons


def first_lessons(root: Path, seed: int) -> dict[str, Lessons]:
    """Return what teaches the encoder feeling in general, by collection; nothing of it is from our conversations."""
    return {name: read(root, seed) for name, read in FIRST_COLLECTIONS.items() if licensed(root, name)}


FIRST_COLLECTIONS: Mapping[str, Callable[[Path, int], Lessons]] = MappingProxyType(
    {
        "goemotions": lambda root, _: goemotions(root / "goemotions" / "train.tsv"),
        "vader_groundtruth": lambda root, _: rated(root),
        "convabuse": lambda root, _: abuse(root),
        "bitext": asks_human,
    }
)
"""By folder: what reads a collection of feeling in general, given the folder that holds it, and a seed of samples."""
