"""Records whose header names no client can say, as the real client reads them; on librdkafka's own broker for tests."""

from confluent_kafka import Consumer, Message, Producer, TopicPartition

from tests.support.loops import await_that
from tests.support.raw_producer import produce_raw
from warmline.bus.envelope import headers_read

COPIES = 200
"""As many as it takes for the interpreter to call the client's function by its shortest way."""


def test_records_with_header_names_that_are_not_utf_8_are_read_without_them() -> None:
    broker = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "none", "log_level": 0})
    (address, *_) = [f"{each.host}:{each.port}" for each in broker.list_topics(timeout=30).brokers.values()]
    produce_raw(address, "turns", b"k", b"strange", [(b"\xff\xfe", b"1"), (b"traceparent", b"\xff")], COPIES)
    produce_raw(address, "turns", b"k", b"plain", [(b"ce_id", b"2")], COPIES)
    partitions = broker.list_topics("turns", timeout=30).topics["turns"].partitions
    consumer = Consumer({"bootstrap.servers": address, "group.id": "any", "log_level": 0})
    consumer.assign([TopicPartition("turns", each, 0) for each in partitions])
    messages: list[Message] = []

    def read() -> bool:
        messages.extend(message for message in consumer.consume(COPIES, 0.1) if message.error() is None)
        return len(messages) == 2 * COPIES

    await_that(read, "every record")
    for message in messages:
        assert headers_read(message) == ([] if message.value() == b"strange" else [("ce_id", b"2")])
    consumer.close()
