"""`warmline adapt` as a person calls it."""

import json
import os
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner

from tests.unit.adapters.payloads import (
    body,
    google_message,
    lens_call,
    lens_chat,
    twilio_content,
    twilio_started,
    vcon_chat,
)
from warmline.adapters.pseudonyms import WITHOUT_KEY, Pseudonyms
from warmline.cli import main
from warmline.contracts.events import CONVERSATION_STARTED, CONVERSATION_TURN
from warmline.recordings.canonical import event_of

KEY = "WARMLINE_GATEWAY_PSEUDONYM_KEY"


@pytest.fixture
def run(tmp_path):
    def call(vendor, *contents, options=()):
        files = []
        for number, content in enumerate(contents):
            file = tmp_path / f"delivery-{number}"
            file.write_bytes(content)
            os.utime(file, (1_760_000_000, 1_760_000_000))
            files.append(str(file))
        return CliRunner().invoke(main, ["adapt", vendor, *files, *options])

    return call


def lines(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_canonical_events_come_as_json_lines_that_the_other_commands_read(run):
    result = run("contact-lens", body(lens_chat()))
    assert result.exit_code == 0
    assert [(line["type"], line["turn_id"], line["role"]) for line in lines(result)] == [
        (CONVERSATION_TURN, "m1", "customer"),
        (CONVERSATION_TURN, "m2", "bot"),
    ]
    assert [event_of(line).turn_id for line in lines(result)] == ["m1", "m2"]
    assert "$.Segments[3].Attachments" in result.stderr


def test_files_belong_together(run):
    content = urlencode(twilio_content()).encode()
    result = run("twilio", content, urlencode(twilio_started()).encode(), content)
    assert result.exit_code == 0
    assert [line["type"] for line in lines(result)] == [CONVERSATION_TURN, CONVERSATION_STARTED]
    assert lines(result)[0]["role"] == "customer", "by the label in the second file"
    assert "delivered before" in result.stderr


def test_a_lifecycle_payload_gives_no_turn_and_exits_well(run):
    result = run("google", body({"conversation": "projects/p/conversations/c", "type": "CONVERSATION_STARTED"}))
    assert result.exit_code == 0
    assert [line["type"] for line in lines(result)] == [CONVERSATION_STARTED]


def test_a_broken_file_is_told_with_its_path_after_the_others_and_exits_ill(run):
    bad = google_message(content=3)
    result = run("google", body(bad), body(google_message()), b"{")
    assert result.exit_code == 1
    assert [line["turn_id"] for line in lines(result)] == ["m-1"]
    assert "delivery-0: $.newMessagePayload.content: " in result.stderr
    assert "delivery-2: $: not JSON" in result.stderr


def test_partial_results_are_printed_only_when_asked_for(run):
    assert len(lines(run("contact-lens", body(lens_call())))) == 2
    asked = lines(run("contact-lens", body(lens_call()), options=["--partials"]))
    assert [line.get("final", True) for line in asked] == [False, True, True]


def test_when_a_file_was_written_is_when_it_was_delivered_unless_told(run):
    assert lines(run("contact-lens", body(lens_call())))[0]["spoken_at"] == 1_760_000_000_000 - 7000
    told = run("contact-lens", body(lens_call()), options=["--received-at", "2025-01-01T00:00:07Z"])
    assert lines(told)[0]["spoken_at"] == 1_735_689_600_000
    assert run("contact-lens", body(lens_call()), options=["--received-at", "noon"]).exit_code == 2


def test_a_conversation_and_settings_can_be_given(run, tmp_path):
    settings = tmp_path / "adapters.yaml"
    settings.write_text("twilio: {outbound_track: bot}")
    options = ["--conversation", "mine", "--settings", str(settings)]
    (line,) = lines(run("twilio", urlencode(twilio_content()).encode(), options=options))
    assert (line["conversation_id"], line["role"]) == ("mine", "bot")
    settings.write_text("twilio: {outbound_track: king}")
    refused = run("twilio", b"a=1", options=options)
    assert refused.exit_code == 1
    assert "king" in refused.stderr


def test_people_have_the_ids_that_the_gateway_gives_them_by_its_key(run, monkeypatch):
    def people():
        result = run("vcon", body(vcon_chat()))
        assert result.exit_code == 0
        assert "a key of the gateway" not in result.output
        return [line["participant_id"] for line in lines(result)]

    monkeypatch.delenv(KEY, raising=False)
    assert people()[1] == WITHOUT_KEY.of("+15550100002")
    monkeypatch.setenv(KEY, "a key of the gateway")
    assert people()[1] == Pseudonyms.of_secret("a key of the gateway").of("+15550100002")


def test_a_variable_that_is_no_setting_is_told(run, monkeypatch):
    monkeypatch.setenv("WARMLINE_PSEUDONYM_KEY", "hunter2")
    result = run("vcon", body(vcon_chat()))
    assert result.exit_code == 1
    assert "WARMLINE_PSEUDONYM_KEY: there is no such setting" in result.stderr
    assert "hunter2" not in result.output


def test_stdin_is_a_file_too():
    result = CliRunner().invoke(main, ["adapt", "google", "-"], input=body(google_message()))
    assert result.exit_code == 0
    assert len(lines(result)) == 1


def test_a_vendor_or_a_file_that_is_not_there_is_told(tmp_path):
    assert CliRunner().invoke(main, ["adapt", "nobody", "-"]).exit_code == 2
    missing = CliRunner().invoke(main, ["adapt", "vcon", str(tmp_path / "none.json")])
    assert missing.exit_code == 1
    assert "none.json" in missing.stderr
