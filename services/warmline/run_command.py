"""`warmline run NAME`: one service as one process, until SIGTERM or SIGINT."""

import gc
import logging
import os
import signal
import threading
import time
from contextlib import closing
from pathlib import Path

import click
from confluent_kafka import KafkaError, KafkaException
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

from warmline.access.announce import announce_missing_beside
from warmline.bus.dead_letters import DeadLetterLimitError
from warmline.bus.loop import StoppedEarlyError
from warmline.models.manifest import ModelError
from warmline.policy.load import PolicyError, load_policy
from warmline.services import DOORS, SERVICES, run_service
from warmline.settings import Settings, SettingsError, load_settings
from warmline.store.memory_gauge import MemoryGauge
from warmline.telemetry.build import tell_build
from warmline.telemetry.health import Health
from warmline.telemetry.http import TelemetryServer
from warmline.telemetry.log import configure_logging
from warmline.telemetry.metrics import Metrics
from warmline.telemetry.traces import open_traces
from warmline.wiring import Parts, build_limit_stop

log = logging.getLogger(__name__)

COLLECT_AFTER = (20_000, 50, 100)  # allocations of a batch of 1000 turns, not of every dozen of them
EXIT_LIMIT = 3  # told apart from a crash: restarting does not help, somebody has to look
EXIT_STOPPED_EARLY = 4


@click.command(name="run", epilog="Settings come from WARMLINE_ variables; see the README's table.")
@click.argument("service", type=click.Choice(sorted({**SERVICES, **DOORS})))
def command(service: str) -> None:
    """Run one SERVICE until SIGTERM or SIGINT; then finish the batch in hand and leave the group."""
    try:
        settings = load_settings(os.environ)
        policy = load_policy(Path(settings.policy_file) if settings.policy_file else None)
        traces = open_traces(settings, service)
    except (SettingsError, PolicyError) as error:
        raise click.ClickException(str(error)) from error
    configure_logging(service, settings.log_level)
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    parts = Parts(settings, policy, Metrics(registry), Health(time.monotonic), stop, traces)
    with closing(traces):
        _serve(service, settings, parts)


def _calm_the_collector() -> None:
    """Let the cycle collector look seldom: tens of thousands of live states hold no cycles, and it walks them all."""
    gc.freeze()  # what start-up made stays
    gc.set_threshold(*COLLECT_AFTER)


def _run(service: str, parts: Parts) -> None:
    """Run a service; a stop at the dead-letter limit outlives this process."""
    try:
        run_service(service, parts)
    except DeadLetterLimitError as error:
        log.error("stopped by the dead-letter limit: %s", error)
        build_limit_stop(parts, service).keep(error)
        raise SystemExit(EXIT_LIMIT) from error


def _serve(service: str, settings: Settings, parts: Parts) -> None:
    parts.health.beat()
    _calm_the_collector()
    tell_build(parts.metrics, service, settings.revision)
    try:
        telemetry = TelemetryServer(settings.http_host, settings.http_port, parts.metrics.registry, parts.health)
    except OSError as error:
        where = f"{settings.http_host}:{settings.http_port}"
        raise click.ClickException(
            f"WARMLINE_HTTP_HOST, WARMLINE_HTTP_PORT: cannot listen on {where}: {error}"
        ) from error
    with telemetry as server, MemoryGauge(settings, parts.metrics):
        log.info("started", extra={"http_port": server.port, "policy": parts.policy.version})
        announce_missing_beside(settings, service)
        try:
            _run(service, parts)
        except (SettingsError, ModelError) as error:
            raise click.ClickException(str(error)) from error
        except KafkaException as error:
            if error.args[0].code() != KafkaError._INVALID_ARG:  # noqa: SLF001 # public constant of librdkafka
                raise
            raise click.ClickException(f"Kafka's client does not take its settings: {error.args[0].str()}") from error
        except StoppedEarlyError as error:
            log.error("stopped early: %s", error)
            raise SystemExit(EXIT_STOPPED_EARLY) from error
        log.info("stopped")
