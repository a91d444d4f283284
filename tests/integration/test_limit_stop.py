"""A stop at the dead-letter limit outlives the process, on a real broker and store, until somebody lifts it."""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from prometheus_client import CollectorRegistry

from tests.parts.kafka import KafkaPart
from tests.support.loops import await_that, produce, read_all
from warmline.bus.dead_letters import DeadLetterLimitError
from warmline.bus.limit_stop import STANDS
from warmline.contracts.topics import AGENT_STATES, CONVERSATION_SCORES, dead_letter_topic
from warmline.local.ports import LOOPBACK, free_ports
from warmline.local.stack import Stack
from warmline.policy.load import load_policy
from warmline.run_command import EXIT_LIMIT
from warmline.settings import Secret, Settings
from warmline.store.standing_stop import StandingStop
from warmline.telemetry.health import Health
from warmline.telemetry.metrics import Metrics
from warmline.wiring import Parts, build_limit_stop

WINDOW = 20
RUBBISH = [(b"k", b"rubbish")] * WINDOW
STOPPED = DeadLetterLimitError("20 of the last 20 records were refused")
KEY = "wl:{windows}:stopped"
SIX_DAYS_MS = 6 * 24 * 3_600_000


def warmline(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "warmline", *arguments]
    return subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(("name", "topic"), [("windows", CONVERSATION_SCORES), ("wellbeing", AGENT_STATES)])
def test_a_service_that_stopped_at_the_limit_waits_when_it_is_started_again_and_goes_on_when_it_is_let(
    kafka: KafkaPart, redis_url: str, tmp_path: Path, unique: Callable[[str], str], name: str, topic: str
) -> None:
    prefix = unique("limit") + "."
    dead = prefix + dead_letter_topic(name)
    settings = {"topic_prefix": prefix, "dead_letter_limit_window": str(WINDOW)}
    with Stack(kafka.bootstrap, redis_url, tmp_path, settings) as stack:
        stack.create_topics(1)
        produce(kafka.bootstrap, prefix + topic, RUBBISH)
        assert warmline("run", name, environment=stack.environment).returncode == EXIT_LIMIT
        letters = len(read_all(kafka.bootstrap, dead))
        assert letters < WINDOW

        service = stack.start_service(name)
        await_that(lambda: service.metric("warmline_stopped_at_limit") == 1, "it to find the stop", timeout_s=60)
        assert not service.ready()
        assert service.process.stop(), "it ends in order while it waits"
        service.start()
        await_that(lambda: service.metric("warmline_stopped_at_limit") == 1, "it to find the stop", timeout_s=60)
        assert len(read_all(kafka.bootstrap, dead)) == letters, "nothing more was refused"

        let = warmline("dlq", "resume", name, environment=stack.environment)
        assert let.returncode == 0, let.stderr
        assert "20 of the last 20 records were refused" in let.stdout
        await_that(lambda: not service.process.running, "it to go on, and to meet the same records", timeout_s=60)
        assert "stopped by the dead-letter limit" in service.process.log_tail()

        stack.environment["WARMLINE_DEAD_LETTER_LIMIT_RATIO"] = "1"
        assert warmline("dlq", "resume", name, environment=stack.environment).returncode == 0
        stack.start_all((name,))
        await_that(lambda: len(read_all(kafka.bootstrap, dead)) == WINDOW, "every record to be refused once", 60)
        again = warmline("dlq", "resume", name, environment=stack.environment)
        assert again.returncode == 1
        assert f"{name} does not stand still" in again.stderr


def parts_of(redis_url: str, **settings: Secret | str) -> Parts:
    given = Settings(redis_url=Secret(redis_url), **settings)
    health = Health(time.monotonic)
    return Parts(given, load_policy(None), Metrics(CollectorRegistry()), health, threading.Event())


@contextmanager
def awaiting(parts: Parts) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=build_limit_stop(parts, "windows").await_lifted)
    thread.start()
    try:
        yield thread
    finally:
        parts.stop.set()
        thread.join(30)
    assert not thread.is_alive(), "an order to stop ends the wait"


def told(parts: Parts, name: str) -> float | None:
    return parts.metrics.registry.get_sample_value(name, {"service": "windows"})


def test_the_stop_of_another_service_keeps_nobody(redis_url: str) -> None:
    build_limit_stop(parts_of(redis_url), "scoring").keep(STOPPED)
    build_limit_stop(parts_of(redis_url), "windows").await_lifted()


def test_what_was_waited_for_is_told_no_more_once_it_is_lifted(redis_url: str) -> None:
    parts = parts_of(redis_url)
    build_limit_stop(parts, "windows").keep(STOPPED)
    with awaiting(parts) as waits:
        await_that(lambda: told(parts, "warmline_stopped_at_limit") == 1, "it to find the stop")
        StandingStop(parts.settings, "windows").lift()
        waits.join(30)
        assert not waits.is_alive()
    assert told(parts, "warmline_stopped_at_limit") == 0
    assert parts.health.waiting_for == set()


def test_a_stop_stands_for_as_long_as_somebody_waits_and_a_week_more(redis_url: str) -> None:
    parts = parts_of(redis_url)
    build_limit_stop(parts, "windows").keep(STOPPED)
    with redis.Redis.from_url(redis_url) as client:
        assert client.pttl(KEY) > SIX_DAYS_MS
        client.pexpire(KEY, 60_000)
        with awaiting(parts):
            await_that(lambda: client.pttl(KEY) > SIX_DAYS_MS, "it to be renewed")
            assert parts.health.ready() == (False, f"waiting: {STANDS}")
            assert parts.health.live()[0]
            assert (told(parts, "warmline_loop_seen_timestamp_seconds") or 0) > time.time() - 60


def test_where_the_store_does_not_answer_it_is_waited_for_since_a_stop_may_stand(
    caplog: pytest.LogCaptureFixture,
) -> None:
    (port,) = free_ports(1)
    parts = parts_of(f"redis://{LOOPBACK}:{port}/0")
    with awaiting(parts) as waits:
        await_that(lambda: "StoreUnavailableError" in parts.health.ready()[1], "the store to be missed")
        assert waits.is_alive()
        assert (told(parts, "warmline_paused"), told(parts, "warmline_stopped_at_limit")) == (1, 0)
    build_limit_stop(parts, "windows").keep(STOPPED)
    assert [each.message for each in caplog.records if each.levelno == logging.ERROR] == [
        "the stop could not be kept: started again, it refuses as many"
    ]


def test_with_rights_of_an_earlier_version_it_starts_and_says_what_it_lacks(
    redis_url: str, unique: Callable[[str], str], caplog: pytest.LogCaptureFixture
) -> None:
    user = unique("windows")
    with redis.Redis.from_url(redis_url) as client:
        client.execute_command("ACL", "SETUSER", user, "on", ">old", "~wl:{windows.*}:*", "+@all")
        try:
            parts = parts_of(redis_url, redis_username=user, redis_password=Secret("old"))
            build_limit_stop(parts, "windows").await_lifted()
            build_limit_stop(parts, "windows").keep(STOPPED)
        finally:
            client.execute_command("ACL", "DELUSER", user)
    errors = [each.message for each in caplog.records if each.levelno == logging.ERROR]
    assert errors == [
        "may not see whether it stopped at the dead-letter limit: it starts",
        "the stop could not be kept: started again, it refuses as many",
    ]
