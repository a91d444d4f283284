"""Errors as RFC 9457 problem documents. They never quote what came in."""

from collections.abc import Mapping
from http import HTTPStatus
from math import ceil
from typing import Any

import msgspec
from starlette.responses import Response

PROBLEM_JSON = "application/problem+json"
JSON = "application/json"


class ProblemError(Exception):
    """A request that cannot be served.

    Attributes:
        status: HTTP status.
        detail: What is wrong, in words of ours.
        headers: Further headers.
        members: Further members of the document.
    """

    def __init__(
        self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, members: Any = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.members: dict[str, Any] = members or {}


def unavailable(detail: str, retry_after_s: float = 1.0) -> ProblemError:
    """Return the answer while something is away: 503, and when to come again."""
    return ProblemError(503, detail, headers={"Retry-After": str(max(1, ceil(retry_after_s)))})


def problem_response(problem: ProblemError) -> Response:
    """Return the response."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        **problem.members,
    }
    return Response(msgspec.json.encode(document), problem.status, problem.headers, PROBLEM_JSON)


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a value as JSON."""
    return Response(msgspec.json.encode(value), status, dict(headers or {}), JSON)
