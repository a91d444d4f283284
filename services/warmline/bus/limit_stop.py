"""A stop at the dead-letter limit outlives the process.

Kubernetes and compose start a process again whatever it ended with, and it would refuse records anew until its own
count reaches the limit. So the stop is kept in the store, and a process that finds it waits, in no consumer group,
until somebody has looked and lifts it: `warmline dlq resume`. Instances below the limit go on meanwhile.
"""

import logging
import threading

from redis.exceptions import NoPermissionError

from warmline.bus.dead_letters import DeadLetterLimitError
from warmline.settings import Settings
from warmline.store.standing_stop import StandingStop
from warmline.store.store import StoreUnavailableError
from warmline.telemetry.health import Health
from warmline.telemetry.metrics import Metrics

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0  # who has lifted a stop watches for the service to go on; one GET costs the store nothing
STANDS = "stopped at the dead-letter limit"
GRANT = {"grant": "warmline acl redis"}


class LimitStop:
    """One service's stop, as its processes see it.

    Args:
        settings: Where the store is.
        service: Name.
        metrics: The list of metrics.
        health: What the probes read.
        order: Set to stop cleanly.

    Raises:
        SettingsError: The store's address is none.
    """

    def __init__(
        self, settings: Settings, service: str, metrics: Metrics, health: Health, order: threading.Event
    ) -> None:
        self._service = service
        self._metrics = metrics
        self._health = health
        self._order = order

        def observe(operation: str, took_s: float) -> None:
            metrics.store_seconds.labels(service, operation).observe(took_s)

        self._stop = StandingStop(settings, service, observe)
        self._told: str | None = None

    def await_lifted(self) -> None:
        """Return once nothing stands, or when told to stop. The store must answer for that."""
        stands = self._metrics.stopped_at_limit.labels(self._service)
        paused = self._metrics.paused.labels(self._service)
        stands.set(0)
        try:
            while not self._order.is_set():
                waiting = self._waiting_for()
                stands.set(waiting == STANDS)
                paused.set(waiting not in {None, STANDS})
                self._health.waiting_for = {waiting} if waiting else set()
                if waiting is None:
                    return
                self._health.beat()
                self._metrics.loop_seen.labels(self._service).set_to_current_time()
                self._order.wait(LOOK_EVERY_S)
        finally:
            self._stop.close()

    def keep(self, error: DeadLetterLimitError) -> None:
        """Let the stop stand. Where the store does not take it, say so: a process that is started again reads on."""
        try:
            self._stop.keep(str(error))
        except StoreUnavailableError as fault:
            log.error("the stop could not be kept: started again, it refuses as many", extra={"why": str(fault)})
        finally:
            self._stop.close()

    def _waiting_for(self) -> str | None:
        """Return what is to be waited for; say it when it is new."""
        try:
            why = self._stop.why()
        except StoreUnavailableError as fault:
            if isinstance(fault.__cause__, NoPermissionError):  # an ACL of an earlier version is in force
                log.error("may not see whether it stopped at the dead-letter limit: it starts", extra=GRANT)
                return None
            self._say(logging.WARNING, str(fault), "waiting for the store")
            return type(fault).__name__
        if why is None:
            if self._told:
                log.info("goes on")
            return None
        self._say(logging.ERROR, why, f"{STANDS}; `warmline dlq resume {self._service}` lets it go on")
        return STANDS

    def _say(self, level: int, why: str, what: str) -> None:
        if why != self._told:
            log.log(level, what, extra={"why": why})
            self._told = why
