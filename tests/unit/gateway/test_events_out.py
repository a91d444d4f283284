"""An event stream over ASGI: when a reader that has to wait is taken in, and what it is told first."""

import asyncio
import time
from types import SimpleNamespace

import pytest

from warmline.contracts.topics import ESCALATION_ALERTS
from warmline.gateway.callers import Caller
from warmline.gateway.events_out import HEARTBEAT_S, LOOKS_AHEAD_S, EventStream
from warmline.gateway.hub import Hub

TOPICS = (ESCALATION_ALERTS,)
CALLER = Caller(subject="desk", scopes=frozenset({"read"}))
SOON_S = HEARTBEAT_S / 3
"""Far below what a reader would wait for that nobody wakes, and far above what waking takes."""


class Reader:
    """A reader with an open stream; `said` is what it was sent."""

    def __init__(self, *, ready=True, read_up_to=0):
        self.hub = Hub()
        self.hub.begin(ESCALATION_ALERTS, 0, 0)
        for number in range(read_up_to):
            self.hub.publish(ESCALATION_ALERTS, 0, number, b'{"n":%d}' % number)
        slow = SimpleNamespace(inc=lambda: None)
        metrics = SimpleNamespace(gateway_slow_readers=slow)
        self.gateway = SimpleNamespace(view_ready=ready, closing=False, readers=0, hub=self.hub, metrics=metrics)
        self.said = b""
        self.ended = False
        self._news = asyncio.Event()

    async def open(self, since):
        stream = EventStream(self.gateway, CALLER, TOPICS, {ESCALATION_ALERTS: {0: since}})
        self.task = asyncio.create_task(stream({"type": "http"}, self._receive, self._send))
        await self.until(b"retry:")

    async def until(self, words):
        """Wait until it was sent something, and return how long that took, seconds."""
        begun = time.monotonic()
        async with asyncio.timeout(SOON_S):
            while words not in self.said:
                self._news.clear()
                await self._news.wait()
        return time.monotonic() - begun

    async def leave(self):
        self.gateway.closing = True
        self.hub.wake()
        async with asyncio.timeout(SOON_S):
            await self.task
        assert self.ended

    async def _receive(self):
        await asyncio.Event().wait()

    async def _send(self, message):
        self.said += message.get("body", b"")
        self.ended = message["type"] == "http.response.body" and not message["more_body"]
        self._news.set()


def test_a_reader_that_came_before_the_view_was_ready_is_taken_in_as_soon_as_it_is():
    async def scene():
        reader = Reader(ready=False)
        await reader.open(0)
        reader.gateway.view_ready = True
        reader.hub.publish(ESCALATION_ALERTS, 0, 0, b'{"n":"first"}')
        reader.hub.wake()
        await reader.until(b"first")
        await reader.leave()

    asyncio.run(scene())


def test_a_reader_that_still_waits_is_let_go_when_the_gateway_ends():
    async def scene():
        reader = Reader(ready=False)
        await reader.open(0)
        await reader.leave()
        assert b"id:" not in reader.said

    asyncio.run(scene())


def test_a_reader_from_a_gateway_that_has_read_further_waits_for_this_one_and_misses_nothing():
    async def scene():
        reader = Reader(read_up_to=10)
        await reader.open(11)
        for number in (10, 11):
            reader.hub.publish(ESCALATION_ALERTS, 0, number, b'{"n":%d}' % number)
        await reader.until(b'{"n":11}')
        assert b"reset" not in reader.said
        assert b'{"n":10}' not in reader.said, "that it has had"
        await reader.leave()

    asyncio.run(scene())


@pytest.mark.parametrize("since", [12, 10**15])
def test_where_this_gateway_does_not_come_that_far_the_gap_is_told_within_seconds(since):
    async def scene():
        reader = Reader(read_up_to=10)
        await reader.open(since)
        assert await reader.until(b"event: reset\n") >= sum(LOOKS_AHEAD_S) * 0.9
        await reader.leave()

    asyncio.run(scene())


def test_a_gap_that_no_waiting_closes_is_told_at_once():
    async def scene():
        reader = Reader(read_up_to=10)
        reader.hub.begin(ESCALATION_ALERTS, 0, 100)  # what was before is held no more
        assert not reader.hub.is_ahead(TOPICS, {ESCALATION_ALERTS: {0: 5}})
        assert not reader.hub.is_ahead(TOPICS, {ESCALATION_ALERTS: {0: 200, 7: 1}}), "a partition that is not known"
        await reader.open(5)
        await reader.until(b"event: reset\n")
        await reader.leave()

    asyncio.run(scene())
