"""`POST /v1/adapters/{vendor}`: a vendor's payload as delivered, adapted and taken in as turns are."""

import asyncio
import logging
import traceback

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from warmline.adapters.adapted import Adapted, AdapterError, Event, TooMuchError
from warmline.adapters.registry import VENDORS, adapt
from warmline.adapters.signatures import SignatureError, verify
from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.events import CONVERSATION_ENDED, CONVERSATION_STARTED, CONVERSATION_TURN
from warmline.contracts.turn import Turn
from warmline.gateway.body import media_type, read_body
from warmline.gateway.callers import Caller
from warmline.gateway.context import Gateway
from warmline.gateway.ingest import accepted_of, take_in
from warmline.gateway.items import Item, read_item
from warmline.gateway.limits import let_in, settle
from warmline.gateway.problems import ProblemError, json_response
from warmline.gateway.traced import trace_in
from warmline.settings import Settings, SettingsError

log = logging.getLogger(__name__)

TYPES: dict[type[Event], str] = {
    Turn: CONVERSATION_TURN,
    ConversationStarted: CONVERSATION_STARTED,
    ConversationEnded: CONVERSATION_ENDED,
}


def vendor_secrets(settings: Settings) -> dict[str, str]:
    """Return the secret by which each vendor signs.

    Raises:
        SettingsError: The setting is not `vendor=secret`, separated by commas.
    """
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in settings.gateway_vendor_secrets.reveal().split(","))):
        vendor, equals, secret = pair.partition("=")
        if not equals or not vendor.strip() or not secret.strip():
            raise SettingsError("WARMLINE_GATEWAY_VENDOR_SECRETS: must be vendor=secret, separated by commas")
        found[vendor.strip()] = secret.strip()
    return found


async def post_payload(gateway: Gateway, request: Request, caller: Caller) -> Response:
    """Take a vendor's payload in."""
    vendor = request.path_params["vendor"]
    if vendor not in VENDORS:
        raise ProblemError(404, "there is no such vendor")
    media_type(request)
    body = await read_body(gateway, request, caller)
    if not caller.proven:
        _check_signature(gateway, request, vendor, body)
        let_in(gateway, caller)
    # On a thread: a long conversation's file takes a while, and others wait for their acknowledgements meanwhile.
    adapted, items = await asyncio.to_thread(_adapted, gateway, vendor, body, request.headers.get("content-type", ""))
    settle(gateway, caller, len(items))
    results = await take_in(gateway, items, trace_in(request.scope))
    unmapped = [{"path": part.path, "reason": part.reason} for part in adapted.unmapped]
    accepted = accepted_of(results)
    if results and not accepted:
        raise ProblemError(422, "no event in the payload is valid", members={"results": results})
    return json_response({"accepted": accepted, "results": results, "unmapped": unmapped}, 202)


def _adapted(gateway: Gateway, vendor: str, body: bytes, content_type: str) -> tuple[Adapted, list[Item]]:
    """Return what a payload holds, and its events as they are taken in.

    Raises:
        ProblemError: It is broken, or holds too much.
    """
    try:
        adapted = adapt(
            vendor,
            body,
            content_type,
            received_ms=gateway.now_ms(),
            settings=gateway.adapter_settings,
            pseudonyms=gateway.pseudonyms,
        )
        return adapted, [_item(event, gateway.latest_ms) for event in adapted.events]
    except TooMuchError as error:
        raise ProblemError(413, error.message) from error
    except AdapterError as error:
        raise ProblemError(422, error.message, members={"path": error.path}) from error
    except Exception as error:  # a payload that an adapter did not foresee is the payload's fault
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} in {frame.name}, line {frame.lineno}"
        log.error("a payload could not be adapted", extra={"where": where, "vendor": vendor})
        raise ProblemError(422, "the payload could not be adapted") from error


def vendor_caller(vendor: str) -> Caller:
    """Return the caller that a vendor's signature stands for."""
    return Caller(subject=f"vendor:{vendor}", scopes=frozenset({"ingest"}), proven=False)


def signs(gateway: Gateway, request: Request) -> bool:
    """Return whether a request without credentials may prove itself by the vendor's signature."""
    return request.path_params.get("vendor") in vendor_secrets(gateway.settings)


def _check_signature(gateway: Gateway, request: Request, vendor: str, body: bytes) -> None:
    secret = vendor_secrets(gateway.settings)[vendor]
    base = gateway.settings.gateway_public_url.rstrip("/")
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{base}{request.url.path}{query}" if base else str(request.url)
    try:
        verify(vendor, dict(request.headers), url, body, secret)
    except SignatureError as error:
        gateway.metrics.gateway_refused.labels("signature").inc()
        raise ProblemError(401, "the signature is not the vendor's", headers={"WWW-Authenticate": "Bearer"}) from error


def _item(event: Event, latest_ms: int) -> Item:
    """Return an adapted event as an item that was checked as what is posted is."""
    kind = {"type": TYPES[type(event)]}
    return read_item(msgspec.json.encode({**msgspec.to_builtins(event), **kind}), latest_ms)
