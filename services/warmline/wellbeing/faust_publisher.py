"""Publish outcomes and dead letters through Faust's producer; come back when the broker has acknowledged every one.

As with the other services' publisher, a letter that is refused for its size goes without its value, and a crash between
any two lines has the batch read again.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka.errors import KafkaError  # type: ignore[import-untyped]
from faust.exceptions import ProducerSendError

from warmline.bus.config import MESSAGE_TIMEOUT_MS
from warmline.bus.dead_letters import DeadLetter
from warmline.bus.envelope import Headers, headers_of
from warmline.bus.publisher import TOO_LARGE, log_left_out
from warmline.bus.record import TransientError
from warmline.contracts.topics import dead_letter_topic
from warmline.store.outbox import Outcome
from warmline.telemetry.traces import ContextOf, Traces

ACKNOWLEDGED_S = MESSAGE_TIMEOUT_MS / 1000


class FaustPublisher:
    """Writes outcomes as CloudEvents. Equal keys meet in equal partitions: aiokafka's partitioner is murmur2.

    Args:
        app: Started app.
        service: Name of the service, for ce_source and the dead-letter topic.
        prefix: Setting `topic_prefix`.
        traces: Says which context each outcome's record carries.
    """

    def __init__(self, app: Any, service: str, prefix: str, traces: Traces) -> None:
        self._app = app
        self._traces = traces
        self._service = service
        self._source = f"warmline/{service}"
        self._prefix = prefix

    async def publish(self, outcomes: Sequence[Outcome], letters: Sequence[DeadLetter] = ()) -> None:
        """Send and await all acknowledgements. May be called again with the same outcomes: their ids are the same.

        Raises:
            TransientError: Not everything was acknowledged.
        """
        try:
            with self._traces.sending(outcomes) as context_of:
                await self._send_all(outcomes, letters, context_of)
        except (KafkaError, ProducerSendError) as error:
            raise TransientError(f"the broker refused a record: {error!r}") from error
        except TimeoutError as error:
            raise TransientError("the broker has not acknowledged every record") from error

    async def _send_all(
        self, outcomes: Sequence[Outcome], letters: Sequence[DeadLetter], context_of: ContextOf
    ) -> None:
        async with asyncio.timeout(ACKNOWLEDGED_S):
            waiting = []
            for outcome in outcomes:
                headers = headers_of(outcome.type, outcome.id, outcome.time_ms, self._source, outcome.key)
                headers += context_of(outcome)
                key = outcome.key.encode("utf-8", "surrogatepass")
                waiting.append(await self._send(outcome.topic, key, outcome.value, headers))
            await asyncio.gather(*waiting, *(self._send_letter(letter) for letter in letters))

    async def _send_letter(self, letter: DeadLetter) -> None:
        """Send one letter and await its acknowledgement.

        A refusal is of this letter alone: aiokafka lets records share a batch only up to 16 KB.
        """
        topic, group, record = dead_letter_topic(self._service), self._prefix + self._service, letter.record
        try:
            await (await self._send(topic, record.key, record.value, letter.headers(group)))
        except (KafkaError, ProducerSendError) as error:
            if not too_large(error):
                raise
        else:
            return
        key, headers = letter.without_value(group)
        await (await self._send(topic, key, None, headers))
        log_left_out(letter)

    async def _send(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> Any:
        return await self._app.producer.send(self._prefix + topic, key, value, None, None, headers)


def too_large(error: Exception) -> bool:
    """Whether a record is refused for its size: by the client, whose word Faust wraps, or by the broker."""
    cause = error.__cause__ if isinstance(error, ProducerSendError) else error
    return isinstance(cause, KafkaError) and getattr(cause, "errno", None) in TOO_LARGE
