"""In which order the pump does what it does, how long it waits, and what the service around it tells."""

import asyncio
import dataclasses
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry

from tests.support.loops import EchoHandler
from warmline.bus.record import Record, TransientError
from warmline.contracts.topics import CONVERSATION_WINDOWS
from warmline.policy.load import load_policy
from warmline.settings import Settings
from warmline.store.outbox import Outcome
from warmline.telemetry.health import Health
from warmline.telemetry.metrics import Metrics
from warmline.wellbeing import pump as pump_module, service
from warmline.wellbeing.ledger import Place
from warmline.wellbeing.patience import FaustStoppedError, Patience
from warmline.wellbeing.pump import STUCK_S, Pump
from warmline.wiring import Parts

WINDOWS = (CONVERSATION_WINDOWS, 0)
HERE, THERE = Place("our.conversation.windows", 0), Place("our.agent.states", 0)


@pytest.fixture
def parts():
    settings = Settings(drain_s=0.2)
    return Parts(settings, load_policy(None), Metrics(CollectorRegistry()), Health(time.monotonic), Event())


def value(parts, name, **labels):
    return parts.metrics.registry.get_sample_value(f"warmline_{name}", {"service": "wellbeing", **labels})


OUTCOMES = [Outcome("agent.wellbeing", "ana", "agent.wellbeing", "id", 1, 1, b"{}")]


class World(EchoHandler):
    """What the pump works with; keeps what it was told, in order. One batch, then the order to stop."""

    def __init__(self, parts):
        super().__init__("echoes")
        self.parts, self.steps, self.moved, self.batches_left = parts, [], True, 1
        self.consumer, self.ours, self.stuck_s, self.due = self, True, 0.0, []

    def _tell(self, step, *what):
        self.steps.append((step, *what))

    async def begin_generation(self):
        self.moved = False
        return {WINDOWS: None}

    async def take(self, most):
        self.batches_left -= 1
        if self.batches_left <= 0:
            self.parts.stop.set()
        return [Record(*WINDOWS, 4, None, b'{"n": 1}', list, 1)] if self.batches_left >= 0 else []

    def stuck_for_s(self):
        return self.stuck_s

    async def seek_holes(self):
        self._tell("seek")

    async def read_to_the_end(self):
        return [(WINDOWS, 5)]

    def end_of(self, _place):
        return 9

    def done(self, records):
        self._tell("done", [record.offset for record in records])

    def to_commit(self):
        return {HERE: 5}

    def bare(self, _place):
        return WINDOWS

    async def commit_explicit(self, offsets):
        self._tell("commit", offsets)
        return self.ours

    async def publish(self, outcomes, letters):
        self._tell("publish", len(outcomes), len(letters))

    def acknowledged(self, outcomes):
        self._tell("acknowledged", len(outcomes))

    def assigned(self, committed):
        self._tell("assigned", committed)

    def committed(self, offsets):
        self._tell("committed", offsets)

    def caught_up(self, topic, partition, as_of_ms):
        self._tell("caught up", topic, partition, as_of_ms)

    def tick(self):
        self._tell("tick")
        return self.due

    def settle(self):
        self._tell("settle")


@pytest.fixture
def world(parts):
    return World(parts)


def pumped(world):
    """What was done until the stop, in order."""
    parts, patience = world.parts, Patience(None, world.parts, "wellbeing")
    with ThreadPoolExecutor(1) as worker:
        pump = Pump(
            app=world, intake=world, handler=world, publisher=world, parts=parts, patience=patience, worker=worker
        )
        asyncio.run(pump.run())
    return world.steps


BATCH = [("publish", 1, 0), ("done", [4]), ("commit", {HERE: 5})]
LOOK = [("seek",), ("caught up", *WINDOWS, 5)]


def test_a_batch_is_published_then_committed_and_only_then_acknowledged(world):
    assert pumped(world) == [
        ("assigned", {WINDOWS: None}),
        *BATCH,
        ("committed", {WINDOWS: 5}),
        ("acknowledged", 1),
        *LOOK,
        ("tick",),
        ("settle",),
    ]


def test_what_is_not_committed_since_the_partitions_moved_is_not_told_as_committed(world):
    world.ours = False
    assert "committed" not in [step for step, *_ in pumped(world)]


def test_what_time_makes_due_is_published_acknowledged_and_settled(world):
    world.due, world.batches_left = OUTCOMES * 2, 0
    assert pumped(world)[-4:] == [("tick",), ("publish", 2, 0), ("acknowledged", 2), ("settle",)]


def test_an_assignment_is_taken_in_once_and_partitions_are_looked_at_now_and_then(world, monkeypatch):
    monkeypatch.setattr(pump_module, "ACROSS_S", 60.0)
    world.batches_left = 3
    steps = [step for step, *_ in pumped(world)]
    assert [steps.count(step) for step in ("assigned", "publish", "seek", "caught up", "tick")] == [1, 3, 1, 1, 3]


def test_a_pump_is_seen_at_work(world, parts):
    pumped(world)
    assert value(parts, "partitions_assigned") == 1
    assert value(parts, "rebalances_total", kind="assigned") == 1
    assert value(parts, "batch_size_sum") == 1
    assert value(parts, "loop_seen_timestamp_seconds") > 0
    for stage in ("process", "publish", "commit", "acknowledge", "timers", "settle"):
        assert value(parts, "stage_seconds_count", stage=stage) == 1
    assert value(parts, "stage_seconds_count", stage="assign") == 2, "asking where to begin, and taking up the clocks"
    assert parts.health.joined
    assert parts.health.live()[0]


def test_where_faust_owes_records_for_too_long_the_service_ends(world):
    world.stuck_s = STUCK_S
    pumped(world)
    world.stuck_s, world.batches_left = STUCK_S + 1, 1
    world.parts.stop.clear()
    with pytest.raises(FaustStoppedError, match="120 s"):
        pumped(world)


def test_what_is_away_for_a_while_is_tried_again_and_seen_to_be_away(parts):
    seen = []

    async def back_at_the_third():
        seen.append((value(parts, "paused"), set(parts.health.waiting_for)))
        if len(seen) < 3:
            raise TransientError("away")
        return 7

    assert asyncio.run(Patience(None, parts, "wellbeing").until_done("publish", back_at_the_third)) == 7
    assert seen[1:] == [(1, {"TransientError"})] * 2
    assert value(parts, "retries_total") == 2
    assert (value(parts, "paused"), parts.health.waiting_for) == (0, set())


def test_what_faust_fails_at_as_it_starts_is_raised(parts):
    async def fails():
        raise OSError("no broker")

    with pytest.raises(OSError, match="no broker"):
        asyncio.run(Patience(None, parts, "wellbeing").meanwhile(fails()))


def test_a_start_that_takes_its_time_is_left_where_there_is_the_order_to_stop(parts):
    parts.stop.set()
    ended = []

    async def never():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def both():
        waiting = asyncio.ensure_future(never())
        await asyncio.sleep(0)
        await Patience(None, parts, "wellbeing").meanwhile(waiting)
        await asyncio.wait({waiting}, timeout=5)

    asyncio.run(both())
    assert ended == [True]


def test_a_faust_that_gave_up_ends_all_patience_and_says_why(parts):
    app = SimpleNamespace(should_stop=True, crash_reason=OSError("no broker"))
    with pytest.raises(FaustStoppedError) as stopped:
        Patience(app, parts, "wellbeing").beat()
    assert stopped.value.__cause__ is app.crash_reason


def test_settings_that_faust_does_not_take_are_told(parts, monkeypatch, caplog):
    started = []

    async def starts(parts):
        started.append(parts)

    monkeypatch.setattr(service, "_run", starts)
    service.run(parts)
    assert (started, caplog.messages) == ([parts], [])
    extra = {"kafka_extra": {"linger.ms": "5"}, "delivery": "transactional"}
    service.run(dataclasses.replace(parts, settings=Settings(**extra)))
    assert ["KAFKA_EXTRA" in caplog.messages[0], "at least once" in caplog.messages[1]] == [True, True]
