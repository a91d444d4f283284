"""From Faust's stream to the store and back, in the same steps and with the same promises as the other services' loop.

    1 take a batch: wait for the first record, then whatever is there already; records of an earlier generation, and
      those that the ledger does not admit, are left out
    2 decode; what cannot be is a dead letter, and too many of them stop the service before anything is lost
    3 load, apply, compare-and-set, on a worker thread; what it refuses is a dead letter too, and counts with the others
    4 publish outcomes and dead letters through Faust's producer, and await the broker's acknowledgement of all
    5 commit the offsets
    6 tell the handler that it is acknowledged
    7 do what time alone makes due: publish, await, settle

Whatever else is raised stops the service with the batch uncommitted, and the process exits: Faust by itself would go
on with the next record. While Redis is away the pump takes nothing; Faust's buffers fill and it stops fetching, while
its consumer thread keeps the group's heartbeats.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from warmline.bus.dead_letters import DeadLetter, DeadLetterLimit
from warmline.bus.handler import Handler
from warmline.bus.lag import Lag
from warmline.bus.poison import Isolation
from warmline.bus.refused import decoded, tell_refused
from warmline.contracts.topics import AGENT_STATES, CONVERSATION_WINDOWS
from warmline.store.outbox import Outcome
from warmline.telemetry.traces import BatchTrace
from warmline.wellbeing.faust_publisher import FaustPublisher
from warmline.wellbeing.intake import Intake
from warmline.wellbeing.patience import FaustStoppedError, Patience
from warmline.wiring import Parts

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
SERVICE = "wellbeing"
ACROSS_S = 1.0  # how often partitions are asked whether they are read to their end
STUCK_S = 120.0  # twice the longest rebalance: Faust's consumers are known to die slowly; a new process reads on


class Pump:
    """Runs the handler over one started Faust app until told to stop.

    Args:
        app: Started app.
        intake: Where the app's agent puts what it reads.
        handler: The service; blocks, and runs on the worker thread alone.
        publisher: Where outcomes go.
        parts: Settings, metrics, health, and the order to stop.
        patience: Tries again what may fail for a while.
        worker: One thread.
    """

    def __init__(
        self,
        *,
        app: Any,
        intake: Intake,
        handler: Handler,
        publisher: FaustPublisher,
        parts: Parts,
        patience: Patience,
        worker: ThreadPoolExecutor,
    ) -> None:
        settings = parts.settings
        self._app = app
        self._intake = intake
        self._handler = handler
        self._publisher = publisher
        self._parts = parts
        self._worker = worker
        self._isolation = Isolation(handler)
        self._limit = DeadLetterLimit(settings.dead_letter_limit_ratio, settings.dead_letter_limit_window)
        self._patience = patience
        self._next_look = 0.0
        parts.metrics.assigned.labels(SERVICE).set(0)  # known from the start: who never joins must be seen as well
        self._lag = Lag(SERVICE, (CONVERSATION_WINDOWS, AGENT_STATES), parts.metrics.consumer_lag, time.monotonic)

    async def run(self) -> None:
        """Take, handle, publish and commit until told to stop."""
        while not self._parts.stop.is_set():
            self._patience.beat()
            if self._intake.moved:
                await self._tell_assignment()
            records = await self._intake.take(self._parts.settings.batch_max)
            if records:
                with self._parts.traces.batch(records) as trace:
                    await self._batch(trace)
            await self._look_around()
            await self._time_passes()

    async def _batch(self, trace: BatchTrace) -> None:
        records = trace.records
        metrics = self._parts.metrics
        metrics.batch_size.labels(SERVICE).observe(len(records))
        self._lag.begin(records)
        good, letters = decoded(self._handler, records)
        self._limit.check(len(records), len(letters))
        outcomes, poisoned = await self._on_worker("process", lambda: self._isolation.handle(good))
        # Before anything is published or committed: these records come again, and what is stored is as after a crash.
        self._limit.check(0, len(poisoned))
        letters += poisoned
        await self._publish(outcomes, letters)
        self._intake.done(records)
        await self._commit()
        await self._on_worker("acknowledge", lambda: self._handler.acknowledged(outcomes))
        tell_refused(letters, SERVICE, metrics, trace)

    async def _time_passes(self) -> None:
        outcomes = await self._on_worker("timers", self._handler.tick)
        if outcomes:
            await self._publish(outcomes, [])
            await self._on_worker("acknowledge", lambda: self._handler.acknowledged(outcomes))
        await self._on_worker("settle", self._handler.settle)

    async def _commit(self) -> None:
        offsets = self._intake.to_commit()
        if offsets and await self._patience.until_done("commit", lambda: self._app.consumer.commit_explicit(offsets)):
            committed = {self._intake.bare(place): offset for place, offset in offsets.items()}
            self._handler.committed(committed)
            self._lag.done(committed)

    async def _look_around(self) -> None:
        """Seek where records are missing, and tell the handler of partitions that are read to their end."""
        now = asyncio.get_running_loop().time()
        if now < self._next_look:
            return
        self._next_look = now + ACROSS_S
        if self._intake.stuck_for_s() > STUCK_S:
            raise FaustStoppedError(f"Faust has handed nothing on for {STUCK_S:.0f} s, though there is something")
        await self._intake.seek_holes()
        for (topic, partition), as_of_ms in await self._intake.read_to_the_end():
            self._handler.caught_up(topic, partition, as_of_ms)
            self._lag.read_to_end((topic, partition), self._intake.end_of((topic, partition)) or 0)
        self._lag.settled()
        self._lag.tell(self._intake.end_of)

    async def _tell_assignment(self) -> None:
        committed = await self._patience.until_done("assign", self._intake.begin_generation)
        self._lag.assign(committed)
        self._parts.health.joined = True
        self._parts.metrics.assigned.labels(SERVICE).set(len(committed))
        self._parts.metrics.rebalances.labels(SERVICE, "assigned").inc()
        log.info("partitions assigned", extra={"count": len(committed)})
        await self._on_worker("assign", lambda: self._handler.assigned(committed))

    async def _publish(self, outcomes: Sequence[Outcome], letters: Sequence[DeadLetter]) -> None:
        await self._patience.until_done("publish", lambda: self._publisher.publish(outcomes, letters))

    async def _on_worker(self, stage: str, call: Callable[[], Answer]) -> Answer:
        loop = asyncio.get_running_loop()

        def start() -> Awaitable[Answer]:
            return loop.run_in_executor(self._worker, call)

        return await self._patience.until_done(stage, start)
