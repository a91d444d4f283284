"""How the service ends where Faust or the broker takes its time."""

import asyncio
from types import SimpleNamespace

import faust
import pytest

from warmline.settings import Settings
from warmline.wellbeing import service
from warmline.wellbeing.faust_app import build_app
from warmline.wellbeing.faust_consumer import ExplicitThread


def stopping(stop):
    return SimpleNamespace(stop=stop)


def test_faust_is_stopped_where_it_stops_in_time(caplog):
    told = []

    async def stop():
        told.append("stopped")

    asyncio.run(service._leave(stopping(stop), 5.0))
    assert told == ["stopped"]
    assert caplog.messages == []


def test_what_goes_wrong_with_its_stop_is_raised():
    async def stop():
        raise RuntimeError("the plug is pulled")

    with pytest.raises(RuntimeError, match="plug"):
        asyncio.run(service._leave(stopping(stop), 5.0))


def test_faust_is_told_to_go_on_with_what_else_it_has_to_stop_once_it_is_late(caplog):
    told = []

    async def stop():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            told.append("the rest is stopped")

    asyncio.run(service._leave(stopping(stop), 0.01))
    assert told == ["the rest is stopped"]
    assert caplog.messages == ["Faust did not stop in time; what was done is committed"]


def test_nobody_waits_for_a_faust_that_does_not_heed_that_either(monkeypatch):
    monkeypatch.setattr(service, "LEAVE_S", 0.01)

    async def leaves():
        heeds = asyncio.Event()

        async def stop():
            while not heeds.is_set():
                try:
                    await heeds.wait()
                except asyncio.CancelledError:
                    continue

        async with asyncio.timeout(5):
            await service._leave(stopping(stop), 0.01)
        heeds.set()

    asyncio.run(leaves())


def test_what_was_given_up_is_not_flushed_before_anything_is_stopped():
    async def stops():
        app = build_app(Settings(), "prefix.wellbeing")
        app._producer = SimpleNamespace(flush=None)
        await app._producer_flush(app.log)

    asyncio.run(stops())
    assert "_producer_flush" in faust.App.on_stop.__code__.co_names


def test_the_process_does_not_wait_for_the_consumers_thread_nor_hears_from_it_once_its_loop_is_closed():
    async def made():
        app = build_app(Settings(), "prefix.wellbeing")
        return app.consumer._thread

    thread = asyncio.run(made())
    assert isinstance(thread, ExplicitThread)
    assert thread.Worker(thread).daemon
    assert thread.parent_loop.is_closed()
    thread.set_shutdown()
    thread.thread_loop.close()
