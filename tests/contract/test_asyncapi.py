"""The AsyncAPI document says what the topics, the services and the headers are."""

import pytest
from jsonschema import Draft202012Validator

from warmline.bus.dead_letters import OUR_HEADERS, DeadLetter
from warmline.bus.envelope import headers_of
from warmline.bus.record import Record
from warmline.bus.topics_command import new_topics
from warmline.contracts.asyncapi import document
from warmline.contracts.events import STRUCT_OF_TYPE
from warmline.contracts.services import SERVICES
from warmline.contracts.topics import DEAD_LETTER_RETENTION_MS, DEFAULT_PARTITIONS, TOPICS
from warmline.telemetry.trace_context import checked

DOCUMENT = document()


def resolved(reference):
    node = DOCUMENT
    for step in reference["$ref"].removeprefix("#/").split("/"):
        node = node[step]
    return node


def references(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def as_text(headers):
    return {name: value.decode() for name, value in headers}


def headers_validator(schema):
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]})


def test_every_reference_leads_somewhere():
    assert all(resolved(reference) for reference in references(DOCUMENT))


def test_there_is_a_channel_for_each_topic_and_each_groups_dead_letters():
    letters = {f"{service.name}.dlq" for service in SERVICES if service.grouped}
    assert set(DOCUMENT["channels"]) == {topic.name for topic in TOPICS} | letters


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_channel_says_what_travels_on_the_topic_how_it_is_keyed_and_kept(topic):
    channel = DOCUMENT["channels"][topic.name]
    kafka = channel["bindings"]["kafka"]
    assert tuple(channel["messages"]) == topic.types
    assert topic.key in channel["description"]
    assert kafka["partitions"] == DEFAULT_PARTITIONS
    assert kafka["topicConfiguration"]["retention.ms"] == topic.retention_ms
    for kind in topic.types:
        message = resolved(channel["messages"][kind])
        assert topic.key in message["bindings"]["kafka"]["key"]["description"]
        assert topic.key in resolved(message["payload"])["properties"]


def test_each_topic_has_as_many_partitions_as_the_command_creates():
    created = {topic.topic: topic.num_partitions for topic in new_topics("", DEFAULT_PARTITIONS, 1)}
    told = {name: channel["bindings"]["kafka"]["partitions"] for name, channel in DOCUMENT["channels"].items()}
    assert told == created


def test_dead_letters_are_kept_as_long_as_declared():
    kept = {
        DOCUMENT["channels"][f"{s.name}.dlq"]["bindings"]["kafka"]["topicConfiguration"]["retention.ms"]
        for s in SERVICES
        if s.grouped
    }
    assert kept == {DEAD_LETTER_RETENTION_MS}


@pytest.mark.parametrize("name", sorted(STRUCT_OF_TYPE))
def test_the_headers_that_the_bus_writes_are_those_of_the_document(name):
    validator = headers_validator(DOCUMENT["components"]["messages"][name]["headers"])
    written = as_text(headers_of(name, "id-1", 1_772_442_000_123, "warmline/windows", "c-1"))
    assert [error.message for error in validator.iter_errors(written)] == []
    context = dict(checked(b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", b"vendor=1"))
    traced = {**written, **as_text(context.items())}
    assert validator.is_valid(traced)
    assert set(traced) == set(DOCUMENT["components"]["schemas"]["CloudEventHeaders"]["properties"])
    assert not validator.is_valid({**traced, "traceparent": "none"})
    assert not validator.is_valid({**written, "ce_type": "another.type"})


def test_the_headers_of_a_dead_letter_are_those_of_the_document():
    schema = resolved(DOCUMENT["components"]["messages"]["dead-letter"]["headers"])
    letter = DeadLetter(Record("conversation.events", 1, 2, b"c-1", b"{", list, 3), "not_json", "at byte 1")
    assert headers_validator(schema).is_valid(as_text(letter.headers("scoring")))
    assert set(schema["properties"]) == OUR_HEADERS


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_services_operations_are_what_it_reads_what_it_writes_and_its_dead_letters(service):
    operations = [
        (operation["action"], operation["channel"]["$ref"].rpartition("/")[2])
        for operation in DOCUMENT["operations"].values()
        if operation["tags"] == [{"name": service.name}]
    ]
    assert operations == [
        *(("receive", topic) for topic in service.reads),
        *(("send", topic) for topic in service.writes),
        *([("send", f"{service.name}.dlq")] if service.grouped else []),
    ]


def test_every_topic_is_read_or_written_by_a_service_or_waits_for_one():
    used = {topic for service in SERVICES for topic in (*service.reads, *service.writes)}
    waiting = {topic.name for topic in TOPICS} - used
    assert waiting <= {"survey.responses"}, "a topic that nobody reads or writes"
