"""What the consumer gives: the records of a batch, and which partitions were read to their end.

librdkafka tells an end once, and again only after another record. Whoever believes it before the records ahead of it
are handled, or before the assignment it belongs to is known, forgets it with them, and a partition that is quiet from
then on is never told to be idle. So ends are kept here, and one that a record follows, or whose partition has gone, is
an end no more.
"""

import logging
from collections.abc import Collection, Mapping

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from warmline.bus.assignment import Place
from warmline.bus.envelope import headers_read
from warmline.bus.faults import is_fatal
from warmline.bus.record import Record
from warmline.telemetry.trace_context import context_of

log = logging.getLogger(__name__)


class Reader:
    """Reads one consumer.

    Args:
        consumer: The consumer.
        prefix: Put before every topic name; records are told without it.
    """

    def __init__(self, consumer: Consumer, prefix: str) -> None:
        self._consumer = consumer
        self._prefix = prefix
        self._ends: dict[Place, int] = {}

    def read(self, wait_s: float, most: int) -> list[Record]:
        """Return the first record that comes within a while, and whatever is there already after it.

        Args:
            wait_s: Longest wait for the first one, seconds.
            most: Most records.

        Raises:
            KafkaException: A fatal error of the client.
        """
        first = self._consumer.poll(wait_s)
        if first is None:
            return []
        messages = [first]
        if most > 1:
            messages += self._consumer.consume(most - 1, 0)
        return [self._record(message) for message in messages if self._is_record(message)]

    def poll_held(self, wait_s: float) -> None:
        """Keep the membership alive while nothing is to be read: a record that slips through a pause is put back.

        Args:
            wait_s: Longest wait, seconds.

        Raises:
            KafkaException: A fatal error of the client.
        """
        message = self._consumer.poll(wait_s)
        if message is not None and self._is_record(message):
            self._consumer.seek(TopicPartition(*_place(message), message.offset() or 0))

    def keep(self, owned: Collection[Place]) -> None:
        """Forget the ends of partitions that are not owned: they are another reader's, and move on."""
        self._ends = {place: end for place, end in self._ends.items() if place in owned}

    def ends(self, owned: Collection[Place]) -> Mapping[Place, int]:
        """Return partition, with the prefix, to offset of each end that was met and that no record has followed."""
        self.keep(owned)  # one may have been told, and its partition taken away, by the same call of the client
        return self._ends

    def _is_record(self, message: Message) -> bool:
        """Take note of what a message says of its partition's end. Returns whether it is a record."""
        error = message.error()
        if error is None:
            self._ends.pop(_place(message), None)
            return True
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 # public constant of librdkafka
            self._ends[_place(message)] = message.offset() or 0
        elif is_fatal(error):
            raise KafkaException(error)
        else:
            log.warning("the consumer reports", extra={"error": str(error)})
        return False

    def _record(self, message: Message) -> Record:
        topic, partition = _place(message)
        headers = headers_read(message)
        value, at = message.value(), message.timestamp()[1]
        return Record(
            topic.removeprefix(self._prefix),
            partition,
            message.offset() or 0,
            message.key(),
            value,
            lambda: headers,
            at,
            context_of(headers),
        )


def _place(message: Message) -> Place:
    return message.topic() or "", message.partition() or 0
