"""The pump counts what is refused, and a stop of it is over within its deadline."""

import asyncio
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry

from tests.support.loops import EchoHandler
from warmline.bus.dead_letters import DeadLetterLimitError
from warmline.bus.loop import StoppedEarlyError
from warmline.bus.record import Record, TransientError
from warmline.policy.load import load_policy
from warmline.settings import Settings
from warmline.telemetry.health import Health
from warmline.telemetry.metrics import Metrics
from warmline.telemetry.traces import BatchTrace
from warmline.wellbeing.patience import Patience
from warmline.wellbeing.pump import Pump
from warmline.wiring import Parts

SETTINGS = Settings(dead_letter_limit_ratio=0.5, dead_letter_limit_window=100, drain_s=0.5)
FAR_TOO_LONG_S = 30.0  # half of what Faust's publisher would wait


@pytest.fixture
def parts():
    policy, metrics = load_policy(None), Metrics(CollectorRegistry())
    return Parts(SETTINGS, policy, metrics, Health(time.monotonic), threading.Event())


class Letters:
    """Takes what is published."""

    def __init__(self):
        self.taken = []

    async def publish(self, _outcomes, letters):
        self.taken += letters


def batch(start):
    values = [json.dumps({"n": n}).encode() for n in range(start, start + 30)]
    return BatchTrace([Record("numbers", 0, start + n, None, value, list, 1) for n, value in enumerate(values)])


def test_records_that_processing_refuses_count_towards_the_limit_of_dead_letters(parts):
    def two_of_three(numbers):
        if any(n % 3 for n in numbers):
            raise ZeroDivisionError

    done, letters = [], Letters()
    intake = SimpleNamespace(done=done.extend, to_commit=dict)

    async def run(worker):
        pump = Pump(
            app=None,
            intake=intake,
            handler=EchoHandler("echoes", two_of_three),
            publisher=letters,
            parts=parts,
            patience=Patience(None, parts, "wellbeing"),
            worker=worker,
        )
        for start in range(0, 3_000, 30):
            await pump._batch(batch(start))

    with ThreadPoolExecutor(1) as worker, pytest.raises(DeadLetterLimitError, match="80 of the last 120"):
        asyncio.run(run(worker))
    assert len(letters.taken) == 60, "those of the batch that reached the limit are not published"
    assert len(done) == 90, "nor its records done"


def test_a_stop_leaves_what_waits_for_the_broker_at_its_deadline(parts):
    """Faust's producer waits a minute for an acknowledgement."""

    async def acknowledged():
        parts.stop.set()
        await asyncio.Event().wait()

    began = time.monotonic()
    with pytest.raises(StoppedEarlyError):
        asyncio.run(Patience(None, parts, "wellbeing").until_done("publish", acknowledged))
    assert SETTINGS.drain_s <= time.monotonic() - began < FAR_TOO_LONG_S


def test_the_deadline_of_a_stop_is_shared_by_the_attempts(parts):
    patience = Patience(None, parts, "wellbeing")
    parts.stop.set()

    async def away():
        raise TransientError("away")

    with pytest.raises(StoppedEarlyError):
        asyncio.run(patience.until_done("publish", away))
    assert patience.stop_by().passed


def test_what_ends_before_the_deadline_of_a_stop_is_answered(parts):
    parts.stop.set()

    async def answer():
        return 7

    assert asyncio.run(Patience(None, parts, "wellbeing").until_done("publish", answer)) == 7
