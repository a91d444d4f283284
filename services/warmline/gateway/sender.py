"""Sends records to Kafka and tells, on the event loop, when the broker has acknowledged every one.

One thread polls the producer; a request waits on one future for all its records. While the broker is away requests are
refused at once instead of filling the producer's memory: the thread keeps asking for it and lets them in again.

Crash between any two lines: a request is answered only after all its acknowledgements. Whoever was not answered sends
again, with the same ids, and downstream a repeated turn is one turn.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from warmline.gateway.addresses import Outgoing

log = logging.getLogger(__name__)

POLL_S = 0.05
PROBE_S = 0.5  # how often an absent broker is asked for
PROBE_TIMEOUT_S = 1.0
RETRY_AFTER_S = 1.0
LATE_S = 0.5  # the producer gives a record up at its own time-out; its word is waited for this much longer
NEVER = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG, KafkaError.INVALID_MSG_SIZE})
"""The broker will never take such a record: sending it again is no use."""


class BrokerAwayError(Exception):
    """Not every record was acknowledged; the request has to be sent again as it is."""

    retry_after_s = RETRY_AFTER_S


Factory = Callable[[Callable[[KafkaError], None]], Producer]
"""Makes a producer that reports its errors to the callback."""


class _Batch:
    """The records of one request. `delivered` runs on the polling thread alone."""

    __slots__ = ("_error", "_left", "_loop", "_refused", "future")

    def __init__(self, count: int, loop: asyncio.AbstractEventLoop) -> None:
        self._left = count
        self._loop = loop
        self._error: KafkaError | None = None
        self._refused: set[int] = set()
        self.future: asyncio.Future[frozenset[int]] = loop.create_future()

    def delivered(self, index: int, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            if error.code() in NEVER:
                self._refused.add(index)
            else:
                self._error = error
        self._left -= 1
        if self._left == 0:
            with suppress(RuntimeError):  # the loop has closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        if self.future.done():
            return
        if self._error is not None:
            self.future.set_exception(BrokerAwayError(self._error.name()))
        else:
            self.future.set_result(frozenset(self._refused))


class Sender:
    """The gateway's one producer.

    Args:
        factory: Makes the producer; called again where one has failed for good.
        prefix: Setting `topic_prefix`.
        probe_topic: A topic to ask for, without the prefix.
        timeout_s: After how long the producer gives a record up, seconds.
        monotonic: Clock, seconds.
    """

    def __init__(
        self, factory: Factory, prefix: str, probe_topic: str, timeout_s: float, monotonic: Callable[[], float]
    ) -> None:
        self._factory = factory
        self._prefix = prefix
        self._probe_topic = prefix + probe_topic
        self._timeout_s = timeout_s
        self._monotonic = monotonic
        self._producer = factory(self._heard)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)
        self._fatal = False
        self._doubt = True  # until the broker has answered once
        self.away = True

    def start(self) -> None:
        """Begin to poll."""
        self._thread.start()

    def close(self, within_s: float) -> int:
        """Await what is under way, stop polling, and return how many records were left."""
        self._stop.set()
        self._thread.join(PROBE_TIMEOUT_S + 1)
        return self._producer.flush(max(0.0, within_s))

    async def send(self, records: Sequence[Outgoing]) -> frozenset[int]:
        """Send records and await the broker's acknowledgement of all.

        Returns:
            The indexes of records that the broker will never take; all others are acknowledged.

        Raises:
            BrokerAwayError: Not all were acknowledged. Some may have been: send all again.
        """
        if not records:
            return frozenset()
        if self.away:
            raise BrokerAwayError("the broker is away")
        batch = _Batch(len(records), asyncio.get_running_loop())
        try:
            for index, record in enumerate(records):
                headers: Any = record.headers
                self._producer.produce(
                    self._prefix + record.topic,
                    value=record.value,
                    key=record.key,
                    headers=headers,
                    on_delivery=partial(batch.delivered, index),
                )
        except BufferError as error:
            raise BrokerAwayError("the queue to the broker is full") from error
        except KafkaException as error:
            reason: KafkaError = error.args[0]
            self._heard(reason)
            raise BrokerAwayError(reason.name()) from error
        try:
            async with asyncio.timeout(self._timeout_s + LATE_S):
                return await batch.future
        except TimeoutError as error:
            self._doubt = True
            raise BrokerAwayError("no acknowledgement in time") from error

    def _heard(self, error: KafkaError) -> None:
        """Take in an error of the client; called on whatever thread polls."""
        if error.fatal():
            self._fatal = True
        elif error.code() == KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001 # the only name it has
            self._doubt = True

    def _run(self) -> None:
        asked_s = float("-inf")
        while not self._stop.is_set():
            self._producer.poll(POLL_S)
            if self._fatal:
                log.error("the producer has failed for good: a new one takes over")
                self._fatal = False
                self._producer = self._factory(self._heard)
                self._doubt = True
            if (self._doubt or self.away) and self._monotonic() - asked_s >= PROBE_S:
                asked_s = self._monotonic()
                self._ask()

    def _ask(self) -> None:
        self._doubt = False
        try:
            known = self._producer.list_topics(self._probe_topic, timeout=PROBE_TIMEOUT_S).topics[self._probe_topic]
            here = known.error is None
        except KafkaException:
            here = False
        if here == self.away:
            log.log(logging.INFO if here else logging.WARNING, "the broker is %s", "there" if here else "away")
        self.away = not here
