"""The outermost layer: security headers on every answer, what is left of a body, metrics, the last resort for a fault.

A fault is logged by its type and place alone: its own text may quote what somebody said.
"""

import asyncio
import logging
import time
import traceback
from collections.abc import MutableMapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from warmline.gateway.guard import ROUTE
from warmline.gateway.problems import ProblemError, problem_response
from warmline.gateway.traced import note_arrival, trace_in
from warmline.telemetry.metrics import Metrics
from warmline.telemetry.trace_context import exemplar_of

log = logging.getLogger(__name__)

API = "/v1/"
NOTHING = b"default-src 'none'; frame-ancestors 'none'"
OURS_ONLY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    b"connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""What a page of the console may load: from this gateway and from nowhere else, and no inline script or style."""

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
CLOSE = (b"connection", b"close")
PASSED_OVER_S = 1.0  # for the rest of a body that nobody wants; a proxy beside us delivers 4 MB in a tenth of it
PASSED_OVER_BYTES = 4 * 2**20  # the largest body that is taken by default
STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")


class Shell:
    """Wraps the router.

    Args:
        app: The router.
        metrics: The list of metrics.
        https: Whether the gateway is reached over https alone.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, *, https: bool) -> None:
        self._app = app
        self._metrics = metrics
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request or a WebSocket."""
        if scope["type"] != "http":
            try:
                await self._app(scope, receive, send)
            except Exception as error:  # noqa: BLE001 # the server would log its text
                _log_fault(error)
            return
        started = time.perf_counter()
        note_arrival(scope)
        status = 0
        body = _Body(scope, receive)

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(scope, message)
                self._count(scope, status, started)
                await body.settle(message)
            await send(message)

        try:
            await self._app(scope, body.receive, send_with_headers)
        except HTTPException as error:  # of the console's files
            problem = ProblemError(error.status_code, "there is nothing here", headers=error.headers)
            await problem_response(problem)(scope, receive, send_with_headers)
        except Exception as error:  # noqa: BLE001 # the last resort
            _log_fault(error)
            if not status:
                problem = ProblemError(500, "a fault of ours; it is logged")
                await problem_response(problem)(scope, receive, send_with_headers)
        finally:
            trace_in(scope).answered(status)

    def _add_headers(self, scope: Scope, message: MutableMapping[str, Any]) -> None:
        api = scope["path"].startswith(API)
        given = list(message.get("headers", ()))
        names = {name for name, _ in given}
        given += [header for header in HEADERS if header[0] not in names]
        if b"content-security-policy" not in names:
            given.append((b"content-security-policy", NOTHING if api else OURS_ONLY))
        if api and b"cache-control" not in names:
            given.append((b"cache-control", b"no-store"))
        if self._https:
            given.append(STRICT_TRANSPORT)
        message["headers"] = given

    def _count(self, scope: Scope, status: int, started: float) -> None:
        route = scope.get(ROUTE, "other")
        self._metrics.gateway_requests.labels(route, str(status)).inc()
        trace = trace_in(scope)
        trace.answered(status)
        self._metrics.gateway_seconds.labels(route).observe(time.perf_counter() - started, exemplar_of(trace.context))


class _Body:
    """A request's body: whether all of it was read, and what becomes of it where it was not.

    Args:
        scope: The request's.
        receive: The server's.
    """

    def __init__(self, scope: Scope, receive: Receive) -> None:
        headers = dict(scope["headers"])
        self._receive = receive
        self._open = headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
        self._awaited = b"expect" in headers  # the client sends nothing before it is told to, and is not told

    async def receive(self) -> Message:
        """Return the next piece."""
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            self._open = False
        return message

    async def settle(self, start: MutableMapping[str, Any]) -> None:
        """Before an answer begins: pass over a rest that is on its way; where that does not end, close after it.

        A connection that is closed while its client still sends is reset, and with it goes the answer: the client, or
        the proxy before us, would take a 401 or 429 for a broken gateway.
        """
        if not self._open or any(name == CLOSE[0] for name, _ in start["headers"]):
            return
        if not self._awaited:
            await self._pass_over()
        if self._open:
            start["headers"] = [*start["headers"], CLOSE]

    async def _pass_over(self) -> None:
        passed = 0
        try:
            async with asyncio.timeout(PASSED_OVER_S):
                while self._open and passed <= PASSED_OVER_BYTES:
                    passed += len((await self.receive()).get("body", b""))
        except TimeoutError:
            return


def _log_fault(error: Exception) -> None:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} in {frame.name}, line {frame.lineno}"
    log.error("a request could not be served", extra={"where": where})
