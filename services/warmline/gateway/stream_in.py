"""`/v1/turns/stream`: turns over a WebSocket, each acknowledged in order once the broker has it."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from warmline.gateway.callers import Caller, UnknownCallerError
from warmline.gateway.context import Gateway
from warmline.gateway.ingest import result_of, take_in
from warmline.gateway.items import Item, read_item
from warmline.gateway.limits import charge, rate_of
from warmline.gateway.problems import ProblemError, problem_response, unavailable
from warmline.gateway.table import STREAM_SCOPES
from warmline.gateway.traced import trace_of_message
from warmline.telemetry.traces import RequestTrace

UNDER_WAY = 256  # turns of one connection without acknowledgement: then no more are read until one is there
POLICY_VIOLATION = 1008
Ack = dict[str, Any]


async def stream_turns(gateway: Gateway, socket: WebSocket) -> None:
    """Serve one connection."""
    try:
        caller = await _caller(gateway, socket)
    except ProblemError as problem:
        await socket.send_denial_response(problem_response(problem))
        return
    await socket.accept()
    gateway.metrics.gateway_sockets.inc()
    acks: asyncio.Queue[asyncio.Task[Ack] | None] = asyncio.Queue(UNDER_WAY)
    reading = asyncio.create_task(_read(gateway, socket, caller, acks))
    try:
        while (ack := await acks.get()) is not None:
            await socket.send_text(msgspec.json.encode(await ack).decode())
        if (code := await reading) is not None:
            await socket.close(code)
    except (WebSocketDisconnect, RuntimeError):
        pass  # the client has gone; it sends again what was not acknowledged
    finally:
        gateway.metrics.gateway_sockets.dec()
        reading.cancel()


async def _read(
    gateway: Gateway, socket: WebSocket, caller: Caller, acks: asyncio.Queue[asyncio.Task[Ack] | None]
) -> int | None:
    """Read turns until the end; return the code to close with, None where the client has closed."""
    code: int | None = None
    seq = 0
    while (message := await socket.receive())["type"] == "websocket.receive":
        if caller.expires_at_s is not None and gateway.now_ms() >= caller.expires_at_s * 1000:
            code = POLICY_VIOLATION
            break
        seq += 1
        raw = message.get("bytes")
        if raw is None:
            raw = (message.get("text") or "").encode("utf-8", "surrogatepass")
        trace = trace_of_message(gateway.traces, socket)
        await acks.put(asyncio.create_task(_take(gateway, caller, seq, raw, trace)))
    await acks.put(None)
    return code


async def _take(gateway: Gateway, caller: Caller, seq: int, raw: bytes, trace: RequestTrace) -> Ack:
    rate = rate_of(gateway, caller)
    if (wait_s := gateway.buckets.wait_s(caller.account, rate)) > 0:
        return {"seq": seq, "status": "rate_limited", "retry_after_s": round(wait_s, 3)}
    item: Item = read_item(raw, gateway.latest_ms)
    charge(gateway, caller)
    try:
        await take_in(gateway, [item], trace)
    except ProblemError:
        return {"seq": seq, "status": "unavailable", "retry_after_s": 1.0}
    told = result_of(0, item)
    del told["index"]
    return {"seq": seq, **told}


async def _caller(gateway: Gateway, socket: WebSocket) -> Caller:
    try:
        caller = await gateway.access.caller_of(socket.headers)
    except UnknownCallerError as error:
        gateway.metrics.gateway_refused.labels(error.reason).inc()
        if error.reason == "unavailable":
            raise unavailable("the issuer of the tokens does not answer", 5) from error
        raise ProblemError(401, "the credentials are missing or no good") from error
    if caller.scopes.isdisjoint(STREAM_SCOPES):
        gateway.metrics.gateway_refused.labels("scope").inc()
        raise ProblemError(403, f"needs the scope {STREAM_SCOPES[0]}")
    if caller.by_cookie and urlsplit(socket.headers.get("origin", "")).netloc != socket.headers.get("host"):
        gateway.metrics.gateway_refused.labels("csrf").inc()
        raise ProblemError(403, "a session's stream is opened by a page of this gateway")
    return caller
