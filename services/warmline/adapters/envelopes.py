"""Envelopes that queues and event buses put around a vendor's payload: AWS and Google, one inside another."""

import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from warmline.adapters.adapted import AdapterError
from warmline.adapters.body import inner_base64, inner_json, of_value, payloads, unbase64
from warmline.adapters.budget import Budget
from warmline.adapters.moments import moment_ms
from warmline.adapters.nodes import Node

MOST_NESTED = 6
"""Envelopes within envelopes: the bus in a queue in a function's event are three."""


@dataclass(frozen=True)
class Delivery:
    """A vendor's payload and what its envelopes say about it.

    Attributes:
        node: The payload.
        received_ms: When it was delivered, ms UTC: the envelope's time where it has one.
        budget: What is left to the body that it is of.
        attributes: Message attributes of Pub/Sub.
        control: Why there is no payload in it; empty where there is one.
    """

    node: Node
    received_ms: int
    budget: Budget
    attributes: dict[str, str] = field(default_factory=dict)
    control: str = ""


def unwrapped(delivery: Delivery, depth: int = 0) -> Iterator[Delivery | AdapterError]:
    """Yield the payloads inside an envelope, or the delivery itself where it is none."""
    try:
        opened = next((inside for opener in _OPENERS if (inside := opener(delivery)) is not None), None)
        if opened is None:
            yield delivery
            return
        if depth == MOST_NESTED:
            raise AdapterError("too many envelopes within each other", delivery.node.path)
    except AdapterError as error:
        yield error
        return
    for item in opened:
        if isinstance(item, AdapterError) or item.control:
            yield item
        else:
            yield from unwrapped(item, depth + 1)


Opened = list[Delivery | AdapterError]


def _inside(delivery: Delivery, node: Node, read: Callable[[Node, Budget], object]) -> Opened:
    """Return what a field of an envelope holds; one that cannot be read is an error of its own."""
    try:
        value = read(node, delivery.budget)
    except (AdapterError, binascii.Error, ValueError) as error:
        return [error if isinstance(error, AdapterError) else AdapterError("cannot be read", node.path)]
    return [
        item if isinstance(item, AdapterError) else replace(delivery, node=item)
        for item in of_value(Node(value, node.path), delivery.budget)
    ]


def _records(delivery: Delivery) -> Opened | None:
    """Lambda events of Kinesis, SQS and SNS, GetRecords answers, Firehose and MSK batches."""
    node = delivery.node
    records = node.at("Records", "records")
    if isinstance(records.value, dict):  # MSK: topic-partition to records
        lists = [records.own(name) for name in records.keys()]  # noqa: SIM118 # a node is no dict
        delivery.budget.take_payloads(sum(len(held.value) for held in lists if isinstance(held.value, list)))
        return [opened for held in lists for record in held.items() for opened in _record(delivery, record)]
    if not isinstance(records.value, list) or node.has("conversation", "dialog", "transcript"):
        return None
    delivery.budget.take_payloads(len(records.value))
    if node.has("requestId"):  # Firehose posting to an endpoint: one time for all
        delivery = _at(delivery, node.at("timestamp"))
    return [opened for record in records.items() for opened in _record(delivery, record)]


def _record(delivery: Delivery, record: Node) -> Opened:
    if not isinstance(record.value, dict):
        return [AdapterError("an object is expected here", record.path)]
    opened = _one_record(replace(delivery, node=record))
    if opened is not None:
        return opened
    if record.has("data"):  # in a list of records it can be nothing else, without any mark beside it
        return _inside(delivery, record.at("data"), inner_base64)
    if record.has("s3"):
        return [replace(delivery, node=record, control="a notice of a stored object: fetch the object and adapt it")]
    return [AdapterError("a record without data", record.path)]


def _one_record(delivery: Delivery) -> Opened | None:
    """One record of a stream or a queue, alone or of a batch."""
    node = delivery.node
    if node.at("Sns").has("Message"):
        return _sns(replace(delivery, node=node.at("Sns")))
    if node.has("body") and node.has("messageId", "receiptHandle", "eventSourceARN"):
        return _inside(delivery, node.at("body"), inner_json)
    holder = node.at("kinesis") if node.at("kinesis").has("data") else node
    for name, times, marks in _STREAMS:
        if holder.has(name) and (holder is not node or holder.has(*marks)):
            return _inside(_at(delivery, holder.at(*times)), holder.at(name), inner_base64)
    return None


_STREAMS = (
    (
        "data",
        ("approximateArrivalTimestamp", "approximateArrivalEpoch"),
        ("recordId", "kinesisSchemaVersion", "partitionKey", "sequenceNumber"),
    ),
    ("Data", ("ApproximateArrivalTimestamp",), ("SequenceNumber", "PartitionKey", "ApproximateArrivalTimestamp")),
    ("value", ("timestamp",), ("topic", "partition", "offset")),
)
"""Kinesis, Firehose and pipes; GetRecords; Kafka: the field of the data, those of its time, those that tell which."""


def _sns(delivery: Delivery) -> Opened | None:
    """A notification of SNS: its message is the payload as a string."""
    node = delivery.node
    kind = node.at("Type").word()
    if kind in ("SubscriptionConfirmation", "UnsubscribeConfirmation"):
        return [replace(delivery, control=f"SNS {kind}: confirm it by hand")]
    if not isinstance(node.at("Message").value, str) or not (kind == "Notification" or node.has("TopicArn")):
        return None
    return _inside(_at(delivery, node.at("Timestamp")), node.at("Message"), inner_json)


def _pubsub(delivery: Delivery) -> Opened | None:
    """Push and pull messages of Pub/Sub, alone or as a list."""
    node = delivery.node
    pulled = node.at("receivedMessages", "received_messages")
    if isinstance(pulled.value, list):
        delivery.budget.take_payloads(len(pulled.value))
        return [opened for item in pulled.items() for opened in _message(delivery, item.at("message"))]
    message = node.at("message")
    if isinstance(message.value, dict) and not message.has("content", "participantRole"):
        return _message(delivery, message)
    ids = ("messageId", "message_id", "publishTime", "publish_time", "attributes")
    if node.has("data") and node.has(*ids):
        return _message(delivery, node)
    return None


def _message(delivery: Delivery, message: Node) -> Opened:
    if not isinstance(message.value, dict):
        return [AdapterError("a Pub/Sub message is expected here", message.path)]
    given = message.at("attributes")
    words = ((name, given.at(name).word()) for name in given.keys())  # noqa: SIM118 # a node is no dict
    attributes = {name: word for name, word in words if word is not None}
    delivery = replace(_at(delivery, message.at("publishTime", "publish_time")), attributes=attributes)
    data = message.at("data")
    if data.value in (None, ""):
        return [replace(delivery, node=message, control="a Pub/Sub message without data")]
    opened = _inside(delivery, data, inner_base64)
    if len(opened) == 1 and isinstance(opened[0], AdapterError):
        said = f"{opened[0].message}; is the notification's message format JSON?"
        return [AdapterError(said, opened[0].path)]
    return opened


def _cloudevent(delivery: Delivery) -> Opened | None:
    """A CloudEvent in structured mode; several come as a list."""
    node = delivery.node
    if not node.has("specversion") or not node.has("data", "data_base64"):
        return None
    delivery = _at(delivery, node.at("time"))
    if node.has("data_base64"):
        return _inside(delivery, node.at("data_base64"), inner_base64)
    return _inside(delivery, node.at("data"), inner_json)


def _at(delivery: Delivery, time: Node) -> Delivery:
    """Return the delivery with an envelope's time: ISO 8601, or epoch seconds or ms, which their size tells apart."""
    number = time.number()
    unit = "s" if number is not None and number < 100_000_000_000 else "ms"
    moment = moment_ms(time, unit)
    return delivery if moment is None else replace(delivery, received_ms=moment)


def _http(delivery: Delivery) -> Opened | None:
    """A request as an API gateway hands it to a function: its body is the payload, a form or JSON."""
    node, body = delivery.node, delivery.node.at("body")
    if not isinstance(body.value, str) or not node.has("isBase64Encoded", "httpMethod", "requestContext"):
        return None
    data = unbase64(body.text()) if node.at("isBase64Encoded").truth() else body.text().encode("utf-8", "replace")
    if data is None:
        return [AdapterError("not base64, though `isBase64Encoded` says so", body.path)]
    try:
        found = payloads(data, "", delivery.budget)
    except AdapterError as error:
        return [AdapterError(error.message, body.path)]
    return [
        item
        if isinstance(item, AdapterError)
        else replace(delivery, node=replace(item, path=f"{body.path}{item.path[1:]}"))
        for item in found
    ]


_OPENERS = (_http, _records, _one_record, _sns, _pubsub, _cloudevent)
