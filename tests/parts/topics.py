"""Creates topics and moves a few messages, for tests of the parts and of what stands on them."""

from collections.abc import Iterable
from time import monotonic

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient, NewTopic


def create_topic(
    bootstrap: str, name: str, *, partitions: int = 1, copies: int = -1, settings: dict[str, str] | None = None
) -> str:
    """Create a topic, wait until clients see it, and return its name. `copies` -1 is the broker's default."""
    client = AdminClient({"bootstrap.servers": bootstrap})
    topic = NewTopic(name, num_partitions=partitions, replication_factor=copies, config=settings or {})
    client.create_topics([topic], operation_timeout=30)[name].result(timeout=40)
    deadline = monotonic() + 20
    while len(client.list_topics(name, timeout=5).topics[name].partitions) < partitions:
        assert monotonic() < deadline, f"no client sees topic {name}"
    return name


def produce(bootstrap: str, topic: str, messages: Iterable[tuple[str, str]], **settings: object) -> None:
    """Produce (key, value) pairs and wait until each is acknowledged by all replicas in sync."""
    errors: list[KafkaError] = []

    def note(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            errors.append(error)

    producer = Producer({"bootstrap.servers": bootstrap, "acks": "all", "partitioner": "murmur2_random", **settings})
    for key, value in messages:
        producer.produce(topic, value, key, headers={"ce_type": "test"}, on_delivery=note)
    unsent = producer.flush(60)
    assert unsent == 0, f"{unsent} messages not acknowledged"
    assert errors == []


def read(
    bootstrap: str, topic: str, count: int, *, group: str, timeout: float = 60, **settings: object
) -> list[Message]:
    """Read messages from the start as a group until there are `count`, commit, and return them."""
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest", **settings}
    )
    found: list[Message] = []
    deadline = monotonic() + timeout
    try:
        consumer.subscribe([topic])
        while len(found) < count and monotonic() < deadline:
            message = consumer.poll(1)
            if message is None:
                continue
            if message.error() is not None:
                raise KafkaException(message.error())
            found.append(message)
        consumer.commit(asynchronous=False)
    finally:
        consumer.close()
    return found
