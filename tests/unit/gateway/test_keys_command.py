"""`warmline keys`: nothing is written that could not be read again, and every mistake is told."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.loops import await_that
from warmline.cli import main
from warmline.gateway import keys_command
from warmline.gateway.keys import KeyFileError, new_key, read_keys, write_keys


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "keys.json"
    monkeypatch.setenv("WARMLINE_GATEWAY_KEYS_FILE", str(path))
    return path


def keys(*arguments):
    result = CliRunner().invoke(main, ["keys", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--name", "", "--scope", "read"), "--name: is empty"),
        (("--name", " ", "--scope", "read"), "is empty"),
        (("--name", "n" * 201, "--scope", "read"), "has 201 characters; at most 200"),
        (("--name", "a\nb", "--scope", "read"), "line break"),
        (("--name", "a\udcff", "--scope", "read"), "cannot be shown"),
        (("--name", "a", "--scope", "agent:self", "--agent", ""), "--agent: is empty"),
        (("--name", "a", "--scope", "agent:self", "--agent", "x" * 257), "at most 256"),
        (("--name", "a", "--scope", "read", "--days", "0"), "--days"),
        (("--name", "a", "--scope", "read", "--days", "36501"), "--days"),
        (("--name", "a", "--scope", "read", "--days", "999999999999999999999"), "--days"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_key_that_could_not_be_read_again_is_refused_and_the_file_stays(file, options, said):
    assert keys("create", "--name", "desk", "--scope", "read").exit_code == 0
    before = file.read_bytes()
    result = keys("create", *options)
    assert result.exit_code == 2
    assert said in result.output
    assert file.read_bytes() == before
    assert keys("list").exit_code == 0


def test_the_longest_name_agent_and_time_are_taken_and_listed(file):
    options = ("--name", "n" * 200, "--scope", "agent:self", "--agent", "a" * 256, "--days", "36500")
    assert keys("create", *options).exit_code == 0
    assert "until 21" in keys("list").output


def test_a_scope_said_twice_is_kept_once(file):
    assert keys("create", "--name", "desk", "--scope", "read", "--scope", "ingest", "--scope", "read").exit_code == 0
    assert read_keys(file)[0].scopes == ("read", "ingest")


@pytest.mark.parametrize("name", ["", "n" * 201, "\udcff"])
def test_whoever_writes_the_file_what_it_held_stays_where_a_key_is_wrong(file, name):
    good = new_key("desk", ["read"], "")[1]
    write_keys(file, [good])
    with pytest.raises(KeyFileError, match="stays as it was"):
        write_keys(file, [good, new_key(name, ["read"], "")[1]])
    assert read_keys(file) == (good,)
    assert [path.name for path in file.parent.iterdir()] == ["keys.json"]


@pytest.mark.parametrize(
    ("at_s", "said"),
    [
        (10**17, f"second {10**17}, which is beyond the calendar"),
        (10**30, "beyond the calendar"),
        (0, "until 1970-01-01"),
    ],
)
def test_any_time_of_expiry_in_a_file_can_be_listed(file, at_s, said):
    write_keys(file, [new_key("desk", ["read"], "")[1]])
    tree = json.loads(file.read_bytes())
    tree["keys"][0]["expires_at_s"] = at_s
    file.write_text(json.dumps(tree))
    result = keys("list")
    assert result.exit_code == 0
    assert said in result.output


def test_a_missing_folder_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("WARMLINE_GATEWAY_KEYS_FILE", str(tmp_path / "not here" / "keys.json"))
    result = keys("create", "--name", "desk", "--scope", "read")
    assert result.exit_code == 1
    assert f"there is no folder {tmp_path / 'not here'}" in result.output


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b'{"keys": 3}', "{}".encode("utf-16"), b'{"keys":' + b"[" * 9000]
)
def test_a_file_that_holds_no_keys_is_told_and_stays(file, content):
    file.write_bytes(content)
    for command in (("list",), ("create", "--name", "a", "--scope", "read"), ("revoke", "id")):
        result = keys(*command)
        assert result.exit_code == 1
        assert f"{file}: is no key file" in result.output
    assert file.read_bytes() == content


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("WARMLINE_GATEWAY_KEYS_FILE", str(tmp_path))
    for command in (("list",), ("create", "--name", "a", "--scope", "read")):
        assert "cannot be read" in keys(*command).output


def test_commands_at_once_neither_lose_a_key_nor_bring_a_revoked_one_back(file):
    gone = [key(f"gone-{number}") for number in range(4)]
    write_keys(file, gone)
    creating = [("create", "--name", f"new-{number}", "--scope", "read") for number in range(4)]
    revoking = [("revoke", each.id) for each in gone]
    begun = [
        subprocess.Popen([sys.executable, "-m", "warmline", "keys", *command], stdout=subprocess.DEVNULL)
        for pair in zip(creating, revoking, strict=True)
        for command in pair
    ]
    assert [each.wait(120) for each in begun] == [0] * 8
    assert sorted(each.name for each in read_keys(file)) == [f"new-{number}" for number in range(4)]


def test_a_command_waits_for_one_that_has_read_and_not_yet_written(file, monkeypatch):
    write_keys(file, [key("first")])
    has_read, go_on = threading.Event(), threading.Event()

    def slow_write(path, kept):
        has_read.set()
        assert go_on.wait(60)
        write_keys(path, kept)

    monkeypatch.setattr(keys_command, "write_keys", slow_write)
    one = threading.Thread(target=keys, args=("create", "--name", "second", "--scope", "read"))
    one.start()
    assert has_read.wait(60)
    other = [sys.executable, "-m", "warmline", "keys", "create", "--name", "third", "--scope", "read"]
    with subprocess.Popen(other, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        await_that(lambda: waits_for_a_lock(process.pid) or process.poll() is not None, "it has come to the file", 60)
        go_on.set()
        one.join()
        assert process.wait(60) == 0
    assert [each.name for each in read_keys(file)] == ["first", "second", "third"]


def waits_for_a_lock(pid):
    return any("->" in line and f" {pid} " in line for line in Path("/proc/locks").read_text().splitlines())


def key(name):
    return new_key(name, ["read"], "")[1]
