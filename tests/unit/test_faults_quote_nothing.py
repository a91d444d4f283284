"""What commands say of wrong input quotes none of it, and what they could not finish they leave as it was."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from warmline.backtest.assist_command import read_talks
from warmline.cli import main
from warmline.contracts import schema_files
from warmline.gateway.keys import read_keys
from warmline.models.score_command import BadLines, read_turns
from warmline.store import state_command
from warmline.training.labelled import labelled_conversations

WORDS = "i want my money back"


def test_words_in_a_field_of_a_turn_are_not_said(tmp_path, capsys):
    path = tmp_path / "turns.jsonl"
    path.write_text(f'{{"conversation_id": "c", "turn_id": "t", "role": "{WORDS}"}}\n')
    bad = BadLines()
    with path.open("rb") as lines:
        assert list(read_turns(lines, bad, "turns")) == []
    assert bad.count == 1
    assert capsys.readouterr().err == "line 1: $.role: is none of the allowed values\n"


@pytest.mark.parametrize(
    "read", [lambda path: list(labelled_conversations(path, texts=True)), lambda path: list(read_talks(path))]
)
def test_words_in_a_field_of_a_labelled_turn_are_not_said(tmp_path, read):
    path = tmp_path / "talks.jsonl"
    path.write_text(f'{{"id": "c", "turns": [{{"i": 0, "role": "{WORDS}", "text": "hi"}}]}}\n')
    with pytest.raises(Exception, match="is none of the allowed values") as told:
        read(path)
    assert WORDS not in str(told.value)


def test_the_rest_of_a_password_with_a_comma_is_not_said(monkeypatch):
    monkeypatch.setenv("WARMLINE_KAFKA_EXTRA", "sasl.password=one,two")
    result = CliRunner().invoke(main, ["topics", "create"])
    assert result.exit_code == 1
    assert "WARMLINE_KAFKA_EXTRA: part 2 is not name=value" in result.output
    assert "two" not in result.output


@pytest.mark.parametrize("command", [["show"], ["erase", "--yes"]])
def test_a_key_that_is_not_utf_8_is_told(command):
    result = CliRunner().invoke(main, ["state", *command, "a\udcff"])
    assert result.exit_code == 2
    assert "is not UTF-8" in result.output


@pytest.mark.parametrize("held", [{b"v": b"1", b"state": b"\xc1", b"outbox": b""}, {b"v": b"1"}])
def test_a_state_that_cannot_be_read_is_told(monkeypatch, held):
    class Client:
        def hgetall(self, _key):
            return held

        def pttl(self, _key):
            return 1

        def zscore(self, *_key):
            return None

    monkeypatch.setattr(state_command, "connect", lambda _settings: Client())
    result = CliRunner().invoke(main, ["state", "show", "c-1", "--service", "windows"])
    assert result.exit_code == 1
    assert result.output == "Error: windows: what is held of 'c-1' cannot be read: damaged, or of another version\n"


def test_a_schema_that_cannot_be_written_is_told_with_its_file(tmp_path, monkeypatch):
    file = tmp_path / "agent.state.json"
    file.mkdir()
    monkeypatch.setattr(schema_files, "generated", lambda: {"agent.state.json": "after"})
    result = CliRunner().invoke(main, ["schemas", "generate", "--out", str(tmp_path)])
    assert result.exit_code == 1
    assert result.output == f"Error: {file}: Is a directory\n"


def test_a_key_that_could_not_be_printed_is_not_kept(tmp_path):
    file = tmp_path / "keys.json"
    command = [sys.executable, "-m", "warmline", "keys", "create", "--name", "desk", "--scope", "read"]
    settings = {**os.environ, "WARMLINE_GATEWAY_KEYS_FILE": str(file)}
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command, env=settings, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "Error: the key could not be printed, so it was not kept: No space left on device\n"
    assert read_keys(file) == ()
