"""Our bucket hash is the partitioner's hash, or due times would be told to the wrong owner."""

from collections.abc import Callable

from tests.parts.kafka import KafkaPart
from tests.support.loops import produce, read_all
from warmline.store.murmur2 import murmur2_positive

PARTITIONS = 12
KEYS = [f"conversation-{n}" for n in range(300)] + ["a", "ab", "abc", "abcd", "Grüße", "語", "x" * 300]


def test_a_key_lands_in_the_partition_that_the_hash_says(kafka: KafkaPart, new_topic: Callable[..., str]) -> None:
    topic = new_topic("murmur", partitions=PARTITIONS)
    produce(kafka.bootstrap, topic, [(key.encode(), b"{}") for key in KEYS])
    messages = read_all(kafka.bootstrap, topic)
    assert len(messages) == len(KEYS)
    for message in messages:
        assert message.partition() == murmur2_positive(message.key() or b"") % PARTITIONS
