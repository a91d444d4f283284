"""The gateway's producer is changed for another where it has failed for good."""

import asyncio

import pytest
from confluent_kafka import KafkaError, KafkaException

from warmline.gateway.sender import Sender

TRUNCATED = KafkaError(KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER, "the log lost its end", fatal=True)
BROKEN = KafkaError(KafkaError._FATAL, "and what broke it was told before")


class BrokenProducer:
    """Raises once, as librdkafka does, and never works again."""

    def __init__(self, error):
        self.errors = [error] if error is not None else []

    def poll(self, _wait_s):
        if self.errors:
            raise KafkaException(self.errors.pop())
        return 0

    def list_topics(self, _topic, *, timeout):
        raise KafkaException(KafkaError(KafkaError._TRANSPORT))

    def flush(self, _wait_s):
        return 0

    def __len__(self):
        return 0


@pytest.mark.parametrize("error", [TRUNCATED, BROKEN])
def test_another_producer_takes_over_and_acknowledgements_go_on_being_heard(error):
    made = []

    def factory(_heard):
        made.append(BrokenProducer(error if not made else None))
        return made[-1]

    async def scene():
        sender = Sender(factory, "", "turns", 1.0, lambda: 0.0)
        sender.start()
        async with asyncio.timeout(10):
            while len(made) < 2:
                await asyncio.sleep(0)
        assert not sender.ended
        await sender.close(0)

    asyncio.run(scene())
