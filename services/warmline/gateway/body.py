"""Takes in the body of a request: bounded in size and in time, in an encoding that we read."""

import asyncio

from starlette.requests import Request

from warmline.gateway.callers import Caller
from warmline.gateway.context import Gateway
from warmline.gateway.problems import ProblemError, unavailable

BODY_S = 15.0  # a body of 4 MB at 2.2 Mbit/s; who is slower holds a connection for nothing
CLOSE = {"Connection": "close"}
"""After a refused body: what is still coming would else be taken for the next request's time."""


def media_type(request: Request) -> str:
    """Return the media type of the body, in small letters.

    Raises:
        ProblemError: It is in another encoding than UTF-8, or compressed.
    """
    if request.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise ProblemError(415, "the body must not be compressed", headers=CLOSE)
    media, _, parameters = request.headers.get("content-type", "").partition(";")
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in {"utf-8", "utf8"}:
            raise ProblemError(415, "the body must be in UTF-8", headers=CLOSE)
    return media.strip().lower()


async def read_body(gateway: Gateway, request: Request, caller: Caller) -> bytes:
    """Return the whole body.

    Raises:
        ProblemError: It is too large, or does not come in time, or there is no room for it beside others.
        starlette.requests.ClientDisconnect: The client has gone.
    """
    most = caller.body_max_bytes or gateway.settings.gateway_body_max_bytes
    too_large = ProblemError(413, f"the body is larger than {most} bytes", headers=CLOSE)
    declared = request.headers.get("content-length", "0")
    if declared.isascii() and declared.isdigit() and int(declared[:19]) > most:
        raise too_large
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.stream():
                size += len(chunk)
                if size > most:
                    raise too_large
                if not gateway.bodies.hold(request.scope, len(chunk), proven=caller.proven):
                    raise unavailable("too many bodies are under way")
                chunks.append(chunk)
    except TimeoutError as error:
        raise ProblemError(408, f"the body did not come within {BODY_S:.0f} s", headers=CLOSE) from error
    return b"".join(chunks)
