"""W3C trace context as it travels in record headers: read, checked, passed on. Pure, and without OpenTelemetry.

What cannot be a context is as good as none: a wrong header of a producer must never cost a record. `baggage` is not
passed on: nobody knows what is in it.
"""

import re
from collections.abc import Iterable

Context = tuple[tuple[str, bytes], ...]
"""Headers that carry a context: `traceparent`, perhaps `tracestate`; empty for none."""

NO_CONTEXT: Context = ()

TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"

PARENT_BYTES = 55
LONGEST_BYTES = 512  # what the W3C asks everybody to pass on of a tracestate; no traceparent needs as much
SAMPLED = 1

_PARENT = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_LATER_PARENT = re.compile(rb"(?!00|ff)[0-9a-f]{2}(-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2})(?:-.*)?")
_STATE = re.compile(rb"[\x20-\x7e\t]+")


def context_of(headers: Iterable[tuple[str, bytes | None]] | None) -> Context:
    """Return the context that a record's headers carry; of a header that is there twice the newest counts."""
    parent = state = None
    for name, value in headers or ():
        if name == TRACEPARENT:
            parent = value
        elif name == TRACESTATE:
            state = value
    return NO_CONTEXT if parent is None else checked(parent, state)


def context_of_request(headers: Iterable[tuple[bytes, bytes]]) -> Context:
    """Return the context that the headers of an HTTP request carry, names in small letters; none of two."""
    parents, states = [], []
    for name, value in headers:
        if name == b"traceparent":
            parents.append(value)
        elif name == b"tracestate":
            states.append(value)
    return checked(parents[0], b",".join(states)) if len(parents) == 1 else NO_CONTEXT


def checked(parent: bytes | None, state: bytes | None = None) -> Context:
    """Return the context of two header values; none where the first is no traceparent.

    Args:
        parent: Value of `traceparent`. One of a later version is passed on as the version that we know.
        state: Value of `tracestate`; left out where it is too long or not printable.
    """
    if not parent or len(parent) > LONGEST_BYTES:
        return NO_CONTEXT
    if _PARENT.fullmatch(parent) is None:
        later = _LATER_PARENT.fullmatch(parent)
        if later is None:
            return NO_CONTEXT
        parent = b"00" + later[1]
    if state and len(state) <= LONGEST_BYTES and _STATE.fullmatch(state):
        return (TRACEPARENT, parent), (TRACESTATE, state)
    return ((TRACEPARENT, parent),)


def is_sampled(context: Context) -> bool:
    """Return whether the trace of a context is recorded."""
    return bool(context) and bool(int(context[0][1][53:PARENT_BYTES], 16) & SAMPLED)


def exemplar_of(context: Context) -> dict[str, str] | None:
    """Return the labels by which a histogram points to a recorded trace; None where it is not recorded."""
    if not is_sampled(context):
        return None
    parent = context[0][1].decode("ascii")
    return {"trace_id": parent[3:35], "span_id": parent[36:52]}
