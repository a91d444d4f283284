"""The handler over the store: what is fired, settled, saved and counted, and when."""

from types import SimpleNamespace

import pytest

from tests.support.memory_store import MemoryStore
from tests.unit.wellbeing.shift import (
    HOUR,
    MINUTE,
    MONDAY,
    POLICY,
    goes,
)
from warmline.bus.record import BadRecordError, Record
from warmline.contracts.topics import AGENT_STATES, CONVERSATION_WINDOWS
from warmline.store.outbox import Outcome
from warmline.wellbeing.domain import WellbeingDomain
from warmline.wellbeing.store_bridge import SYNC_MS, TICK_MS, AgentHandler

OUTCOMES = [Outcome("agent.wellbeing", "ana", "agent.wellbeing", "id", 1, 1, b"{}")]


class Processor:
    """Keeps what it is told, in order."""

    def __init__(self):
        self.steps = []

    def __getattr__(self, step):
        return lambda *what: self.steps.append((step, *what)) or []

    def last(self, step):
        return [what for name, *what in self.steps if name == step]


@pytest.fixture
def bridge():
    """A handler of two partitions of windows and one of states, over eight buckets; it owns the second of windows."""
    now = SimpleNamespace(ms=MONDAY + HOUR)
    processor, store, counted = Processor(), MemoryStore("wellbeing", 8), []
    store.clocks = {0: (MONDAY + 2 * MINUTE, now.ms), 1: (MONDAY + MINUTE, now.ms), 2: (MONDAY + 3 * MINUTE, now.ms)}
    handler = AgentHandler(
        domain=WellbeingDomain(POLICY, "v1"),
        processor=processor,
        store=store,
        partitions={CONVERSATION_WINDOWS: 2, AGENT_STATES: 1},
        future_tolerance_s=60,
        now_ms=lambda: now.ms,
        count=counted.append,
    )
    handler.assigned({(CONVERSATION_WINDOWS, 1): None})
    return SimpleNamespace(handler=handler, processor=processor, store=store, counted=counted, now=now)


def test_due_times_are_fired_in_the_buckets_of_the_owned_partitions_up_to_what_all_partitions_have_come_to(bridge):
    bridge.handler.tick()
    assert bridge.processor.last("fire") == [[dict.fromkeys((1, 3, 5, 7), MONDAY + MINUTE)]]


def test_due_times_are_looked_for_five_times_a_second_and_others_clocks_once(bridge):
    bridge.handler.tick()
    bridge.store.clocks |= {0: (MONDAY + 9 * MINUTE, 0), 2: (MONDAY + 9 * MINUTE, 0)}
    for _ in range(10):
        bridge.now.ms += TICK_MS // 2
        bridge.handler.tick()
        told = bridge.handler._watermark._others[2][0] - MONDAY
        assert told == (3 if bridge.now.ms - MONDAY - HOUR < SYNC_MS else 9) * MINUTE
    assert len(bridge.processor.last("fire")) == 6


def test_what_was_due_is_settled_once_and_only_where_something_was_fired(bridge):
    bridge.handler.settle()
    assert bridge.processor.last("settle") == []
    bridge.handler.tick()
    bridge.handler.settle()
    bridge.handler.settle()
    assert bridge.processor.last("settle") == [[]]


def test_nothing_is_fired_while_a_partition_has_told_nothing(bridge):
    bridge.store.clocks.clear()
    bridge.handler.assigned({(CONVERSATION_WINDOWS, 0): 7})
    assert bridge.handler.tick() == []
    assert bridge.processor.last("fire") == []


def test_the_processor_hears_of_every_offset_and_forgets_what_another_owner_may_have_changed(bridge):
    bridge.handler.assigned({(CONVERSATION_WINDOWS, 0): 7, (AGENT_STATES, 0): None})
    bridge.handler.committed({(CONVERSATION_WINDOWS, 0): 9})
    assert bridge.processor.steps[-4:] == [
        ("forget_all",),
        ("committed", CONVERSATION_WINDOWS, 0, 7),
        ("committed", AGENT_STATES, 0, 0),
        ("committed", CONVERSATION_WINDOWS, 0, 9),
    ]


def test_outcomes_are_counted_once_they_are_acknowledged(bridge):
    bridge.handler.acknowledged(OUTCOMES)
    assert bridge.counted == [OUTCOMES]
    assert bridge.processor.last("acknowledged") == [[]]


def test_how_far_a_partition_has_come_is_saved_with_its_batch(bridge):
    bridge.handler.assigned({(AGENT_STATES, 0): None})
    record = Record(AGENT_STATES, 0, 4, None, None, list, MONDAY + 5 * MINUTE)
    bridge.handler.handle([(record, goes("break", MONDAY + 4 * MINUTE))])
    assert bridge.store.clocks[2] == (MONDAY + 4 * MINUTE, bridge.now.ms)
    ((incoming,),) = bridge.processor.last("process")[0]
    assert (incoming.topic, incoming.partition, incoming.offset) == (AGENT_STATES, 0, 4)


def test_an_event_dated_too_far_ahead_is_refused(bridge):
    record = Record(AGENT_STATES, 0, 4, None, None, list, 1)
    for ahead, refused in ((60_000, False), (60_001, True)):
        event = goes("break", bridge.now.ms + ahead)
        bridge.handler._decoders = {AGENT_STATES: SimpleNamespace(decode=lambda _record, event=event: event)}
        if refused:
            with pytest.raises(BadRecordError):
                bridge.handler.decode(record)
        else:
            assert bridge.handler.decode(record) is event
