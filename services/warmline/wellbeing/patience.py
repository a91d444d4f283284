"""Try again until a dependency is back: hold the batch, back off, look alive, and mind the stop's deadline."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from warmline.bus.deadline import Deadline
from warmline.bus.loop import BACKOFF_FIRST_S, BACKOFF_MOST_S, HOLD_POLL_S, StoppedEarlyError
from warmline.bus.record import TransientError
from warmline.store.store import StoreUnavailableError
from warmline.wiring import Parts

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class FaustStoppedError(Exception):
    """Faust gave up by itself; the cause says why. Nothing is lost: what was in hand is not committed."""


class Patience:
    """Calls things that may fail for a while.

    Args:
        app: The Faust app, whose crash ends all patience; None before there is one.
        parts: Metrics, health, and the order to stop.
        service: Name, for metrics.
    """

    def __init__(self, app: Any, parts: Parts, service: str) -> None:
        self._app = app
        self._parts = parts
        self._service = service
        self._deadline: Deadline | None = None

    def stop_by(self) -> Deadline:
        """Return the deadline that all steps of the stop share; it runs from when the order to stop was first seen."""
        self._deadline = self._deadline or Deadline.after(self._parts.settings.drain_s, time.monotonic)
        return self._deadline

    async def meanwhile(self, work: Awaitable[None]) -> None:
        """Look alive while something takes its time; leave it where the service is told to stop.

        Raises:
            FaustStoppedError: Faust gave up meanwhile.
        """
        task = asyncio.ensure_future(work)
        try:
            while not task.done() and not self._parts.stop.is_set():
                self.beat()
                await asyncio.wait({task}, timeout=HOLD_POLL_S)
            if task.done():
                await task
        finally:
            task.cancel()

    def beat(self) -> None:
        """Say that the service comes round.

        Raises:
            FaustStoppedError: Faust does not.
        """
        if self._app is not None and self._app.should_stop:
            raise FaustStoppedError("Faust has stopped by itself") from self._app.crash_reason
        self._parts.health.beat()
        self._parts.metrics.loop_seen.labels(self._service).set_to_current_time()

    async def until_done(self, stage: str, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """Call until it succeeds, and time the stage.

        Raises:
            StoppedEarlyError: The stop's deadline passed while something was away.
        """
        metrics, health = self._parts.metrics, self._parts.health
        started = time.monotonic()
        backoff = BACKOFF_FIRST_S
        held = False
        try:
            while True:
                try:
                    answer = await self._unless_stopped(call())
                except (TransientError, StoreUnavailableError) as error:
                    if not held:
                        held = True
                        metrics.paused.labels(self._service).set(1)
                        health.waiting_for.add(type(error).__name__)
                        log.warning("held back, and trying again", extra={"stage": stage, "why": str(error)})
                    metrics.retries.labels(self._service).inc()
                    await self._wait(backoff)
                    backoff = min(backoff * 2, BACKOFF_MOST_S)
                else:
                    metrics.stage_seconds.labels(self._service, stage).observe(time.monotonic() - started)
                    return answer
        finally:
            if held:
                health.waiting_for.clear()
                metrics.paused.labels(self._service).set(0)

    async def _wait(self, seconds: float) -> None:
        until = Deadline.after(seconds, time.monotonic)
        while not until.passed:
            self.beat()
            self._mind_stop()
            await asyncio.sleep(min(HOLD_POLL_S, until.left_s))

    async def _unless_stopped(self, work: Awaitable[Answer]) -> Answer:
        """Await one attempt, which may take a minute where the broker is away, and leave it at the stop's deadline.

        What was begun may be done all the same: as after a crash, the batch is not committed, and comes again.
        """
        task = asyncio.ensure_future(work)
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=HOLD_POLL_S)
                if not task.done():
                    self.beat()  # aiokafka tries again by itself for as long as the broker is away
                    self._mind_stop()
            return await task
        finally:
            task.cancel()

    def _mind_stop(self) -> None:
        """Begin the stop's deadline where there is the order to stop, and end all patience once it has passed."""
        if self._parts.stop.is_set() and self.stop_by().passed:
            raise StoppedEarlyError("a dependency stayed away until the stop's deadline; nothing was committed")
