"""Publish outcomes and dead letters through Faust's producer; come back when the broker has acknowledged every one."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from aiokafka.errors import KafkaError  # type: ignore[import-untyped]
from faust.exceptions import ProducerSendError

from warmline.bus.config import MESSAGE_TIMEOUT_MS
from warmline.bus.dead_letters import DeadLetter
from warmline.bus.envelope import Headers, headers_of
from warmline.bus.record import TransientError
from warmline.contracts.topics import dead_letter_topic
from warmline.store.outbox import Outcome

ACKNOWLEDGED_S = MESSAGE_TIMEOUT_MS / 1000


class FaustPublisher:
    """Writes outcomes as CloudEvents. Equal keys meet in equal partitions: aiokafka's partitioner is murmur2.

    Args:
        app: Started app.
        service: Name of the service, for ce_source and the dead-letter topic.
        prefix: Setting `topic_prefix`.
    """

    def __init__(self, app: Any, service: str, prefix: str) -> None:
        self._app = app
        self._service = service
        self._source = f"warmline/{service}"
        self._prefix = prefix

    async def publish(self, outcomes: Iterable[Outcome], letters: Sequence[DeadLetter] = ()) -> None:
        """Send and await all acknowledgements. May be called again with the same outcomes: their ids are the same.

        Raises:
            TransientError: Not everything was acknowledged.
        """
        try:
            async with asyncio.timeout(ACKNOWLEDGED_S):
                waiting = [
                    await self._send(
                        outcome.topic,
                        outcome.key.encode("utf-8", "surrogatepass"),
                        outcome.value,
                        headers_of(outcome.type, outcome.id, outcome.time_ms, self._source, outcome.key),
                    )
                    for outcome in outcomes
                ]
                for letter in letters:
                    topic, record = dead_letter_topic(self._service), letter.record
                    headers = letter.headers(self._prefix + self._service)
                    waiting.append(await self._send(topic, record.key, record.value, headers))
                await asyncio.gather(*waiting)
        except (KafkaError, ProducerSendError) as error:
            raise TransientError(f"the broker refused a record: {error!r}") from error
        except TimeoutError as error:
            raise TransientError("the broker has not acknowledged every record") from error

    async def _send(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> Any:
        return await self._app.producer.send(self._prefix + topic, key, value, None, None, headers)
