"""Reading recordings: formats are told apart, and what is bad is named and passed over."""

import json
from pathlib import Path

import pytest

from tests.unit.recordings.lines import codebook, travel, write
from warmline.contracts.agent_state import AgentState
from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.feedback import AlertFeedback
from warmline.contracts.score import ScoredTurn
from warmline.contracts.survey import SurveyResponse
from warmline.contracts.turn import Turn
from warmline.recordings.read import BadLine, RecordingError, read_recording

TURN = {
    "conversation_id": "c9", "turn_id": "t1", "role": "customer", "participant_id": "p", "text": "hello",
    "spoken_at": 1000,
}  # fmt: skip
SCORE = {
    "conversation_id": "c9", "turn_id": "t1", "role": "customer", "participant_id": "p", "spoken_at": 1000,
    "valence": 0.1, "sentiment": "neutral", "distress": 0.0, "language": "en", "model": "m",
}  # fmt: skip


def types(path: Path) -> list[type]:
    return [type(event) for event in read_recording(path, strict=True)]


def test_canonical_lines_are_known_by_their_shape(tmp_path):
    file = write(
        tmp_path / "events.jsonl",
        TURN,
        SCORE,
        {"agent_id": "a", "state": "break", "at": 5},
        {"feedback_id": "f", "alert_id": "x", "conversation_id": "c9", "verdict": "confirmed", "by": "s", "at": 6},
        {"conversation_id": "c9", "at": 7, "csat": 4},
    )
    assert types(file) == [Turn, ScoredTurn, AgentState, AlertFeedback, SurveyResponse]


def test_a_type_beside_the_fields_or_around_them_names_the_event(tmp_path):
    edge = {"conversation_id": "c9", "at": 7}
    file = write(
        tmp_path / "events.jsonl",
        {"type": "conversation.started", **edge},
        {"type": "conversation.ended", "reason": "transferred", **edge},
        {"topic": "conversation.events", "key": "c9", "type": "conversation.turn", "id": "1", "value": TURN},
        {"specversion": "1.0", "type": "conversation.ended", "data": edge},
    )
    assert types(file) == [ConversationStarted, ConversationEnded, Turn, ConversationEnded]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{", "not JSON"),
        ("[1]", "an object is expected here, not list"),
        ("[" * 5000, "not JSON"),
        ({"conversation_id": "c", "at": 1}, "name it in a field `type`"),
        ({"colour": "red"}, "its fields are colour"),
        ({"type": "conversation.window", "value": {}}, "type 'conversation.window' is none of"),
        ({**TURN, "role": "ghost"}, "$.role"),
        ({**TURN, "spoken_at": -1}, "$.spoken_at"),
        (codebook(turns=[]), "$.turns"),
        (codebook(turns=[{"i": i, "role": "agent", "t": 5 - i, "text": "x"} for i in (0, 1)]), "c1: t decreases"),
        (codebook(turns=[{"i": 0, "role": "agent", "t": 0, "text": "x"}] * 2), "c1: two turns have the same i"),
        (codebook(turns=[{"i": 7, "role": "agent", "t": 0, "text": "x" * 65_537}]), "c1: turn 7: $.text: "),
        (codebook(turns=[{"i": 0, "role": "agent", "t": 1e18, "text": "x"}]), "$.turns[0].t: "),
        (codebook(turns=[{"i": 0, "role": "agent", "t": 1e308, "text": "x"}]), "$.turns[0].t: "),
        (codebook(turns=[{"i": 10**300, "role": "agent", "t": 0, "text": "x"}]), "turn"),
        (codebook(channel="x" * 65), "c1: $.channel: "),
        (codebook(language="x" * 65), "c1: turn 0: $.language: "),
    ],
)
def test_a_bad_line_is_named_and_does_not_stop_the_rest(tmp_path, line, what):
    file = write(tmp_path / "events.jsonl", TURN, "", line, TURN)
    bad: list[BadLine] = []
    assert len(list(read_recording(file, report=bad.append))) == 2
    assert [(entry.file, entry.line) for entry in bad] == [(file, 3)]
    assert what in str(bad[0])
    with pytest.raises(RecordingError, match=r"events\.jsonl:3: "):
        list(read_recording(file, strict=True))


def test_bytes_that_are_no_text_are_a_bad_line(tmp_path):
    file = tmp_path / "events.jsonl"
    file.write_bytes(b'{"text": "\xff"}\n' + json.dumps(TURN).encode())
    bad: list[BadLine] = []
    assert len(list(read_recording(file, report=bad.append))) == 1
    assert bad[0].line == 1


def test_a_bad_line_is_reported_on_standard_error_unless_told_otherwise(tmp_path, capsys):
    assert list(read_recording(write(tmp_path / "a.jsonl", "{"))) == []
    assert "a.jsonl:1: not JSON" in capsys.readouterr().err


def test_a_folder_is_read_sorted_and_other_files_are_left_alone(tmp_path):
    write(tmp_path / "b.jsonl", {**TURN, "conversation_id": "second"})
    write(tmp_path / "a.ndjson", {**TURN, "conversation_id": "first"})
    write(tmp_path / "LICENSE", "not a recording")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "d.json").write_text(json.dumps(travel(), indent=2))
    found = [event.conversation_id for event in read_recording(tmp_path, strict=True)]
    assert list(dict.fromkeys(found)) == ["first", "second", "trip-1"]


@pytest.mark.parametrize("name", ["events.jsonl", "events.json"])
@pytest.mark.parametrize("order", ["le", "be"])
def test_a_file_of_16_bits_a_letter_is_told_once(tmp_path, name, order):
    file = tmp_path / name
    file.write_bytes(f"\ufeff{json.dumps(TURN)}\n{json.dumps(TURN)}\n".encode(f"utf-16-{order}"))
    bad: list[BadLine] = []
    assert list(read_recording(file, report=bad.append)) == []
    assert [str(each) for each in bad] == [f"{file}:1: the file is UTF-16; save it as UTF-8"]


def test_a_folder_without_recordings_is_an_error(tmp_path):
    with pytest.raises(RecordingError, match=r"no \.json, \.jsonl, \.ndjson file"):
        list(read_recording(tmp_path))


def test_json_lines_may_be_called_json_and_begin_with_a_byte_order_mark(tmp_path):
    file = tmp_path / "events.json"
    file.write_bytes(b"\xef\xbb\xbf" + 2 * (json.dumps(TURN).encode() + b"\n"))
    assert types(file) == [Turn, Turn]


def test_formats_may_be_mixed_line_by_line(tmp_path):
    file = write(tmp_path / "all.jsonl", TURN, codebook(), travel())
    assert len({event.conversation_id for event in read_recording(file, strict=True)}) == 3
