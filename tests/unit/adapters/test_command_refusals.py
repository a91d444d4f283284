"""`warmline adapt` with options and settings that would give events nobody takes."""

import pytest
from click.testing import CliRunner

from tests.unit.adapters.payloads import body, lens_chat
from warmline.adapters.adapter_settings import load_adapter_settings
from warmline.cli import main

GENERIC = "generic: [{{name: x, conversation_id: c, text: '{text}', role: r}}]"


def adapt(folder, *options):
    payload = folder / "payload.json"
    payload.write_bytes(body(lens_chat()))
    result = CliRunner().invoke(main, ["adapt", "contact-lens", str(payload), *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize("given", ["", " "])
def test_a_conversation_without_a_name_is_refused(tmp_path, given):
    result = adapt(tmp_path, "--conversation", given)
    assert result.exit_code == 2
    assert "--conversation" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("default_role: agent\ndefault_role: bot\n", "line 2: `default_role` is given twice"),
        ("google: {channels: &c {'1': agent}}\ntwilio: {media_channels: *c}\n", "line 1: anchors"),
        ("[]", "Expected `object`, got `array`"),
        ("false", "Expected `object`, got `bool`"),
        ("a: b: c", "line 1: not YAML"),
        ("[" * 5000, "nested too deeply"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (GENERIC.format(text="a["), "x.text"),
        (GENERIC.format(text="(" * 4000), "x.text"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_settings_file_that_is_not_what_was_meant_is_told(tmp_path, content, said):
    file = tmp_path / "adapters.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    result = adapt(tmp_path, "--settings", str(file))
    assert result.exit_code == 1
    assert f"{file}: " in result.stderr
    assert said in result.stderr


def test_an_empty_settings_file_is_the_default_and_a_channel_may_be_written_as_a_number(tmp_path):
    file = tmp_path / "adapters.yaml"
    file.write_text("# nothing yet\n")
    assert load_adapter_settings(file).default_role == "system"
    file.write_text("google: {channels: {1: agent}}\n")
    assert load_adapter_settings(file).google.channels == {"1": "agent"}
