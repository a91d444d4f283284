import json
from pathlib import Path

import msgspec
import pytest

from warmline.contracts.labels import BEHAVIOURS, CUES, EMOTIONS
from warmline.training.agreement import BLIND, LEAST, agreement, pairs
from warmline.training.data import Example

TALK = [
    Example(
        source="authored", group="a", conversation="a", role="customer", text="no", val=-1, emo=frozenset({"anger"})
    ),
    Example(
        source="authored", group="a", conversation="a", role="agent", text="oh", behaviours=frozenset({"apologises"})
    ),
]
SAID = [
    {"role": "customer", "val": -2, "emo": ["sadness"], "cues": [], "needs": 1},
    {"role": "agent", "beh": ["validates"], "neg": ["canned"], "emp": 1},
]


def blind(tmp_path: Path, *turns: dict) -> Path:
    file = tmp_path / "blind.jsonl"
    file.write_text(json.dumps({"id": "a", "turns": list(turns)}))
    return file


def test_a_turn_keeps_its_text_and_gets_the_other_labels(tmp_path: Path):
    (_, customer), (house, agent) = pairs(TALK, blind(tmp_path, *SAID))
    assert (customer.text, customer.val, customer.needs, customer.emo) == ("no", -2, True, {"sadness"})
    assert (agent.behaviours, agent.emp) == ({"validates", "canned"}, 1)
    assert house == TALK[1]


def test_a_conversation_that_is_cut_otherwise_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="a has 2 labelled turns"):
        list(pairs(TALK, blind(tmp_path, SAID[0])))


def test_one_who_says_the_same_agrees_wholly_and_one_who_says_another_thing_not_at_all():
    house = TALK * LEAST
    other = [msgspec.structs.replace(turn, val=1, emo=frozenset({"joy"}), behaviours=frozenset()) for turn in house]
    assert {head: each.macro_f1 for head, each in agreement(house, house).items()} == dict.fromkeys(
        ("sentiment", "needs", "emotions", "empathy", "behaviours"), 1.0
    )
    assert agreement(house, other)["sentiment"].macro_f1 == 0
    assert agreement(house, other)["emotions"].macro_f1 == 0


def test_the_labels_that_ship_are_of_the_codebook():
    turns = [turn for line in BLIND.read_bytes().splitlines() for turn in msgspec.json.decode(line)["turns"]]
    assert len(turns) > 600
    for turn in turns:
        if turn["role"] == "customer":
            assert turn["val"] in range(-2, 3)
            assert set(turn["emo"]) <= set(EMOTIONS)
            assert set(turn["cues"]) <= set(CUES)
        else:
            assert turn["emp"] in {-1, 0, 1}
            assert {*turn["beh"], *turn["neg"]} <= set(BEHAVIOURS)
