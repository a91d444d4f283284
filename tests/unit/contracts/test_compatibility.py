"""Each kind of change that would break somebody is found, at the right field and no other; harmless ones are not."""

import copy

import pytest
from hypothesis import given, strategies as st

from warmline.contracts.compatibility import (
    FROM_OUTSIDE,
    PASSED_ON,
    READ_BACK,
    accepted,
    breaking_changes,
    channel_changes,
    published,
)
from warmline.contracts.events import STRUCT_OF_TYPE
from warmline.contracts.json_schema import schema_of

ALERT, TURN, WINDOW, SCORED, ENDED, SUMMARY = (
    "escalation.alert",
    "conversation.turn",
    "conversation.window",
    "conversation.scored",
    "conversation.ended",
    "conversation.summary",
)
NULL = {"type": "null"}


def changed(event, change):
    """The schema of an event with one change, made by a function of its properties and its whole."""
    schema = copy.deepcopy(schema_of(event))
    change(schema["properties"], schema)
    return schema


def findings(event, change):
    return breaking_changes({event: schema_of(event)}, {event: changed(event, change)})


def put(name, **keywords):
    return lambda fields, _: fields[name].update(keywords)


def replace(name, node):
    return lambda fields, _: fields.__setitem__(name, node)


def nullable(name):
    return lambda fields, _: fields.__setitem__(name, {"anyOf": [fields[name], NULL]})


def optional(name):
    return lambda _, schema: schema["required"].remove(name)


def required(name):
    return lambda _, schema: schema["required"].append(name)


def both(*changes):
    return lambda fields, schema: [change(fields, schema) for change in changes]


def removed(name):
    def change(fields, schema):
        del fields[name]
        schema["required"] = [held for held in schema["required"] if held != name]

    return change


def inside(part, change):
    return lambda _, schema: change(schema["$defs"][part]["properties"], schema["$defs"][part])


BREAKS = [
    (ALERT, removed("risk"), "risk", "was removed"),
    (WINDOW, removed("mood"), "mood", "was removed"),
    (SCORED, removed("vendor"), "vendor", "was removed"),
    (ALERT, optional("severity"), "severity", "may now be missing"),
    (ALERT, nullable("rule"), "rule", "may now be null"),
    (ALERT, replace("risk", {"type": "string"}), "risk", "may now be string"),
    (ALERT, replace("sequence", {"type": "number", "minimum": 1}), "sequence", "may now be number"),
    (ALERT, lambda fields, _: fields["severity"]["enum"].append("apocalypse"), "severity", "new value 'apocalypse'"),
    (ALERT, replace("severity", {"type": "string"}), "severity", "may now be any string"),
    (ALERT, put("risk", maximum=2.0), "risk", "from maximum 1.0 to maximum 2.0"),
    (ALERT, put("sequence", minimum=0), "sequence", "from minimum 1 to minimum 0"),
    (ALERT, lambda fields, _: fields["sequence"].pop("minimum"), "sequence", "to minimum none"),
    (ALERT, inside("Contribution", replace("value", {"type": "string"})), "contributions[].value", "may now be string"),
    (ALERT, inside("Routing", removed("skill")), "routing.skill", "was removed"),
    (ALERT, inside("Times", nullable("spoken")), "times.spoken", "may now be null"),
    (ALERT, put("evidence", items={"type": "integer"}), "evidence[]", "may now be integer"),
    (ALERT, lambda _, schema: schema.update(type="array"), "", "may now be array"),
    (ENDED, lambda fields, _: fields["reason"]["enum"].append("bored"), "reason", "new value 'bored'"),
    (TURN, both(replace("mood", {"type": "string"}), required("mood")), "mood", "is new and required"),
    (TURN, required("language"), "language", "was optional and is now required"),
    (TURN, lambda fields, _: fields["role"]["enum"].remove("bot"), "role", "no longer takes the value 'bot'"),
    (TURN, put("text", maxLength=100), "text", "from maxLength 65536 to maxLength 100"),
    (TURN, put("text", minLength=1), "text", "from minLength none to minLength 1"),
    (TURN, put("text", pattern="^[a-z]+$"), "text", "to pattern ^[a-z]+$"),
    (TURN, replace("text", {"type": "integer"}), "text", "no longer takes string, only integer"),
    (TURN, replace("text", {"enum": ["yes", "no"]}), "text", "no longer takes any string, only 'yes', 'no'"),
    (TURN, replace("queue", {"type": "string", "maxLength": 256}), "queue", "may no longer be null"),
    (TURN, put("final", default=False), "final", "meant True where left out, and now means False"),
    (TURN, put("vendor", anyOf=[{"type": "object", "maxProperties": 3}, NULL]), "vendor", "maxProperties 3"),
    (TURN, lambda _, schema: schema.update(additionalProperties=False), "", "no longer tolerates fields"),
    ("survey.response", lambda f, _: f["csat"]["anyOf"][0].update(maximum=4), "csat", "maximum 4"),
    ("agent.state", lambda fields, _: fields["state"]["enum"].remove("break"), "state", "the value 'break'"),
    (WINDOW, both(replace("weather", {"type": "string"}), required("weather")), "weather", "is new and required"),
    (SCORED, lambda f, _: f["cues"]["items"]["x-extensible-enum"].remove("vulnerable"), "cues[]", "'vulnerable'"),
]

HARMLESS = [
    (ALERT, replace("weather", {"type": "string"})),
    (ALERT, both(replace("weather", {"type": "string"}), required("weather"))),
    (ALERT, put("risk", maximum=0.9)),
    (ALERT, put("risk", exclusiveMaximum=1.0)),
    (ALERT, lambda fields, _: fields["severity"]["enum"].remove("watch")),
    (ALERT, replace("queue", {"type": "string"})),
    (ALERT, inside("Contribution", replace("value", {"type": "integer"}))),
    (ALERT, inside("Times", required("received"))),
    (ALERT, put("risk", description="Other words.")),
    (SUMMARY, lambda fields, _: fields["cues"]["items"]["x-extensible-enum"].append("asks_for_the_moon")),
    (SCORED, lambda fields, _: fields["cues"]["items"]["x-extensible-enum"].append("asks_for_the_moon")),
    (TURN, replace("mood", {"anyOf": [{"type": "string"}, NULL], "default": None})),
    (TURN, lambda fields, _: fields["role"]["enum"].append("ghost")),
    (TURN, put("text", maxLength=100_000)),
    (TURN, optional("participant_id")),
    (TURN, nullable("participant_id")),
    (TURN, removed("vendor")),
    (TURN, replace("text", {})),
]


@pytest.mark.parametrize(
    ("event", "change", "path", "words"), BREAKS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_break_is_found_at_its_field_alone_and_told_in_words(event, change, path, words):
    found = findings(event, change)
    assert [finding.path for finding in found] == [path]
    assert words in found[0].problem
    assert str(found[0]).startswith(f"{event}, field `{path}`: " if path else f"{event}: ")


@pytest.mark.parametrize(("event", "change"), HARMLESS)
def test_a_harmless_change_is_let_pass(event, change):
    assert findings(event, change) == []


def test_what_our_own_services_read_back_is_judged_in_both_directions():
    probability = {"type": "string"}
    change = put("probabilities", additionalProperties={"type": "object", "additionalProperties": probability})
    assert [(found.path, found.problem) for found in findings(SCORED, change)] == [
        ("probabilities.*.*", "may now be string; readers of the released schema expect number"),
        ("probabilities.*.*", "no longer takes number, only string"),
    ]


@pytest.mark.parametrize("event", sorted(STRUCT_OF_TYPE))
def test_an_unchanged_event_breaks_nobody(event):
    assert findings(event, lambda *_: None) == []


def test_an_event_type_that_is_gone_breaks_everybody_and_a_new_one_nobody():
    schema = schema_of(ALERT)
    assert [str(found) for found in breaking_changes({ALERT: schema}, {})] == [f"{ALERT}: the event type was removed"]
    assert breaking_changes({}, {ALERT: schema}) == []


@given(st.data())
def test_whichever_field_of_a_published_event_goes_its_removal_is_found(data):
    event = data.draw(st.sampled_from(sorted(set(STRUCT_OF_TYPE) - FROM_OUTSIDE)))
    name = data.draw(st.sampled_from(sorted(schema_of(event)["properties"])))
    found = published(event, schema_of(event), changed(event, removed(name)))
    assert [(finding.path, finding.problem[:11]) for finding in found] == [(name, "was removed")]


@given(st.data())
def test_whichever_optional_field_of_an_accepted_event_becomes_required_it_is_found(data):
    event = data.draw(st.sampled_from(sorted(FROM_OUTSIDE - {"assist.feedback", "escalation.feedback"})))
    schema = schema_of(event)
    name = data.draw(st.sampled_from(sorted(set(schema["properties"]) - set(schema["required"]))))
    found = accepted(event, schema, changed(event, required(name)))
    assert [(finding.path, finding.problem) for finding in found] == [(name, "was optional and is now required")]


def test_every_event_has_a_reader_or_a_sender_to_keep_working():
    assert set(STRUCT_OF_TYPE) >= FROM_OUTSIDE | READ_BACK | PASSED_ON
    assert not FROM_OUTSIDE & READ_BACK
    assert PASSED_ON <= FROM_OUTSIDE


CHANNEL = {"x-record-key": "agent_id", "messages": {"agent.state": {}, "agent.mood": {}}}


@pytest.mark.parametrize(
    ("channels", "said"),
    [
        ({}, ["agent.states: the topic was removed"]),
        (
            {"agent.states": {**CHANNEL, "messages": {"agent.mood": {}}}},
            ["agent.states: agent.state no longer travels on this topic"],
        ),
        (
            {"agent.states": {**CHANNEL, "x-record-key": "team"}},
            ["agent.states: the record key was agent_id, and is team"],
        ),
        ({"agent.states": CHANNEL, "new.topic": CHANNEL}, []),
    ],
)
def test_a_topic_a_type_on_it_and_its_key_are_promises(channels, said):
    released = {"channels": {"agent.states": CHANNEL, "scoring.dlq": {"messages": {}}}}
    assert [str(found) for found in channel_changes(released, {"channels": channels})] == said
