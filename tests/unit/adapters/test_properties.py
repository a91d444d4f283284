"""Whatever a vendor, a network or an enemy does to a payload: events that keep the contract, or an AdapterError."""

import json
import os
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.unit.adapters.payloads import EVERY, RECEIVED_MS, adapted, copied, turns_of
from tests.unit.adapters.test_generic import FILE
from warmline.adapters.adapted import AdapterError
from warmline.adapters.adapter_settings import AdapterSettings, load_adapter_settings
from warmline.adapters.registry import VENDORS, adapt
from warmline.contracts.turn import Turn

ALL = [(vendor, payload) for vendor, listed in EVERY.items() for payload, _ in listed]
EXAMPLES = int(os.environ.get("WARMLINE_TEST_ADAPTER_EXAMPLES", "40"))
"""Of each property and payload; 2000 is the full form, the default is what a test run can afford."""

odd_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=40),
    st.text(alphabet="0123456789-:TZ.+ e", max_size=30),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
    st.sampled_from(["true", "false", "null", "1e308", "PT1S", "9" * 30, "\u0000", "🙂" * 300, "a" * 400, 2**63, -1]),
)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every value inside a payload."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(way for key, item in inside for way in places(item, (*at, key)))]


def parent(payload: Any, way: tuple[Any, ...]) -> Any:
    for key in way[:-1]:
        payload = payload[key]
    return payload


def shuffled(value: Any, random: Any) -> Any:
    if isinstance(value, list):
        return [shuffled(item, random) for item in value]
    if not isinstance(value, dict):
        return value
    keys = list(value)
    random.shuffle(keys)
    return {key: shuffled(value[key], random) for key in keys}


def check(vendor: str, raw: bytes, content_type: str = "", using: AdapterSettings | None = None) -> None:
    """Adapt, and hold the outcome against the contract."""
    try:
        outcome = adapt(vendor, raw, content_type, received_ms=RECEIVED_MS, settings=using or AdapterSettings())
    except AdapterError as error:
        where, what = error.path, error.message
        assert (where and what) != "", "a refusal says where and what"  # either outcome is right
        return
    for event in outcome.events:
        assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event
    found = turns_of(outcome)
    assert len({(turn.conversation_id, turn.turn_id) for turn in found}) == len(found)
    assert outcome.events or outcome.unmapped, "nothing is dropped in silence"


@pytest.mark.parametrize(("vendor", "payload"), ALL)
@given(data=st.data())
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_changed_payloads_are_adapted_or_refused(vendor, payload, data):
    changed = copied(payload)
    for _ in range(data.draw(st.integers(1, 3))):
        way = data.draw(st.sampled_from(places(changed)))
        if not way:
            continue
        holder = parent(changed, way)
        match data.draw(st.sampled_from(["replace", "remove", "double", "null"])):
            case "replace":
                holder[way[-1]] = data.draw(odd_values)
            case "null":
                holder[way[-1]] = None
            case "remove":
                del holder[way[-1]]
            case "double" if isinstance(holder, list):
                holder.append(holder[way[-1]])
    check(vendor, json.dumps(changed).encode())


@pytest.mark.parametrize(("vendor", "payload"), ALL)
@given(random=st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_order_of_keys_means_nothing(vendor, payload, random):
    assert adapted(vendor, shuffled(payload, random)).events == adapted(vendor, payload).events


@pytest.mark.parametrize(("vendor", "payload"), ALL)
def test_unknown_fields_mean_nothing(vendor, payload):
    changed = copied(payload)
    for way in places(changed):
        holder = changed
        for key in way:
            holder = holder[key]
        if isinstance(holder, dict):
            holder["xFieldOfTomorrow"] = {"deep": [1, None]}
    assert adapted(vendor, changed).events == adapted(vendor, payload).events


HIDDEN = "Xanthippe"
WORDS = {"Content", "PartialContent", "transcript", "decoratedTranscript", "text", "decoratedText", "content"}
WORDS |= {"Body", "body", "message", "TranscriptionData"}


def secretive(value: Any) -> Any:
    """Return a payload in which whatever anybody says holds a word that must not get about."""
    if isinstance(value, list):
        return [secretive(item) for item in value]
    if not isinstance(value, dict):
        return value
    said = {key: secretive(item) for key, item in value.items()}
    for key in WORDS.intersection(key for key, item in value.items() if isinstance(item, str)):
        inside = key == "TranscriptionData"
        said[key] = value[key].replace('t": "', f't": "{HIDDEN} ') if inside else f"{HIDDEN} {value[key]}"
    return said


@pytest.mark.parametrize(("vendor", "payload"), ALL)
@given(data=st.data())
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_word_anybody_said_is_in_a_refusal_or_a_report(vendor, payload, data):
    changed = secretive(payload)
    if way := data.draw(st.sampled_from(places(changed))):
        odd = [None, 5, HIDDEN, [HIDDEN], [[HIDDEN]], {"a": HIDDEN}, f'{{"a": {HIDDEN}', "2025-99-99T00:00:00Z"]
        parent(changed, way)[way[-1]] = data.draw(st.sampled_from(odd))
    try:
        told = adapt(vendor, json.dumps(changed).encode(), "", received_ms=RECEIVED_MS).unmapped
    except AdapterError as error:
        told = (str(error), error.path)
    assert HIDDEN not in str(told)


@pytest.mark.parametrize(("vendor", "payload"), ALL)
def test_words_are_in_the_text_of_a_turn_and_nowhere_else_in_it(vendor, payload):
    for event in adapted(vendor, secretive(payload)).events:
        if isinstance(event, Turn):
            assert HIDDEN in event.text or "subscription" in payload  # what is in base64 was not changed
        assert HIDDEN not in str({**msgspec.to_builtins(event), "text": ""})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("vendor", VENDORS)
@given(value=json_values)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_json_is_adapted_or_refused(vendor, value):
    check(vendor, json.dumps(value).encode())


@pytest.mark.parametrize("vendor", VENDORS)
@given(
    raw=st.binary(max_size=200),
    content_type=st.sampled_from(["", "application/json", "application/x-www-form-urlencoded"]),
)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_bytes_are_adapted_or_refused(vendor, raw, content_type):
    check(vendor, raw, content_type)


@given(text=st.text(min_size=1, max_size=300))
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_words_arrive_as_they_were_said(text):
    payload = copied(EVERY["contact-lens"][0][0])
    payload["Segments"][1]["Transcript"]["Content"] = text
    found = [event.text for event in adapted("contact-lens", payload).events if isinstance(event, Turn)]
    assert found[0] == (text if text.strip() else "My boiler has been off for a week.")


@pytest.fixture(scope="module")
def mapping(tmp_path_factory):
    file = tmp_path_factory.mktemp("adapters") / "adapters.yaml"
    file.write_text(FILE)
    return load_adapter_settings(file)


@given(value=json_values)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_mapping_meets_any_json(value, mapping):
    check("generic", json.dumps({"kind": "desk", "changes": value}).encode(), using=mapping)
    check("generic", json.dumps(value).encode(), using=mapping)
