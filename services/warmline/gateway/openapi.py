"""The OpenAPI 3.1 document, made from the table of routes and the structs."""

import re
from importlib.metadata import version
from typing import Any

from msgspec import Struct

from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.json_schema import components
from warmline.contracts.turn import Turn
from warmline.gateway import messages
from warmline.gateway.table import EVENT_STREAM, ID, JSON, ROUTES, STREAM_PATH, Route, Schema

REF = "#/components/schemas/{name}"
PROBLEM = "application/problem+json"
TEXT = "text/plain"
GUARDED = (401, 403, 429)
PLAIN = frozenset({"getHealth", "getReadiness", "getMetrics"})
"""Operations that answer in plain text."""

ABOUT = f"""\
Turns in, live view and event stream out.

`POST` of turns is answered 202 only after Kafka has acknowledged every accepted item. 503 with `Retry-After` means:
send the same again; the same turn twice is one turn. Besides what is described here there is a WebSocket at
`{STREAM_PATH}` (scope `ingest`): one turn a message, each answered with
`{{"seq", "turn_id", "status"}}` in order.

A console keeps its credentials in a session cookie; with it, unsafe methods need the header `X-Warmline-Csrf: 1`."""


def document() -> dict[str, Any]:
    """Return the document.

    Raises:
        DescriptionError: A field of a struct is not described.
    """
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Warmline gateway",
            "version": version("warmline"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components(_structs(), REF),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key (`wl_...`) or an access token of the configured OIDC issuer.",
                },
                "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "An API key."},
            },
        },
    }


def _structs() -> list[type[Struct]]:
    found: dict[type[Struct], None] = dict.fromkeys(
        [Turn, ConversationStarted, ConversationEnded, messages.Problem, messages.FeedbackGiven]
    )
    for route in ROUTES:
        found.update(dict.fromkeys(struct for struct in route.answers.values() if struct is not None))
    return list(found)


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.about,
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)],
        "responses": _responses(route),
    }
    if route.scopes:
        operation["security"] = [{"bearer": []}, {"key": []}]
        operation["description"] = f"Needs one of the scopes: {', '.join(route.scopes)}."
        operation["x-scopes"] = list(route.scopes)
    if route.takes:
        operation["requestBody"] = {
            "required": True,
            "content": {media: {"schema": _schema(each)} for media, each in route.takes.items()},
        }
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    names = re.findall(r"\{(\w+)\}", route.path)
    return [{"name": name, "in": "path", "required": True, "schema": ID} for name in names]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": each.name, "in": "query", "required": False, "description": each.about, "schema": each.schema}
        for each in route.query
    ]


def _header_parameters(route: Route) -> list[dict[str, Any]]:
    if route.media != EVENT_STREAM:
        return []
    about = "The id of the last event received: what came after it is sent first, or `reset` where it is not held."
    return [{"name": "Last-Event-ID", "in": "header", "description": about, "schema": {"type": "string"}}]


def _responses(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status, struct in sorted(route.answers.items()):
        answer: dict[str, Any] = {"description": (struct.__doc__ or "").partition("\n")[0] if struct else route.about}
        if struct is not None:
            answer["content"] = {JSON: {"schema": {"$ref": REF.format(name=struct.__name__)}}}
        elif route.name in PLAIN:
            answer["content"] = {TEXT: {"schema": {"type": "string"}}}
        elif status == 200:
            answer["content"] = {route.media: {"schema": {} if route.media == JSON else {"type": "string"}}}
        found[str(status)] = answer
    statuses = {*route.problems, *(GUARDED if route.scopes else ()), *((503,) if route.scopes else ())}
    for status in sorted(statuses):
        found[str(status)] = _problem(status)
    return found


def _problem(status: int) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": WHY[status],
        "content": {PROBLEM: {"schema": {"$ref": REF.format(name="Problem")}}},
    }
    if status in {429, 503}:
        answer["headers"] = {"Retry-After": {"required": True, "schema": {"type": "integer", "minimum": 1}}}
    if status == 401:
        answer["headers"] = {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}
    return answer


WHY = {
    400: "The request cannot be read.",
    401: "No credentials, or none that are good.",
    403: "The credentials do not allow it.",
    404: "There is no such thing.",
    408: "The body did not come in time.",
    413: "The body is too large, or holds too many items.",
    415: "The body's media type or encoding is not taken.",
    422: "The body is well formed, and nothing in it is valid.",
    429: "Too much for this caller's rate.",
    503: "Something is away for now: send the same again after `Retry-After` seconds.",
}


def _schema(each: type[Struct] | Schema) -> Schema:
    return each if isinstance(each, dict) else {"$ref": REF.format(name=each.__name__)}
