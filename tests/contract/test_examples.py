"""Every event has golden examples; together they tell one small story."""

import json
from pathlib import Path

import msgspec
import pytest
from jsonschema import Draft202012Validator
from msgspec import UNSET, Struct

from warmline.contracts.events import CONVERSATION_TURN, STRUCT_OF_TYPE
from warmline.contracts.json_schema import closed, schema_of

FOLDER = Path(__file__).parents[2] / "schemas" / "examples"
FILES = sorted(FOLDER.glob("*.json"))
FORMAT = Draft202012Validator.FORMAT_CHECKER


def type_of(path):
    """The event type is the first two words of the name; a third says which example it is."""
    return ".".join(path.name.split(".")[:2])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_is_valid_and_says_nothing_that_the_schema_does_not_name(path):
    validator = Draft202012Validator(closed(schema_of(type_of(path))), format_checker=FORMAT)
    assert [error.message for error in validator.iter_errors(json.loads(path.read_text(encoding="utf-8")))] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_is_byte_for_byte_what_the_struct_writes(path):
    text = path.read_text(encoding="utf-8")
    written = msgspec.json.encode(_decoded(path))
    assert msgspec.json.format(written, indent=2).decode() + "\n" == text


def test_every_event_type_has_an_example_named_after_it_alone():
    assert {path.stem for path in FILES} >= set(STRUCT_OF_TYPE)
    assert {type_of(path) for path in FILES} == set(STRUCT_OF_TYPE)


def test_every_field_of_every_struct_has_a_value_in_some_example():
    seen, structs = set(), set()
    for path in FILES:
        _note(_decoded(path), seen, structs)
    fields = {(struct.__name__, field.name) for struct in structs for field in msgspec.structs.fields(struct)}
    assert fields - seen == set()


def test_the_examples_speak_of_the_same_conversations_customer_and_policy():
    events = [json.loads(path.read_text(encoding="utf-8")) for path in FILES]
    story = json.loads((FOLDER / "conversation.started.json").read_text(encoding="utf-8"))
    before = {event["conversation_id"] for event in events if event.get("reason") == "transferred"}
    assert {event.get("conversation_id", story["conversation_id"]) for event in events} == {
        story["conversation_id"],
        *before,
    }
    for field in ("customer_id", "queue", "channel"):
        assert {event[field] for event in events if event.get(field)} == {story[field]}
    assert len({event["policy"] for event in events if "policy" in event}) == 1
    assert len({event["alert_id"] for event in events if "alert_id" in event}) == 1


def test_every_turn_that_an_example_rests_on_is_an_example_itself():
    turns = {_decoded(path).turn_id for path in FILES if type_of(path) == CONVERSATION_TURN}
    for path in FILES:
        event = json.loads(path.read_text(encoding="utf-8"))
        named = {event.get("turn_id"), (event.get("heard") or {}).get("turn_id")}
        for moment in event.get("moments", ()):
            named |= {moment["turn_id"], moment["answered_by"]}
        if "conversation_id" in event:
            named |= set(event.get("evidence", ()))
        assert named - {None} <= turns, path.name


def test_an_alert_tells_its_life_in_order():
    steps = [_decoded(path) for path in FILES if type_of(path) == "escalation.alert"]
    steps.sort(key=lambda step: step.sequence)
    assert [step.sequence for step in steps] == list(range(1, len(steps) + 1))
    assert [steps[0].state, steps[-1].state] == ["opened", "closed"]
    assert steps == sorted(steps, key=lambda step: step.as_of)
    for step in steps:
        total = sum(term.value for term in step.contributions)
        assert step.risk == pytest.approx(min(max(total, 0.0), 1.0), abs=0.0005)


def test_no_output_repeats_the_words_of_a_turn():
    words = [_decoded(path).text for path in FILES if type_of(path) == CONVERSATION_TURN]
    outputs = [path for path in FILES if type_of(path) != CONVERSATION_TURN]
    assert all(text not in path.read_text(encoding="utf-8") for text in words for path in outputs)


def test_times_pass_the_stages_in_order():
    for path in FILES:
        times = getattr(_decoded(path), "times", None)
        if times:
            stages = [times.spoken, times.received, times.scored, times.windowed, times.published]
            passed = [stage for stage in stages if stage is not None]
            assert passed == sorted(passed), path.name


def _decoded(path):
    return msgspec.json.decode(path.read_bytes(), type=STRUCT_OF_TYPE[type_of(path)])


def _note(value, seen, structs):
    if isinstance(value, Struct):
        structs.add(type(value))
        for field in msgspec.structs.fields(value):
            held = getattr(value, field.name)
            omitted = value.__struct_config__.omit_defaults and held == field.default
            if held is not None and held is not UNSET and not omitted:
                seen.add((type(value).__name__, field.name))
                _note(held, seen, structs)
    elif isinstance(value, list | tuple):
        for item in value:
            _note(item, seen, structs)
