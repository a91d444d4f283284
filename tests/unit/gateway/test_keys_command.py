"""`warmline keys`: nothing is written that could not be read again, and every mistake is told."""

import json

import pytest
from click.testing import CliRunner

from warmline.cli import main
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
