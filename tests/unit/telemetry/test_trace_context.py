"""Contexts out of headers that anybody may have written: a good one is passed on as it is, a bad one is none."""

import re

import pytest
from hypothesis import given, strategies as st
from opentelemetry.trace import get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from warmline.telemetry.trace_context import (
    LONGEST_BYTES,
    NO_CONTEXT,
    checked,
    context_of,
    context_of_request,
    exemplar_of,
    is_sampled,
)

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
GOOD = f"00-{TRACE}-{SPAN}-01".encode()
OTHER = f"00-{TRACE[::-1]}-{SPAN}-00".encode()
STATE = b"rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"

BAD = {
    "empty": b"",
    "no hexadecimal": GOOD.replace(b"0af7", b"zzzz"),
    "capitals": GOOD.upper(),
    "a trace of zeros": f"00-{'0' * 32}-{SPAN}-01".encode(),
    "a span of zeros": f"00-{TRACE}-{'0' * 16}-01".encode(),
    "the forbidden version": b"ff" + GOOD[2:],
    "one digit short": GOOD[:-1],
    "one digit more": GOOD + b"0",
    "more fields than its version has": GOOD + b"-00",
    "a line break at the end": GOOD + b"\n",
    "blanks around": b" " + GOOD + b" ",
    "not UTF-8": b"\xff\xfe" + GOOD[2:],
    "digits that are not ASCII": GOOD.decode().replace("0", "\N{ARABIC-INDIC DIGIT ZERO}").encode(),
    "huge": GOOD + b"-" + b"0" * 1_000_000,
    "huge, of a later version": b"01" + GOOD[2:] + b"-" + b"0" * 1_000_000,
    "NULs": b"\0" * 55,
}


def test_a_context_is_passed_on_as_it_came() -> None:
    headers = [("ce_id", b"1"), ("traceparent", GOOD), ("tracestate", STATE)]
    assert context_of(headers) == (("traceparent", GOOD), ("tracestate", STATE))


def test_records_without_a_context_have_none() -> None:
    assert context_of(None) == context_of([]) == context_of([("ce_id", b"1")]) == NO_CONTEXT
    assert context_of([("tracestate", STATE)]) == NO_CONTEXT, "a state belongs to a parent"
    assert context_of([("traceparent", None)]) == NO_CONTEXT
    assert context_of([("Traceparent", GOOD)]) == NO_CONTEXT, "Kafka's header names have their case"


@pytest.mark.parametrize("parent", BAD.values(), ids=BAD.keys())
def test_what_is_no_traceparent_is_no_context(parent: bytes) -> None:
    assert context_of([("traceparent", parent), ("tracestate", STATE)]) == NO_CONTEXT


def test_of_a_header_that_is_there_twice_the_newest_counts_good_or_bad() -> None:
    assert context_of([("traceparent", OTHER), ("traceparent", GOOD)]) == (("traceparent", GOOD),)
    assert context_of([("traceparent", GOOD), ("traceparent", b"bad")]) == NO_CONTEXT


def test_a_request_with_two_traceparents_has_none_and_its_states_are_joined() -> None:
    assert context_of_request([(b"traceparent", GOOD), (b"traceparent", OTHER)]) == NO_CONTEXT
    headers = [(b"tracestate", b"a=1"), (b"traceparent", GOOD), (b"tracestate", b"b=2"), (b"host", b"h")]
    assert context_of_request(headers) == (("traceparent", GOOD), ("tracestate", b"a=1,b=2"))
    assert context_of_request([]) == NO_CONTEXT


def test_a_later_version_is_passed_on_as_ours() -> None:
    assert checked(b"01" + GOOD[2:]) == checked(b"cc" + GOOD[2:] + b"-more") == (("traceparent", GOOD),)
    assert checked(b"01" + GOOD[2:] + b"more") == NO_CONTEXT


@pytest.mark.parametrize("state", [b"x" * (LONGEST_BYTES + 1), b"\xffv=1", b"a=1\r\nb=2", b"a=1\0", b""])
def test_a_state_that_cannot_be_one_is_left_out_and_the_parent_stays(state: bytes) -> None:
    assert checked(GOOD, state) == (("traceparent", GOOD),)


@given(st.lists(st.tuples(st.sampled_from(["traceparent", "tracestate", "x"]), st.none() | st.binary(max_size=600))))
def test_no_header_is_too_strange(headers: list[tuple[str, bytes | None]]) -> None:
    context = context_of(headers)
    assert context == NO_CONTEXT or re.fullmatch(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", context[0][1])


@given(st.from_regex(rb"\A[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-[ -~]{0,20})?\Z"))
def test_what_passes_is_what_opentelemetry_takes(parent: bytes) -> None:
    carrier = {"traceparent": parent.decode()}
    theirs = get_current_span(TraceContextTextMapPropagator().extract(carrier)).get_span_context()
    ours = context_of([("traceparent", parent)])
    assert bool(ours) == theirs.is_valid
    assert is_sampled(ours) == (theirs.is_valid and theirs.trace_flags.sampled)


def test_an_exemplar_points_to_recorded_traces_alone() -> None:
    assert exemplar_of(checked(GOOD)) == {"trace_id": TRACE, "span_id": SPAN}
    assert exemplar_of(checked(OTHER)) is None
    assert exemplar_of(NO_CONTEXT) is None
