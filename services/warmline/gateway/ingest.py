"""`POST /v1/turns`: items checked one by one, the good ones produced, and answered once the broker has every one."""

import time
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from warmline.contracts.topics import CONVERSATION_EVENTS
from warmline.gateway.addresses import Outgoing, record_of
from warmline.gateway.body import media_type, read_body
from warmline.gateway.callers import Caller
from warmline.gateway.context import Gateway
from warmline.gateway.items import MAX_EVENT_BYTES, BodyError, BodyKind, Item, read_items
from warmline.gateway.limits import settle
from warmline.gateway.problems import ProblemError, json_response, unavailable
from warmline.gateway.sender import BrokerAwayError
from warmline.gateway.traced import trace_in
from warmline.telemetry.traces import RequestTrace

KINDS: dict[str, BodyKind] = {
    "": "json",
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
}


async def post_turns(gateway: Gateway, request: Request, caller: Caller) -> Response:
    """Take turns in."""
    kind = KINDS.get(media_type(request))
    if kind is None:
        raise ProblemError(415, "send application/json or application/x-ndjson")
    body = await read_body(gateway, request, caller)
    try:
        items = read_items(body, kind, gateway.latest_ms)
    except BodyError as error:
        raise ProblemError(413 if error.too_many else 400, str(error)) from error
    settle(gateway, caller, len(items))
    results = await take_in(gateway, items, trace_in(request.scope))
    accepted = accepted_of(results)
    if results and not accepted:
        raise ProblemError(422, "nothing in the body is valid", members={"results": results})
    return json_response({"accepted": accepted, "results": results}, 202)


async def take_in(gateway: Gateway, items: Sequence[Item], trace: RequestTrace) -> list[dict[str, Any]]:
    """Produce the valid items, await the broker, and return what became of each item.

    Raises:
        ProblemError: The broker has not acknowledged all of them: the whole request is to be sent again.
    """
    records = _records(items)
    good = [item for item in items if item.event is not None]
    counted = gateway.metrics.gateway_items
    started = time.perf_counter()
    try:
        refused = await _send(gateway, records, trace)
    except BrokerAwayError as error:
        counted.labels("unavailable").inc(len(good))
        raise unavailable("the broker has not acknowledged the turns: send all again", error.retry_after_s) from error
    if good:
        gateway.metrics.gateway_ack_seconds.observe(time.perf_counter() - started)
    for index in refused:
        good[index].event, good[index].error = None, "is larger than the broker takes"
    results = [result_of(index, item) for index, item in enumerate(items)]
    accepted = accepted_of(results)
    counted.labels("accepted").inc(accepted)
    counted.labels("invalid").inc(len(results) - accepted)
    return results


def _records(items: Sequence[Item]) -> list[Outgoing]:
    """Return the records of the valid items; one that grew too large on the way is valid no longer.

    What was posted may be shorter than what is sent of it: `1e15` becomes 18 characters.
    """
    records: list[Outgoing] = []
    for item in items:
        if item.event is None:
            continue
        record = record_of(item.event)
        if len(record.value) > MAX_EVENT_BYTES:
            item.event, item.error = None, f"is larger than {MAX_EVENT_BYTES} bytes"
        else:
            records.append(record)
    return records


async def _send(gateway: Gateway, records: list[Outgoing], trace: RequestTrace) -> frozenset[int]:
    if not records:
        return frozenset()
    with trace.sending(CONVERSATION_EVENTS, len(records)) as context:
        return await gateway.sender.send(records, context)


def accepted_of(results: Sequence[dict[str, Any]]) -> int:
    """Return how many were accepted."""
    return sum(result["status"] == "accepted" for result in results)


def result_of(index: int, item: Item) -> dict[str, Any]:
    """Return what became of one item, as it is told."""
    told: dict[str, Any] = {"index": index, "turn_id": item.turn_id, "status": "accepted"}
    if item.event is None:
        told["status"] = "invalid"
        told["error"] = item.error or "is invalid"
        if item.path:
            told["path"] = item.path
    return told
