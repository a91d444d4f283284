"""`GET /v1/events`: the event stream over server-sent events."""

import asyncio
import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from warmline.contracts import topics
from warmline.gateway.callers import Caller
from warmline.gateway.context import Gateway
from warmline.gateway.hub import Subscriber
from warmline.gateway.positions import Positions, read_id
from warmline.gateway.problems import ProblemError, unavailable
from warmline.gateway.server import ABORT
from warmline.gateway.table import EVENT_STREAM

log = logging.getLogger(__name__)

HEARTBEAT_S = 15.0  # proxies cut silent connections after 30 to 60 s
HEARTBEAT = b": alive\n\n"
RETRY = b"retry: 2000\n\n"
CHUNK_BYTES = 65_536
LOOKS_AHEAD_S = (0.1, 0.2, 0.4, 0.8)  # together longer than one gateway is behind another, short for a real gap's reset
MOST_READERS = 5_000
NAMES = {
    "alerts": topics.ESCALATION_ALERTS,
    "windows": topics.CONVERSATION_WINDOWS,
    "assist": topics.AGENT_ASSIST,
    "summaries": topics.CONVERSATION_SUMMARIES,
}


async def follow_events(gateway: Gateway, request: Request, caller: Caller) -> Response:
    """Open an event stream."""
    asked = request.query_params.get("topics", ",".join(NAMES)).split(",")
    if not set(asked) <= NAMES.keys():
        raise ProblemError(400, f"topics must be some of {', '.join(NAMES)}, separated by commas")
    wanted = tuple(topic for name, topic in NAMES.items() if name in asked)
    last = request.headers.get("last-event-id", "")
    since = read_id(last)
    if last and since is None:
        raise ProblemError(400, "Last-Event-ID is no id of this stream")
    if gateway.closing or gateway.readers >= MOST_READERS:
        raise unavailable("no more readers here", 5)
    return EventStream(gateway, caller, wanted, since)


class EventStream(Response):
    """One reader's stream; ends when the reader goes, is too slow, its credentials expire, or the gateway closes."""

    def __init__(self, gateway: Gateway, caller: Caller, wanted: tuple[str, ...], since: Positions | None) -> None:
        super().__init__(media_type=EVENT_STREAM, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._gateway = gateway
        self._until_s = caller.expires_at_s
        self._wanted = wanted
        self._since = since
        self._wake = asyncio.Event()
        self._gone = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve it."""
        subscriber = Subscriber(self._wanted, self._wake.set, scope.get(ABORT, self._wake.set))
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        watcher = asyncio.create_task(self._watch(receive))
        self._gateway.readers += 1
        try:
            await send(_more(RETRY))
            self._gateway.hub.wait(subscriber)
            while not self._gateway.view_ready and not self._over(subscriber):
                await self._pause(send)
            await self._let_catch_up(subscriber)
            if not self._over(subscriber):
                await self._follow(subscriber, send)
            if not self._gone and not subscriber.dropped:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._gateway.readers -= 1
            self._gateway.hub.leave(subscriber)
            watcher.cancel()
        if subscriber.dropped:
            self._gateway.metrics.gateway_slow_readers.inc()
            log.info("a reader of the event stream was too slow and was let go")

    async def _let_catch_up(self, subscriber: Subscriber) -> None:
        """Wait a moment for this gateway to read what the reader has had from another."""
        for seconds in LOOKS_AHEAD_S:
            ahead = self._since is not None and self._gateway.hub.is_ahead(self._wanted, self._since)
            if not ahead or self._over(subscriber):
                return
            self._wake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._wake.wait()

    async def _follow(self, subscriber: Subscriber, send: Send) -> None:
        for chunk in _chunks(self._gateway.hub.subscribe(subscriber, self._since)):
            await send(_more(chunk))
            if self._over(subscriber):
                return
        while not self._over(subscriber):
            if frames := subscriber.take():
                await send(_more(frames))
            else:
                await self._pause(send)

    async def _pause(self, send: Send) -> None:
        self._wake.clear()
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                await self._wake.wait()
        except TimeoutError:
            await send(_more(HEARTBEAT))

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        self._wake.set()

    def _over(self, subscriber: Subscriber) -> bool:
        expired = self._until_s is not None and time.time() >= self._until_s
        return self._gone or subscriber.dropped or expired or self._gateway.closing


def _more(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}


def _chunks(frames: Iterable[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    size = 0
    for frame in frames:
        held.append(frame)
        size += len(frame)
        if size >= CHUNK_BYTES:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)
