"""The AsyncAPI 3.0 document: every topic, what travels on it, who writes and who reads it. Complete in one file."""

from importlib.metadata import version
from typing import Any

from warmline.contracts.asyncapi_headers import CLOUD_EVENT_HEADERS, DEAD_LETTER_HEADERS, headers_of_type
from warmline.contracts.events import STRUCT_OF_TYPE
from warmline.contracts.json_schema import components
from warmline.contracts.services import SERVICES, Service
from warmline.contracts.topics import (
    DEAD_LETTER_PARTITIONS,
    DEAD_LETTER_RETENTION_MS,
    DEFAULT_PARTITIONS,
    TOPICS,
    Topic,
    dead_letter_topic,
)

Part = dict[str, Any]

CHANNEL_BINDING = "0.5.0"
MESSAGE_BINDING = "0.5.0"
OPERATION_BINDING = "0.5.0"
DEAD_LETTER = "dead-letter"
RECORD_KEY = "x-record-key"  # field of the value that is the record key, for programs; bindings only have words for it
SCHEMAS = "#/components/schemas/{name}"
ABOUT = """\
Customer feeling, agent empathy, escalation risk and agent strain, as open real-time events.

Values are JSON; times are UTC in milliseconds. Delivery is at least once: the same event can come twice, with the same
`ce_id`. Fields may be added at any time, so a reader ignores those it does not know; lists marked `x-extensible-enum`
may gain labels in the same way. A deployment may put a prefix before every topic and consumer group.
Partitions are chosen by murmur2 of the record key, as Java clients do: topics with the same key are co-partitioned."""


def document() -> Part:
    """Return the document.

    Raises:
        DescriptionError: A field of an event is not described.
    """
    topics = {topic.name: topic for topic in TOPICS}
    return {
        "asyncapi": "3.0.0",
        "id": "urn:warmline:events",
        "info": {
            "title": "Warmline events",
            "version": version("warmline"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0"},
            "tags": [{"name": service.name, "description": service.about} for service in SERVICES],
        },
        "defaultContentType": "application/json",
        "channels": {
            **{topic.name: _channel(topic) for topic in TOPICS},
            **{dead_letter_topic(service.name): _dead_letters(service) for service in SERVICES if service.grouped},
        },
        "operations": {
            name: operation for service in SERVICES for name, operation in _operations(service, topics).items()
        },
        "components": {
            "messages": {
                **{name: _message(name) for name in STRUCT_OF_TYPE},
                DEAD_LETTER: _dead_letter(),
            },
            "schemas": _schemas(),
        },
    }


def _channel(topic: Topic) -> Part:
    return {
        "address": topic.name,
        "title": topic.name,
        "description": f"{topic.about} Keyed by {topic.key}.",
        RECORD_KEY: topic.key,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in topic.types},
        "bindings": _topic_binding(DEFAULT_PARTITIONS, topic.retention_ms, "compact" if topic.compacted else "delete"),
    }


def _dead_letters(service: Service) -> Part:
    return {
        "address": dead_letter_topic(service.name),
        "title": dead_letter_topic(service.name),
        "description": f"Records that {service.name} could not take in, raw, with the reason in the headers.",
        "messages": {DEAD_LETTER: {"$ref": f"#/components/messages/{DEAD_LETTER}"}},
        "bindings": _topic_binding(DEAD_LETTER_PARTITIONS, DEAD_LETTER_RETENTION_MS, "delete"),
    }


def _topic_binding(partitions: int, retention_ms: int, cleanup: str) -> Part:
    return {
        "kafka": {
            "partitions": partitions,
            "topicConfiguration": {"cleanup.policy": [cleanup], "retention.ms": retention_ms},
            "bindingVersion": CHANNEL_BINDING,
        }
    }


def _operations(service: Service, topics: dict[str, Topic]) -> dict[str, Part]:
    dead = dead_letter_topic(service.name)
    operations: dict[str, Part] = {
        **{f"{service.name}.receive.{name}": _operation(service, "receive", name, topics) for name in service.reads},
        **{f"{service.name}.send.{name}": _operation(service, "send", name, topics) for name in service.writes},
    }
    if service.grouped:
        operations[f"{service.name}.send.{dead}"] = {
            "action": "send",
            "channel": _channel_ref(dead),
            "summary": f"{service.name} puts aside what it cannot take in.",
            "tags": [{"name": service.name}],
        }
    return operations


def _operation(service: Service, action: str, name: str, topics: dict[str, Topic]) -> Part:
    verb = "reads" if action == "receive" else "publishes on"
    operation: Part = {
        "action": action,
        "channel": _channel_ref(name),
        "summary": f"{service.name} {verb} {name}.",
        "tags": [{"name": service.name}],
        "messages": [{"$ref": f"#/channels/{name}/messages/{kind}"} for kind in topics[name].types],
    }
    if action == "receive" and service.grouped:
        group = {"type": "string", "enum": [service.name], "description": "The consumer group."}
        operation["bindings"] = {"kafka": {"groupId": group, "bindingVersion": OPERATION_BINDING}}
    return operation


def _channel_ref(name: str) -> Part:
    return {"$ref": f"#/channels/{name}"}


def _message(event_type: str) -> Part:
    struct = STRUCT_OF_TYPE[event_type]
    keys = sorted({topic.key for topic in TOPICS if event_type in topic.types})
    key = {"type": "string", "minLength": 1, "description": f"The value's {' or '.join(keys)}."}
    return {
        "name": event_type,
        "title": struct.__name__,
        "summary": (struct.__doc__ or "").partition("\n")[0],
        "contentType": "application/json",
        "headers": headers_of_type(event_type),
        "payload": {"$ref": SCHEMAS.format(name=struct.__name__)},
        "bindings": {"kafka": {"key": key, "bindingVersion": MESSAGE_BINDING}},
    }


def _dead_letter() -> Part:
    return {
        "name": DEAD_LETTER,
        "title": "DeadLetter",
        "summary": "A record that was refused: its key, value and headers as they came, and the reason.",
        "contentType": "application/octet-stream",
        "headers": {"$ref": SCHEMAS.format(name="DeadLetterHeaders")},
        "payload": {
            "description": "The record's value, byte for byte; none where it is left out for its size.",
            "type": "string",
            "format": "binary",
        },
        "bindings": {"kafka": {"key": {"description": "The record's key."}, "bindingVersion": MESSAGE_BINDING}},
    }


def _schemas() -> dict[str, Part]:
    """Return all schemas, with a described reference as draft 7 wants it, which AsyncAPI's own dialect is."""
    parts = components(list(STRUCT_OF_TYPE.values()), SCHEMAS)
    for part in parts.values():
        for field, node in part["properties"].items():
            if "$ref" in node:
                part["properties"][field] = {
                    "description": node["description"],
                    "allOf": [{"$ref": node["$ref"]}],
                }
    return {"CloudEventHeaders": CLOUD_EVENT_HEADERS, "DeadLetterHeaders": DEAD_LETTER_HEADERS, **parts}
