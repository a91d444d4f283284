"""What a language model wrote is in the codebook's format, label by label."""

import re
from collections import Counter
from functools import cache

import msgspec
import pytest

from warmline.contracts.labels import CUES, EMOTIONS, FAULTS, GOOD_BEHAVIOURS
from warmline.evaluation.unheard import UNHEARD
from warmline.training.written import FOLDER, written_examples

FILES = [*sorted(FOLDER.glob("*.jsonl")), UNHEARD]
CHANNELS = {"voice", "chat", "messaging", "email", "social"}
CUSTOMER_KEYS = {"i", "role", "t", "text", "val", "emo", "cues", "needs"}
ANSWERING_KEYS = {"i", "role", "t", "text", "beh", "neg", "emp"}


@cache
def conversations():
    return [msgspec.json.decode(line) for path in FILES for line in path.read_bytes().splitlines()]


def test_every_conversation_has_an_id_of_its_own_and_a_known_channel_and_style():
    every = conversations()
    assert len(every) > 1_000
    assert [name for name, count in Counter(each["id"] for each in every).items() if count > 1] == []
    assert {each["channel"] for each in every} <= CHANNELS
    assert {each["style"] for each in every} <= {"asr", "typed", "clean"}
    assert {each["language"] for each in every} == {"en"}


def test_turns_are_counted_from_nought_in_the_order_of_their_times():
    for each in conversations():
        turns = each["turns"]
        assert [turn["i"] for turn in turns] == list(range(len(turns))), each["id"]
        times = [turn["t"] for turn in turns]
        assert times == sorted(times), each["id"]
        assert all(turn["text"].strip() for turn in turns), each["id"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_turn_carries_the_labels_of_its_role_and_no_others(path):
    for line in path.read_bytes().splitlines():
        for turn in msgspec.json.decode(line)["turns"]:
            if turn["role"] == "customer":
                assert turn.keys() == CUSTOMER_KEYS
                assert turn["val"] in range(-2, 3)
                assert turn["needs"] in {0, 1}
                assert 1 <= len(turn["emo"]) <= 3
                assert set(turn["emo"]) <= set(EMOTIONS)
                assert set(turn["cues"]) <= set(CUES)
            else:
                assert turn["role"] in {"agent", "bot"}
                assert turn.keys() == ANSWERING_KEYS
                assert turn["emp"] in {-1, 0, 1}
                assert set(turn["beh"]) <= set(GOOD_BEHAVIOURS)
                assert set(turn["neg"]) <= set(FAULTS)


def test_every_outcome_names_a_turn_of_its_conversation():
    for each in conversations():
        outcome = each["outcome"]
        assert outcome["csat"] in range(1, 6), each["id"]
        assert outcome["escalated"] == (outcome["escalate_from"] is not None), each["id"]
        assert not outcome["escalated"] or outcome["escalate_from"] in range(len(each["turns"])), each["id"]


def test_their_turns_are_read_as_written_ones():
    examples = written_examples()
    taught = [each for each in conversations() if not each["id"].startswith("unheard-")]
    assert len(examples) == sum(len(each["turns"]) for each in taught)
    assert {example.source for example in examples} == {"written"}


def test_no_conversation_that_measures_is_taught():
    """Nor a turn of it that is more than a stock line: twelve words or more."""
    texts = {example.text for example in written_examples() if len(example.text.split()) >= 12}
    measured = [
        turn["text"] for line in UNHEARD.read_bytes().splitlines() for turn in msgspec.json.decode(line)["turns"]
    ]
    assert len(measured) > 8_000
    assert [text for text in measured if text in texts] == []


def test_numbers_and_addresses_in_them_are_nobodys():
    """Addresses are of reserved domains; what looks like a card number fails the card's own check digit."""
    text = "\n".join(turn["text"] for each in conversations() for turn in each["turns"])
    addresses = re.findall(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", text)
    assert [address for address in addresses if not re.search(r"\bexample(\.\w+)*$", address.lower())] == []
    cards = [re.sub(r"\D", "", found) for found in re.findall(r"\b(?:\d[ -]?){13,16}\b", text)]
    assert [card for card in cards if passes_luhn(card)] == []


def passes_luhn(digits):
    doubled = [int(digit) * 2 if place % 2 else int(digit) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0
