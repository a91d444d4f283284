"""Every recording of a data folder, where one is given."""

import os
from pathlib import Path

import pytest

from warmline.contracts.turn import Turn
from warmline.recordings.gold import read_gold
from warmline.recordings.order import arrival_order
from warmline.recordings.read import BadLine, read_recording

VARIABLE = "WARMLINE_TEST_DATA"
CONVERSATIONS = {"it_helpdesk_210": 157, "telecom_52": 39, "telecom_clients_105": 78, "travel_264": 198}


@pytest.fixture
def data() -> Path:
    folder = os.environ.get(VARIABLE)
    if not folder:
        pytest.skip(f"{VARIABLE} names no folder of recordings")
    return Path(folder)


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_every_call_of_a_transcript_folder_is_read(data, name):
    bad: list[BadLine] = []
    events = arrival_order(read_recording(data / "call_transcripts" / name, report=bad.append))
    assert bad == []
    turns = [event for event in events if isinstance(event, Turn)]
    assert len({turn.conversation_id for turn in turns}) == CONVERSATIONS[name]
    agents = sum(turn.role == "agent" for turn in turns)
    assert 0.4 < agents / len(turns) < 0.6  # people take turns: a speaker taken for the other would show
    assert "agent-unknown" not in {turn.participant_id for turn in turns}


def test_every_labelled_conversation_is_read_with_its_labels(data):
    files = sorted((data / "warmline").glob("conversations_*.jsonl"))
    assert files
    for file in files:
        turns = [event for event in read_recording(file, strict=True) if isinstance(event, Turn)]
        gold = read_gold(file)
        assert {turn.conversation_id for turn in turns} == gold.keys()
        assert all(turn.turn_id in gold[turn.conversation_id].by_turn_id() for turn in turns)
