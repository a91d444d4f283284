"""A request's trace, kept in its ASGI scope from the door to the answer.

It begins behind the door: what is turned away there (no credentials, too fast) has none, so that nobody unknown fills
anybody's traces. What came in the header `traceparent` is believed of known callers.
"""

import time
from collections.abc import MutableMapping
from typing import Any

from starlette.requests import HTTPConnection

from warmline.telemetry.trace_context import context_of_request
from warmline.telemetry.traces import NO_REQUEST, RequestTrace, Traces

BEGAN = "warmline.began"
TRACE = "warmline.trace"
"""Keys in the ASGI scope: when the request's head was there, ns UTC; and its trace."""


def note_arrival(scope: MutableMapping[str, Any]) -> None:
    """Take note that a request's head is there."""
    scope[BEGAN] = time.time_ns()


def begin_trace(traces: Traces, scope: MutableMapping[str, Any], route: str) -> None:
    """Begin the trace of a request that was let in; `route` is the path's pattern."""
    context = context_of_request(scope["headers"])
    scope[TRACE] = traces.request(context, scope["method"], route, scope.get(BEGAN) or time.time_ns())


def trace_in(scope: MutableMapping[str, Any]) -> RequestTrace:
    """Return the trace of a request."""
    trace: RequestTrace = scope.get(TRACE, NO_REQUEST)
    return trace


def trace_of_message(traces: Traces, socket: HTTPConnection) -> RequestTrace:
    """Return the trace of one message of a WebSocket."""
    return traces.message(context_of_request(socket.scope["headers"]))
