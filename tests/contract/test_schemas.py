"""The checked-in schemas are those of the code, and say the same as the code's own decoders."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from warmline.contracts import schema_files
from warmline.contracts.events import STRUCT_OF_TYPE
from warmline.contracts.json_schema import closed, schema_of, with_final_labels
from warmline.contracts.schemas_command import command

REPOSITORY = Path(__file__).parents[2]
SCHEMAS = REPOSITORY / "schemas"
TYPES = sorted(STRUCT_OF_TYPE)
WRONG = [None, "", "x" * 300, "customer", -1, 0, 0.5, 7, 10**18, True, [], ["x"], {}]


def test_the_checked_in_files_are_as_generated():
    assert schema_files.differences(SCHEMAS) == []


def test_generating_again_with_another_hash_seed_gives_the_same_files(tmp_path):
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    script = (
        f"from pathlib import Path; from warmline.contracts.schema_files import write; write(Path({str(tmp_path)!r}))"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env=environment, cwd=REPOSITORY / "services")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == schema_files.generated()


@pytest.mark.parametrize("name", TYPES)
def test_every_schema_is_a_2020_12_schema_whose_id_names_no_host(name):
    schema = schema_of(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:warmline:schema:{name}:1"


@pytest.mark.parametrize("name", TYPES)
def test_every_field_is_described(name):
    schema = schema_of(name)
    for part in [schema, *schema.get("$defs", {}).values()]:
        assert part["description"]
        assert all(node["description"] for node in part["properties"].values())


@pytest.mark.parametrize("name", TYPES)
def test_the_open_schema_tolerates_a_new_field_and_the_closed_one_does_not(name):
    event = {**_example(name), "field_of_tomorrow": 1}
    assert Draft202012Validator(schema_of(name)).is_valid(event)
    assert not Draft202012Validator(closed(schema_of(name))).is_valid(event)


def test_a_label_of_tomorrow_is_tolerated_by_the_open_schema_alone():
    event = {**_example("conversation.scored"), "cues": ["asks_for_the_moon"]}
    assert Draft202012Validator(schema_of("conversation.scored")).is_valid(event)
    assert not Draft202012Validator(closed(schema_of("conversation.scored"))).is_valid(event)


@pytest.mark.parametrize("name", TYPES)
def test_the_schema_refuses_what_the_decoder_refuses_and_nothing_else(name):
    validator = Draft202012Validator(with_final_labels(schema_of(name)))
    decoder = msgspec.json.Decoder(STRUCT_OF_TYPE[name])
    for change, event in _spoilt(_example(name)):
        assert validator.is_valid(event) == _decodes(decoder, event), change


def test_check_names_the_file_and_the_place_of_the_first_difference(tmp_path):
    schema_files.write(tmp_path)
    path = tmp_path / "conversation.turn.json"
    schema = json.loads(path.read_text())
    schema["properties"]["text"]["maxLength"] = 10
    path.write_text(json.dumps(schema))
    result = CliRunner().invoke(command, ["check", "--out", str(tmp_path)])
    assert result.exit_code == 1
    assert "conversation.turn.json: /properties/text/maxLength: is 10, should be 65536" in result.output


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "agent.state.json").unlink(), "agent.state.json: is missing"),
        (lambda folder: (folder / "old.event.json").write_text("{}"), "old.event.json: belongs to no event type"),
        (lambda folder: (folder / "asyncapi.json").write_text("{"), "asyncapi.json: is not JSON"),
        (lambda folder: _minify(folder / "agent.state.json"), "formatted or ordered differently"),
    ],
)
def test_check_says_what_is_wrong_with_a_file(tmp_path, spoil, said):
    schema_files.write(tmp_path)
    spoil(tmp_path)
    result = CliRunner().invoke(command, ["check", "--out", str(tmp_path)])
    assert result.exit_code == 1
    assert said in result.output


def test_generate_writes_only_what_differs(tmp_path):
    schema_files.write(tmp_path)
    (tmp_path / "agent.state.json").unlink()
    assert schema_files.write(tmp_path) == ["agent.state.json"]
    assert CliRunner().invoke(command, ["check", "--out", str(tmp_path)]).exit_code == 0


def _example(name):
    return json.loads((SCHEMAS / "examples" / f"{name}.json").read_text(encoding="utf-8"))


def _minify(path):
    path.write_text(json.dumps(json.loads(path.read_text())))


def _spoilt(event):
    """Yield copies of an event with one place in it missing or wrong, and what was done."""
    for path in _places(event):
        for value in ["(missing)", *WRONG]:
            changed = copy.deepcopy(event)
            holder = changed
            for step in path[:-1]:
                holder = holder[step]
            if value == "(missing)":
                del holder[path[-1]]
            else:
                holder[path[-1]] = value
            yield f"{'/'.join(map(str, path))} = {value!r}", changed


def _places(node, path=()):
    if isinstance(node, dict):
        for key, value in node.items():
            yield (*path, key)
            yield from _places(value, (*path, key))
    elif isinstance(node, list) and node:
        yield (*path, 0)
        yield from _places(node[0], (*path, 0))


def _decodes(decoder, event):
    try:
        decoder.decode(json.dumps(event))
    except msgspec.ValidationError:
        return False
    return True
