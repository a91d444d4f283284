import json
from pathlib import Path

import pytest

from warmline.training.data import fold_of, in_share, load_examples


def conversation(name: str, *turns: dict) -> str:
    return json.dumps({"id": name, "turns": list(turns)})


CUSTOMER = {"i": 0, "role": "customer", "text": "hi", "val": -1, "emo": ["anger"], "cues": ["unresolved"], "needs": 1}
AGENT = {"i": 1, "role": "agent", "text": "hello", "beh": ["apologises"], "neg": ["canned"], "emp": -1}


def test_labels_of_both_sides_are_read(tmp_path: Path):
    (tmp_path / "conversations_a.jsonl").write_text(conversation("wl-1", CUSTOMER, AGENT))
    customer, agent = load_examples(tmp_path)
    assert (customer.val, customer.needs, customer.emo, customer.cues) == (-1, True, {"anger"}, {"unresolved"})
    assert (agent.behaviours, agent.emp) == ({"apologises", "canned"}, -1)


def test_labels_by_reference_find_their_texts_in_the_folder_beside(tmp_path: Path):
    warmline, chats = tmp_path / "warmline", tmp_path / "maia_dqe"
    warmline.mkdir()
    chats.mkdir()
    labels = [{"i": 0, "role": "customer", "val": 1}, {"i": 1, "role": "agent", "beh": [], "neg": [], "emp": 0}]
    (warmline / "maia_train_labels.jsonl").write_text(json.dumps({"id": "d-1", "turns": labels}))
    turns = [
        {"floor": "inbound", "text_mt": ["Thank you", "so much"], "text_src": ["Danke"]},
        {"floor": "outbound", "text_mt": ["Gerne"], "text_src": ["You are welcome"]},
    ]
    (chats / "x_a.json").write_text(json.dumps([{"id": "d-1", "turns": turns}]))
    assert [example.text for example in load_examples(warmline)] == ["Thank you so much", "You are welcome"]


def test_labels_whose_texts_are_not_at_hand_are_left_out(tmp_path: Path):
    (tmp_path / "calls_train_labels.jsonl").write_text(conversation("travel_1", {"i": 0, "role": "agent"}))
    (tmp_path / "conversations_a.jsonl").write_text(conversation("wl-1", CUSTOMER))
    assert [example.conversation for example in load_examples(tmp_path)] == ["wl-1"]


def test_a_channel_may_be_unknown(tmp_path: Path):
    line = json.dumps({"id": "wl-1", "channel": None, "style": None, "turns": [CUSTOMER]})
    (tmp_path / "conversations_a.jsonl").write_text(line)
    (example,) = load_examples(tmp_path)
    assert (example.channel, example.style) == ("", "")


def test_a_folder_without_any_labelled_turn_is_refused(tmp_path: Path):
    (tmp_path / "calls_train_labels.jsonl").write_text(conversation("travel_1", {"i": 0, "role": "agent"}))
    with pytest.raises(ValueError, match=r"holds no labelled turns: files conversations_"):
        load_examples(tmp_path)


def test_both_halves_of_a_contrast_pair_share_a_group(tmp_path: Path):
    names = ["e001", "e002", "e003", "e004"]
    (tmp_path / "conversations_e.jsonl").write_text("\n".join(conversation(name, CUSTOMER) for name in names))
    one, two, three, four = (example.group for example in load_examples(tmp_path))
    assert one == two != three == four


def test_a_group_keeps_its_fold_whatever_else_there_is():
    folds = [fold_of(f"c-{number}", 5, seed=0) for number in range(500)]
    assert [fold_of(f"c-{number}", 5, seed=0) for number in range(500)] == folds
    assert all(60 < folds.count(number) < 140 for number in range(5))


def test_a_share_of_the_conversations_is_about_that_and_part_of_every_larger_share():
    names = [f"wl-{number}" for number in range(2_000)]
    quarter, half = ({name for name in names if in_share(name, share, 0)} for share in (0.25, 0.5))
    assert quarter < half
    assert abs(len(quarter) - 500) < 60
    assert abs(len(half) - 1_000) < 60
    assert all(in_share(name, 1.0, 0) for name in names)


def test_a_share_takes_as_much_of_every_fold():
    names = [f"wl-{number}" for number in range(4_000)]
    for fold in range(5):
        inside = [name for name in names if fold_of(name, 5, 0) == fold]
        assert abs(sum(in_share(name, 0.5, 0) for name in inside) / len(inside) - 0.5) < 0.08
