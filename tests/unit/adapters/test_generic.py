"""In-house formats by JMESPath: the mapping file, what it finds, what it refuses."""

import json
import re
from pathlib import Path

import pytest

from tests.unit.adapters.payloads import RECEIVED_MS, adapted, paths, turns
from warmline.adapters.adapted import AdapterError
from warmline.adapters.adapter_settings import AdapterSettings, AdapterSettingsError, load_adapter_settings
from warmline.contracts.conversation import ConversationEnded, ConversationStarted

FILE = """
default_role: customer
generic:
  - name: desk
    when: root.kind == 'desk'
    items: root.changes[]
    take: item.type == 'said'
    conversation_id: item.talk
    turn_id: join('-', [item.talk, to_string(item.number)])
    text: item.words
    role: item.who
    roles: {PUNTER: customer, CLERK: agent}
    participant_id: item.phone
    address: true
    spoken_at: item.at
    unit: s
    language: root.language
    channel: "'messaging'"
    confidence: item.sure
    final: item.done
    vendor: {mood: item.mood}
    started: root.state == 'open'
    ended: root.state == 'closed'
  - name: offsets
    conversation_id: root.call
    text: root.text
    role: root.side
    spoken_at: root.offset
    started_at: root.begun
    unit: ticks
"""


@pytest.fixture
def settings(tmp_path):
    file = tmp_path / "adapters.yaml"
    file.write_text(FILE)
    return load_adapter_settings(file)


def desk(**more):
    return {
        "kind": "desk",
        "language": "en",
        "changes": [
            {"type": "said", "talk": "t", "number": 1, "words": "Hello.",
             "who": "CLERK", "at": 1_740_823_200.5, "sure": 0.5},
            {"type": "typing", "talk": "t"},
            {"type": "said", "talk": "t", "number": 2, "words": "Hm?", "who": "PUNTER", "at": "2025-03-01T10:00:01Z",
             "phone": "+1555", "mood": "low"},
            {"type": "said", "talk": "t", "number": 3, "words": "Wai", "who": "PUNTER", "done": False},
        ],
        **more,
    }  # fmt: skip


def test_a_mapping_finds_turns_and_tells_what_it_left_out(settings):
    outcome = adapted("generic", desk(), settings)
    assert [(turn.turn_id, turn.role, turn.spoken_at) for turn in outcome.events] == [
        ("t-1", "agent", 1_740_823_200_500),
        ("t-2", "customer", 1_740_823_201_000),
    ]
    assert outcome.events[0].asr_confidence == 0.5
    assert outcome.events[1].vendor == {"name": "generic", "mood": "low"}
    assert (outcome.events[1].channel, outcome.events[1].language) == ("messaging", "en")
    assert "+1555" not in str(outcome.events)
    assert paths(outcome) == ["$ (desk.items[1])", "$ (desk.items[3])"]


def test_ticks_from_a_start_become_times(settings):
    payload = {"call": "c", "text": "Hi", "side": "client", "offset": 309_058_340, "begun": "2025-03-01T10:00:00Z"}
    (turn,) = turns("generic", payload, settings)
    assert (turn.role, turn.spoken_at) == ("customer", 1_740_823_230_906)


@pytest.mark.parametrize(("state", "event"), [("open", ConversationStarted), ("closed", ConversationEnded)])
def test_a_mapping_may_tell_the_edges(tmp_path, state, event):
    file = tmp_path / "adapters.yaml"
    file.write_text(FILE.replace("conversation_id: item.talk", "conversation_id: root.talk"))
    outcome = adapted(
        "generic", {"kind": "desk", "changes": [], "talk": "t", "state": state}, load_adapter_settings(file)
    )
    (found,) = outcome.events
    assert isinstance(found, event)
    assert found.at == RECEIVED_MS


def test_without_a_mapping_that_applies_the_payload_is_refused(settings):
    with pytest.raises(AdapterError, match="needs a settings file"):
        adapted("generic", {"a": 1})
    only = AdapterSettings(generic=settings.generic[:1])
    with pytest.raises(AdapterError, match="no mapping applies: desk"):
        adapted("generic", {"kind": "x"}, only)


def test_what_an_expression_finds_is_checked_and_the_path_names_it(settings):
    payload = desk()
    payload["changes"][0]["words"] = ["Hello."]
    with pytest.raises(AdapterError) as refused:
        adapted("generic", payload, settings)
    assert refused.value.path == "$ (desk.items[0]) (desk.text: item.words)"


def test_an_expression_that_does_not_fit_is_told(settings):
    payload = desk()
    payload["changes"][2]["number"] = None
    payload["changes"][2]["talk"] = 7
    with pytest.raises(AdapterError, match="does not fit"):
        adapted("generic", payload, settings)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("generic: [{name: a, conversation_id: 'a[', text: b, role: c}]", "a.conversation_id"),
        ("generic: [{name: a, conversation_id: a, text: b, role: c, vendor: {m: '('}}]", "a.vendor.m"),
        ("generic: [{name: a}]", "missing required field"),
        ("twilio: {inbound_track: king}", "king"),
        ("tvilio: {}", "tvilio"),
        ("a: [", "node content"),
    ],
)
def test_a_wrong_settings_file_is_refused_with_the_place(tmp_path, text, message):
    file = tmp_path / "adapters.yaml"
    file.write_text(text)
    with pytest.raises(AdapterSettingsError, match=message):
        load_adapter_settings(file)


def test_an_empty_settings_file_is_the_defaults(tmp_path):
    file = tmp_path / "adapters.yaml"
    file.write_text("")
    assert load_adapter_settings(file) == AdapterSettings()


def test_azure_s_mapping_on_the_page_keeps_words_that_are_said_again(tmp_path):
    page = (Path(__file__).parents[3] / "docs" / "vendors" / "generic.md").read_text(encoding="utf-8")
    file = tmp_path / "adapters.yaml"
    file.write_text(re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)[0])

    def posted(offset):
        said = {"text": "Yes.", "participantRawID": "4:+15550100009", "resultStatus": "Final", "offset": offset}
        payload = {"kind": "TranscriptionData", "transcriptionData": said}
        (turn,) = turns("generic", payload, load_adapter_settings(file), conversation="mine")
        return turn.turn_id

    assert len({posted(10_000_000), posted(10_000_000), posted(900_000_000)}) == 2


def test_a_mapping_without_ids_and_times_is_told_what_that_costs(tmp_path):
    file = tmp_path / "adapters.yaml"
    file.write_text("generic: [{name: a, conversation_id: root.c, text: root.t, role: root.r}]")
    outcome = adapted(
        "generic", json.dumps({"c": "c", "t": "Yes.", "r": "agent"}).encode(), load_adapter_settings(file)
    )
    assert any("no id and no time" in item.reason for item in outcome.unmapped)
