"""A released set of contracts that is spoilt is told by file: what cannot be read must not pass as unchanged."""

import json

import pytest
from click.testing import CliRunner

from warmline.contracts.released import released_version
from warmline.contracts.schemas_command import command

LOOP = '{"type": "object", "properties": {"at": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"$ref": "#/$defs/A"}}}'


def run(*arguments):
    result = CliRunner().invoke(command, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("agent.state.json", None, "is missing from the released set"),
        ("agent.state.json", "{}", "is no schema of an event"),
        ("agent.state.json", '{"type": "object"}', "is no schema of an event"),
        ("agent.state.json", '{"type": "string", "properties": {"a": {}}}', "is no schema of an event"),
        ("agent.state.json", "[]", "is no JSON object"),
        ("agent.state.json", "null", "is no JSON object"),
        ("agent.state.json", '{"type": "object", "properties": ["a"]}', "is no schema of an event"),
        ("agent.state.json", '{"type": "object", "properties": {"at": 3}}', "is not as it was generated"),
        ("agent.state.json", LOOP, "is not as it was generated"),
        ("agent.state.json", "", "is not JSON"),
        ("agent.state.json", "[" * 100_000, "is not JSON"),
        ("agent.state.json", "{}".encode("utf-16"), "is not UTF-8"),
        ("asyncapi.json", "{}", "is not as it was generated"),
        ("asyncapi.json", '{"channels": {}}', "names no topics"),
        ("asyncapi.json", '{"channels": []}', "names no topics"),
        ("asyncapi.json", '{"channels": ["a"]}', "is not as it was generated"),
        ("asyncapi.json", "[]", "is no JSON object"),
        ("asyncapi.json", "{}".encode("utf-16"), "is not UTF-8"),
        ("VERSION", "", "is no version"),
        ("VERSION", "1.0", "is no version"),
        ("VERSION", "1.0.0".encode("utf-16"), "is not UTF-8"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_spoilt_file_of_the_released_set_is_named_and_nothing_is_released_over_it(schemas, name, content, said):
    path = schemas / "released" / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    for arguments in (("compat",), ("release", "9.0.0")):
        result = run(*arguments, "--out", schemas)
        assert result.exit_code == 1
        assert f"{path}: " in result.output
        assert said in result.output
    assert path.exists() == (content is not None)


def test_an_event_type_that_is_new_since_the_release_breaks_nobody(schemas):
    folder = schemas / "released"
    (folder / "agent.state.json").unlink()
    tree = json.loads((folder / "asyncapi.json").read_text())
    for channel in tree["channels"].values():
        channel["messages"].pop("agent.state", None)
    (folder / "asyncapi.json").write_text(json.dumps(tree))
    assert run("compat", "--out", schemas).exit_code == 0


@pytest.mark.parametrize(
    "version", ["\u0661.\u0662.\u0663", "9.0.\u0660", "09.0.0", f"{'9' * 5000}.0.0", "9.0.0\n", "-9.0.0", ""]
)
def test_a_version_is_three_numbers_in_ascii_digits(schemas, version):
    held = released_version(schemas)
    result = run("release", "--out", schemas, "--", version)
    assert result.exit_code == 1
    assert "three numbers" in result.output
    assert released_version(schemas) == held


def test_a_generated_file_in_another_encoding_is_told_by_check_and_written_anew(schemas):
    path = schemas / "agent.state.json"
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    assert "agent.state.json: is not UTF-8" in run("check", "--out", schemas).output
    assert run("generate", "--out", schemas).exit_code == 0
    assert run("check", "--out", schemas).exit_code == 0


def test_a_folder_that_cannot_be_written_to_is_named(schemas):
    path = schemas / "agent.state.json"
    path.unlink()
    path.mkdir()
    result = run("generate", "--out", schemas)
    assert result.exit_code == 1
    assert f"{path}: " in result.output
