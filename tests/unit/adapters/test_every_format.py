"""What was said comes out of every format: as many turns, in order, by the right role and at the right time.

The payloads are made up around what was said, ids equal or not, times in any zone, blank texts and partial results
between; and they lie in the body in any of the ways in which bodies come.
"""

import os
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.unit.adapters.payloads import RECEIVED_MS
from tests.unit.adapters.written import FORMATS, TIMELESS
from tests.unit.adapters.written.bodies import WAYS
from tests.unit.adapters.written.line import Line
from warmline.adapters.registry import adapt
from warmline.contracts.turn import Turn

EXAMPLES = int(os.environ.get("WARMLINE_TEST_ADAPTER_EXAMPLES", "25"))
CAREFUL = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def wanted(said: list[Line]) -> list[tuple[str, str, int]]:
    return [(line.text, line.who, line.ms) for line in said if line.counts]


def found(vendor: str, body: bytes, content_type: str = "") -> list[tuple[str, str, int]]:
    outcome = adapt(vendor, body, content_type, received_ms=RECEIVED_MS)
    turns = [event for event in outcome.events if isinstance(event, Turn)]
    assert len({(turn.conversation_id, turn.turn_id) for turn in turns}) == len(turns)
    assert outcome.broken == ()
    return [(turn.text, turn.role, turn.spoken_at) for turn in turns]


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
@CAREFUL
def test_what_was_said_comes_out(name, data):
    vendor, write, strategy = FORMATS[name]
    said = data.draw(strategy)
    way = data.draw(st.sampled_from(WAYS))
    outcome, expected = found(vendor, way(write(said))), wanted(said)
    if name in TIMELESS:
        outcome, expected = [each[:2] for each in outcome], [each[:2] for each in expected]
    assert outcome == expected


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_was_said_is_the_same_turns_however_it_was_delivered_and_delivered_again(name, data):
    vendor, write, strategy = FORMATS[name]
    payload = write(data.draw(strategy))
    events = [adapt(vendor, way(payload), "", received_ms=RECEIVED_MS).events for way in WAYS]
    assert all(each == events[0] for each in events)
    again = payload + payload if isinstance(payload, list) else [payload, payload]
    twice = [
        event for event in adapt(vendor, WAYS[0](again), "", received_ms=RECEIVED_MS).events if isinstance(event, Turn)
    ]
    assert twice == [event for event in events[0] if isinstance(event, Turn)]


@pytest.mark.parametrize("spaces", ["plus", "percent"])
@pytest.mark.parametrize("name", ["twilio, call", "twilio, messages"])
@given(data=st.data())
@CAREFUL
def test_forms_say_the_same_as_their_fields(name, spaces, data):
    vendor, write, strategy = FORMATS[name]
    said = data.draw(strategy)
    way = {"quote_via": quote} if spaces == "percent" else {}
    forms = [urlencode(fields, **way) for fields in write(said)]
    line_end = data.draw(st.sampled_from(["\n", "\r\n"]))
    assert found(vendor, (line_end.join(forms) + line_end).encode()) == wanted(said)
    each = [turn for form in forms for turn in found(vendor, form.encode(), "application/x-www-form-urlencoded")]
    assert [(text, at) for text, _, at in each] == [(text, at) for text, _, at in wanted(said)]
