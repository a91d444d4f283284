"""Reads a topic back after a run: every record's key, value, and when the broker appended it."""

from collections.abc import Iterator

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from tests.benchmarks.rig import PARTITIONS, BenchError, Rig


def read_back(rig: Rig, topic: str) -> Iterator[Message]:
    """Yield every record that a topic holds."""
    consumer = Consumer(
        {
            "bootstrap.servers": rig.bootstrap,
            "group.id": "warmline-bench-read",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    try:
        consumer.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
        left = PARTITIONS
        while left:
            for message in consumer.consume(10_000, 0.5):
                error = message.error()
                if error is None:
                    yield message
                elif error.code() == KafkaError._PARTITION_EOF:
                    left -= 1
                else:
                    raise BenchError(f"{topic}: {error}")
    finally:
        consumer.close()
