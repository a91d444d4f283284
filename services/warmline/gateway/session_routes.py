"""`/v1/session`: the console's way in."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from warmline.gateway.callers import Caller
from warmline.gateway.context import Gateway
from warmline.gateway.policy import groups_named
from warmline.gateway.problems import JSON, ProblemError, json_response
from warmline.gateway.sessions import COOKIE, CSRF_HEADER, SECURE_COOKIE, TooLongForACookieError


async def open_session(gateway: Gateway, request: Request, caller: Caller) -> Response:
    """Set the cookie. A cookie opens no session: a session would never end."""
    if caller.by_cookie:
        raise ProblemError(403, "a session is opened with a key or a token")
    # Of a token's groups, of which there may be hundreds, those that something depends on.
    kept = msgspec.structs.replace(caller, groups=caller.groups & groups_named(gateway.policy.gateway))
    try:
        value, seconds = gateway.access.sessions.open(kept)
    except TooLongForACookieError as error:
        raise ProblemError(403, "the token names more scopes and groups than a session can hold") from error
    response = _shown(caller)
    secure = _secure(gateway, request)
    name = SECURE_COOKIE if secure else COOKIE
    response.set_cookie(name, value, max_age=seconds, path="/", httponly=True, samesite="strict", secure=secure)
    return response


async def get_session(_gateway: Gateway, _request: Request, caller: Caller) -> Response:
    """Say who is calling."""
    return _shown(caller)


async def close_session(gateway: Gateway, request: Request) -> Response:
    """Take the cookie away; from nobody it takes nothing."""
    if COOKIE in request.headers.get("cookie", "") and request.headers.get(CSRF_HEADER) != "1":
        raise ProblemError(403, f"a session needs the header {CSRF_HEADER}: 1")
    response = Response(status_code=204, media_type=JSON)
    secure = _secure(gateway, request)
    for name in (SECURE_COOKIE, COOKIE) if secure else (COOKIE,):
        response.delete_cookie(name, path="/", httponly=True, samesite="strict", secure=secure)
    return response


def _shown(caller: Caller) -> Response:
    scopes = sorted(caller.scopes)
    return json_response({"subject": caller.subject, "scopes": scopes, "agent_id": caller.agent_id})


def _secure(gateway: Gateway, request: Request) -> bool:
    return request.url.scheme == "https" or gateway.settings.gateway_public_url.startswith("https:")
