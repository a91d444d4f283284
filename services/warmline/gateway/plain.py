"""Health, metrics and the OpenAPI document."""

from functools import cache

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from warmline.gateway.callers import Caller
from warmline.gateway.context import Gateway
from warmline.gateway.openapi import document
from warmline.gateway.problems import JSON
from warmline.telemetry.exposition import exposition

TEXT = "text/plain; charset=utf-8"


async def get_health(gateway: Gateway, _request: Request) -> Response:
    """Return whether the process is alive."""
    good, why = gateway.health.live()
    return Response(f"{why}\n", 200 if good else 503, media_type=TEXT)


async def get_readiness(gateway: Gateway, _request: Request) -> Response:
    """Return whether it may be counted on."""
    good, why = (False, "about to end") if gateway.closing else gateway.health.ready()
    return Response(f"{why}\n", 200 if good else 503, media_type=TEXT)


async def get_metrics(gateway: Gateway, request: Request, _caller: Caller) -> Response:
    """Return the metrics."""
    encode, content_type = exposition(request.headers.get("accept", ""))
    return Response(encode(gateway.metrics.registry), 200, {"Cache-Control": "no-store"}, content_type)


async def get_openapi(_gateway: Gateway, _request: Request) -> Response:
    """Return the document."""
    return Response(_document(), 200, media_type=JSON)


@cache
def _document() -> bytes:
    return msgspec.json.encode(document())
