"""Whatever comes in, each item is an event as the contracts have it or an error that does not quote it."""

import json

import msgspec
import pytest
from hypothesis import given, strategies as st

from warmline.contracts.turn import Turn
from warmline.gateway.items import MAX_EVENT_BYTES, BodyError, deeper_than, read_item, read_items

LATEST = 1_800_000_000_000
GOOD = {
    "conversation_id": "c",
    "turn_id": "t",
    "role": "agent",
    "participant_id": "p",
    "text": "hello",
    "spoken_at": 1,
}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
spoilt = st.fixed_dictionaries({}, optional={name: json_values | st.just(value) for name, value in GOOD.items()})


@given(
    st.binary(max_size=300) | spoilt.map(lambda value: json.dumps(value).encode()), st.sampled_from(["json", "ndjson"])
)
def test_any_body_gives_items_or_one_error(body, kind):
    try:
        items = read_items(body, kind, LATEST)
    except BodyError:
        return
    for item in items:
        assert (item.event is None) == (item.error is not None)
        if item.event is not None:
            assert msgspec.json.decode(msgspec.json.encode(item.event), type=type(item.event)) == item.event


@given(spoilt, st.text(alphabet="QXZ", min_size=6))
def test_an_error_quotes_nothing(fields, secret):
    item = read_item(json.dumps({**fields, "role": secret, "text": secret, "language": secret * 20}).encode(), LATEST)
    assert item.event is None
    assert secret not in f"{item.error} {item.path}"


def test_the_type_beside_the_fields_decides():
    at = {"conversation_id": "c", "at": 5}
    kinds = [
        read_item(json.dumps({**at, **GOOD, "type": name}).encode(), LATEST).event
        for name in ("conversation.started", "conversation.ended", "conversation.turn")
    ]
    assert [type(event).__name__ for event in kinds] == ["ConversationStarted", "ConversationEnded", "Turn"]
    assert type(read_item(json.dumps({**GOOD, "type": None}).encode(), LATEST).event) is Turn


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"spoken_at": LATEST + 1}, "$.spoken_at"),
        ({"spoken_at": -1}, "$.spoken_at"),
        ({"type": 5}, "$.type"),
        ({"type": "agent.state"}, "$.type"),
        ({"text": "x" * 65_537}, "$.text"),
        ({"asr_confidence": 1.5}, "$.asr_confidence"),
        ({"conversation_id": ""}, "$.conversation_id"),
        ({"vendor": {"a": json.loads("[" * 32 + "]" * 32)}}, "$.vendor"),
    ],
    ids=str,
)
def test_an_error_says_where(change, path):
    item = read_item(json.dumps({**GOOD, **change}).encode(), LATEST)
    assert item.event is None
    assert item.path == path


def test_what_a_broker_would_not_take_is_refused_here():
    raw = json.dumps({**GOOD, "vendor": {"a": "x" * MAX_EVENT_BYTES}}).encode()
    assert read_item(raw, LATEST).error == f"is larger than {MAX_EVENT_BYTES} bytes"


@pytest.mark.parametrize("depth", [1, 2, 31, 32, 33, 400])
def test_depth_is_counted(depth):
    assert deeper_than(json.loads("[" * depth + "]" * depth), 32) == (depth > 32)
