"""What spans say: OpenTelemetry's semantic conventions for messaging and HTTP, as far as Warmline fills them.

They may say what logs say: topics, partitions, offsets, groups, counts, reasons. Never a key, an id of a conversation,
a customer or an agent, an address with ids in it, or the text of an error, which may quote what somebody said.
"""

from typing import Any

Attributes = dict[str, Any]

OPERATION = "messaging.operation.name"
BATCH = "batch"
"""Operation of the span of a whole batch: from its reading to its commit."""


def of_record(topic: str, partition: int, offset: int, group: str) -> Attributes:
    """Return the attributes of a span over the handling of one record; the topic is the whole name."""
    return {
        "messaging.system": "kafka",
        OPERATION: "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": topic,
        "messaging.destination.partition.id": str(partition),
        "messaging.kafka.offset": offset,
        "messaging.consumer.group.name": group,
    }


def of_batch(topics: set[str], count: int, group: str) -> Attributes:
    """Return the attributes of a span over a batch; one of several topics has no destination."""
    attributes: Attributes = {
        "messaging.system": "kafka",
        OPERATION: BATCH,
        "messaging.operation.type": "process",
        "messaging.batch.message_count": count,
        "messaging.consumer.group.name": group,
    }
    if len(topics) == 1:
        attributes["messaging.destination.name"] = next(iter(topics))
    return attributes


def of_sending(topic: str) -> Attributes:
    """Return the attributes of a span over sending to a topic, whole name."""
    return {
        "messaging.system": "kafka",
        OPERATION: "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": topic,
    }


def of_request(method: str, route: str) -> Attributes:
    """Return the attributes of a span over an HTTP request."""
    return {"http.request.method": method, "http.route": route}
