"""Ids: deterministic, unique within a conversation, and the same for the same turn delivered again."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.unit.adapters.payloads import EVERY, RECEIVED_MS, adapted, body, lens_file, turns_of
from warmline.adapters.adapter_settings import AdapterSettings
from warmline.adapters.collector import Collector, Known, Ledger
from warmline.adapters.drafts import Draft
from warmline.adapters.nodes import Node
from warmline.adapters.pseudonyms import WITHOUT_KEY
from warmline.adapters.registry import Adapting

ALL = [(vendor, payload, count) for vendor, listed in EVERY.items() for payload, count in listed]


@pytest.mark.parametrize(("vendor", "payload", "count"), ALL)
def test_the_same_bytes_give_the_same_events(vendor, payload, count):
    assert len(turns_of(adapted(vendor, payload))) == count
    assert adapted(vendor, payload) == adapted(vendor, payload)


@pytest.mark.parametrize(("vendor", "payload", "count"), ALL)
def test_no_two_turns_of_a_payload_share_an_id(vendor, payload, count):
    found = turns_of(adapted(vendor, payload))
    assert len({(turn.conversation_id, turn.turn_id) for turn in found}) == count


@pytest.mark.parametrize(("vendor", "payload", "count"), ALL)
def test_what_is_delivered_again_gives_no_turn_and_says_so(vendor, payload, count):
    together = Adapting(vendor)
    together.adapt(body(payload), "", received_ms=RECEIVED_MS)
    again = together.adapt(body(payload), "", received_ms=RECEIVED_MS + 60_000)
    assert turns_of(again) == []
    assert sum("delivered before" in item.reason for item in again.unmapped) == count


def test_equal_turns_in_one_delivery_are_all_kept():
    payload = lens_file()
    payload["Transcript"].append(payload["Transcript"][0])
    found = turns_of(adapted("contact-lens", payload))
    assert len(found) == 4
    assert len({turn.turn_id for turn in found}) == 4


drafts = st.builds(
    Draft,
    node=st.just(Node(None)),
    conversation_id=st.sampled_from(["a", "b"]),
    vendor_id=st.sampled_from(["1", "2", None]),
    place=st.integers(0, 3),
    text=st.sampled_from(["yes", "no", " "]),
    role=st.sampled_from(["customer", "agent", None]),
    spoken_at=st.sampled_from([1, 2, None, -5, 10**18]),
    offset_ms=st.sampled_from([None, 5]),
    final=st.booleans(),
    edition=st.sampled_from([None, "raw", "redacted"]),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(drafts, max_size=5), max_size=4))
def test_every_turn_is_kept_once_or_told_and_ids_never_collide(deliveries):
    out = Collector("test", AdapterSettings(), Known(), Ledger(), pseudonyms=WITHOUT_KEY, partials=True)
    for delivery in deliveries:
        out.next_delivery(RECEIVED_MS)
        before = len(out.events)
        for draft in delivery:
            out.turn(draft)
        spoken = [draft for draft in delivery if draft.text.strip()]
        taken_before = sum("delivered before" in item.reason for item in out.unmapped)
        assert len(out.events) - before <= len(spoken)
        if not before and not taken_before:
            assert len(out.events) == len(spoken), "a first delivery loses nothing, whatever its ids"
    told = sum("delivered before" in item.reason or "no text" in item.reason for item in out.unmapped)
    assert len(out.events) + told == sum(map(len, deliveries))
    kept = [(event.conversation_id, event.turn_id, event.text, event.role, event.final) for event in turns_of_all(out)]
    assert len({(conversation, turn) for conversation, turn, *_ in kept}) == len(kept)


def turns_of_all(out):
    return [msgspec.convert(msgspec.to_builtins(event), type(event)) for event in out.events]
