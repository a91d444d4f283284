"""Sends records to Kafka and tells when the broker has acknowledged every one.

The event loop itself polls the producer, every millisecond while anything is under way: a thread of its own for that
would hand each acknowledgement over the interpreter's lock and wait for its turn on a busy machine. A request waits on
one future for all its records. While the broker is away requests are refused at once instead of filling the producer's
memory; it is asked for again and again, and then they are let in.

Crash between any two lines: a request is answered only after all its acknowledgements. Whoever was not answered sends
again, with the same ids, and downstream a repeated turn is one turn.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from warmline.bus.faults import is_fatal
from warmline.gateway.addresses import Outgoing
from warmline.telemetry.trace_context import NO_CONTEXT, Context

log = logging.getLogger(__name__)

BUSY_S = 0.001  # between two polls while a request waits; the broker takes longer
IDLE_S = 0.05  # and while none does: for errors of the client
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
    """The records of one request."""

    __slots__ = ("_error", "_left", "_refused", "future")

    def __init__(self, count: int, loop: asyncio.AbstractEventLoop) -> None:
        self._left = count
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
        if self._left or self.future.done():
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
        self._busy = asyncio.Event()
        self._under_way = 0
        self._polling: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._fatal = False
        self._doubt = True  # until the broker has answered once
        self.away = True

    def start(self) -> None:
        """Begin to poll, on the running loop."""
        self._polling = asyncio.create_task(self._poll())

    @property
    def ended(self) -> bool:
        """Whether polling ended by itself: then no acknowledgement is heard any more."""
        return self._polling is not None and self._polling.done()

    async def close(self, within_s: float) -> int:
        """Await what is under way, stop polling, and return how many records were left."""
        until = self._monotonic() + within_s
        while len(self._producer) and self._monotonic() < until:
            await asyncio.sleep(BUSY_S)
        for task in (self._polling, self._asking):
            if task is not None:
                task.cancel()
        return self._producer.flush(0)

    async def send(self, records: Sequence[Outgoing], context: Context = NO_CONTEXT) -> frozenset[int]:
        """Send records, each with the context of their trace, and await the broker's acknowledgement of all.

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
        self._under_way += 1
        self._busy.set()
        try:
            return await self._send(records, batch, context)
        finally:
            self._under_way -= 1

    async def _send(self, records: Sequence[Outgoing], batch: _Batch, context: Context) -> frozenset[int]:
        try:
            for index, record in enumerate(records):
                headers: Any = [*record.headers, *context]
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
        """Take in an error of the client, which `poll` tells."""
        if is_fatal(error):
            self._fatal = True
        elif error.code() == KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001 # the only name it has
            self._doubt = True

    async def _poll(self) -> None:
        asked_s = float("-inf")
        while True:
            try:
                self._producer.poll(0)
            except KafkaException as error:  # what broke it for good is raised once, and here
                self._heard(error.args[0])
            if self._fatal:
                log.error("the producer has failed for good: a new one takes over")
                self._fatal = False
                self._producer = self._factory(self._heard)
                self._doubt = True
            asks = self._asking is not None and not self._asking.done()
            if (self._doubt or self.away) and not asks and self._monotonic() - asked_s >= PROBE_S:
                asked_s = self._monotonic()
                self._asking = asyncio.create_task(self._ask())
            await self._pause()

    async def _pause(self) -> None:
        if self._under_way:
            await asyncio.sleep(BUSY_S)
            return
        self._busy.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(IDLE_S):
                await self._busy.wait()

    async def _ask(self) -> None:
        """Ask the broker for the topic, on a thread: the question waits for a broker that is away."""
        self._doubt = False
        topic = self._probe_topic
        try:
            known = await asyncio.to_thread(self._producer.list_topics, topic, timeout=PROBE_TIMEOUT_S)
            here = known.topics[topic].error is None
        except KafkaException:
            here = False
        if here == self.away:
            log.log(logging.INFO if here else logging.WARNING, "the broker is %s", "there" if here else "away")
        self.away = not here
