"""`POST /v1/adapters/{vendor}`: a vendor's payload as delivered, adapted and taken in as turns are."""

from importlib import import_module
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from warmline.gateway.body import media_type, read_body
from warmline.gateway.callers import Caller
from warmline.gateway.context import Gateway
from warmline.gateway.ingest import accepted_of, take_in
from warmline.gateway.items import Item, read_item
from warmline.gateway.limits import charge
from warmline.gateway.problems import ProblemError, json_response
from warmline.settings import Settings, SettingsError

EVENT_TYPES = {
    "Turn": "conversation.turn",
    "ConversationStarted": "conversation.started",
    "ConversationEnded": "conversation.ended",
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
    registry = _registry()
    if registry is None or vendor not in registry.VENDORS:
        raise ProblemError(404, "there is no such vendor")
    media_type(request)
    body = await read_body(gateway, request, caller)
    if caller.account == vendor_caller(vendor).account:
        _check_signature(gateway, request, vendor, body)
    errors = import_module("warmline.adapters.registry")
    try:
        adapted = registry.adapt(vendor, body, request.headers.get("content-type", ""), received_ms=gateway.now_ms())
    except errors.AdapterError as error:
        raise ProblemError(422, "the payload is none of this vendor's", members=_path_of(error)) from error
    items = [_item(event, gateway.latest_ms) for event in adapted.events]
    charge(gateway, caller, max(1, len(items)))
    results = await take_in(gateway, items)
    unmapped = [{"path": part.path, "reason": part.reason} for part in adapted.unmapped]
    accepted = accepted_of(results)
    if results and not accepted:
        raise ProblemError(422, "no event in the payload is valid", members={"results": results})
    return json_response({"accepted": accepted, "results": results, "unmapped": unmapped}, 202)


def vendor_caller(vendor: str) -> Caller:
    """Return the caller that a vendor's signature stands for."""
    return Caller(subject=f"vendor:{vendor}", scopes=frozenset({"ingest"}))


def signs(gateway: Gateway, request: Request) -> bool:
    """Return whether a request without credentials may prove itself by the vendor's signature."""
    return request.path_params.get("vendor") in vendor_secrets(gateway.settings)


def _check_signature(gateway: Gateway, request: Request, vendor: str, body: bytes) -> None:
    signatures = import_module("warmline.adapters.signatures")
    secret = vendor_secrets(gateway.settings)[vendor]
    base = gateway.settings.gateway_public_url.rstrip("/")
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{base}{request.url.path}{query}" if base else str(request.url)
    try:
        signatures.verify(vendor, dict(request.headers), url, body, secret)
    except signatures.SignatureError as error:
        gateway.metrics.gateway_refused.labels("signature").inc()
        raise ProblemError(401, "the signature is not the vendor's", headers={"WWW-Authenticate": "Bearer"}) from error


def _item(event: Any, latest_ms: int) -> Item:
    """Return an adapted event as an item that was checked like any other."""
    kind = {"type": EVENT_TYPES[type(event).__name__]}
    return read_item(msgspec.json.encode({**msgspec.to_builtins(event), **kind}), latest_ms)


def _path_of(error: Any) -> dict[str, str]:
    return {"path": str(error.path)} if getattr(error, "path", None) else {}


def _registry() -> Any:
    try:
        return import_module("warmline.adapters.registry")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("warmline.adapters"):
            return None
        raise
