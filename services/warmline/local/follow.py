"""Reads what the services publish, from the beginning and without a group: a watcher that disturbs nobody."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from msgspec import Struct

from warmline.bus.config import consumer_config
from warmline.bus.decode import Decoder
from warmline.bus.envelope import headers_read
from warmline.bus.record import Record
from warmline.contracts.topics import TOPICS
from warmline.settings import Settings

GROUP = "demo-view"  # librdkafka asks for a name; nothing is joined and nothing is committed
MOST = 500  # records of one read: the view is drawn in between
METADATA_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Followed:
    """One event, and when it was published.

    Attributes:
        event: The event.
        at_ms: Time stamp of its record, ms UTC.
    """

    event: Struct
    at_ms: int


class Follower:
    """Reads topics from their beginning, all partitions.

    Args:
        settings: Where Kafka is.
        topics: Names without the prefix.

    Raises:
        KafkaException: The broker does not answer.
    """

    def __init__(self, settings: Settings, topics: Iterable[str]) -> None:
        types_of = {topic.name: topic.types for topic in TOPICS}
        self._prefix = settings.topic_prefix
        self._decoders = {topic: Decoder(types_of[topic]) for topic in topics}
        config = {**consumer_config(settings, self._prefix + GROUP), "enable.partition.eof": False, "log_level": 0}
        self._consumer = Consumer(config)
        places = []
        for topic in self._decoders:
            described = self._consumer.list_topics(self._prefix + topic, timeout=METADATA_TIMEOUT_S)
            partitions = described.topics[self._prefix + topic].partitions
            places += [TopicPartition(self._prefix + topic, partition, 0) for partition in partitions]
        self._consumer.assign(places)

    def read(self, timeout_s: float) -> Iterator[Followed]:
        """Yield what has come, after waiting for the first of it.

        Raises:
            KafkaException: The broker says that reading is no use.
        """
        first = self._consumer.poll(timeout_s)
        if first is None:
            return
        for message in (first, *self._consumer.consume(MOST, 0)):
            error = message.error()
            if error is None:
                yield self._followed(message)
            elif error.fatal() or error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise KafkaException(error)

    def close(self) -> None:
        """Close the connection."""
        self._consumer.close()

    def _followed(self, message: Message) -> Followed:
        topic = (message.topic() or "").removeprefix(self._prefix)
        _, at_ms = message.timestamp()
        headers = headers_read(message)
        record = Record(
            topic=topic,
            partition=message.partition() or 0,
            offset=message.offset() or 0,
            key=None,
            value=message.value(),
            headers_of=lambda: headers,
            timestamp_ms=at_ms,
        )
        return Followed(self._decoders[topic].decode(record), at_ms)
