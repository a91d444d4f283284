"""Ids: deterministic, unique within a conversation, and the same for the same turn delivered again."""

import time

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.unit.adapters.payloads import EVERY, RECEIVED_MS, adapted, body, lens_file, turns_of
from warmline.adapters.adapter_settings import AdapterSettings
from warmline.adapters.budget import Budget
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
    out = Collector("test", AdapterSettings(), Known(), Ledger(), Budget(), pseudonyms=WITHOUT_KEY, partials=True)
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


def draft(**more):
    return Draft(node=Node(None), conversation_id="c", vendor_id="1", place=0, text="yes", role="agent", **more)


def test_one_id_many_times_over_takes_a_time_by_their_number():
    ledger = Ledger()
    begun = time.process_time()
    ids = {ledger.turn_id("c", "1", draft(spoken_at=number // 2)) for number in range(20_000)}
    assert len(ids) == 20_000
    assert time.process_time() - begun < 3


def test_many_broken_deliveries_take_a_time_by_their_number():
    ledger = Ledger()
    begun = time.process_time()
    for number in range(10_000):
        ledger.next_delivery()
        ledger.turn_id("c", f"{number}", draft())
        if number % 2:
            ledger.forget_delivery()
    assert time.process_time() - begun < 3
    ledger.next_delivery()
    assert ledger.turn_id("c", "0", draft()) is None
    assert ledger.turn_id("c", "1", draft()) == "1", "what was broken counts when it comes again"


@pytest.mark.parametrize(("text", "carried"), [("a \ud83d b", "a \ufffd b"), ("a \ud83d\ude00 b", "a 😀 b")])
def test_halves_of_characters_are_joined_or_replaced_and_told(text, carried):
    out = Collector("test", AdapterSettings(), Known(), Ledger(), Budget(), pseudonyms=WITHOUT_KEY)
    out.next_delivery(RECEIVED_MS)
    out.turn(Draft(node=Node(None), conversation_id="c\udcff", vendor_id="1", place=0, text=text, role="agent"))
    (turn,) = out.events
    assert turn.text == carried
    assert msgspec.json.decode(msgspec.json.encode(turn), type=type(turn)) == turn
    assert any("halves of characters" in item.reason for item in out.unmapped)


def test_a_turn_without_an_id_and_a_time_is_told():
    out = Collector("test", AdapterSettings(), Known(), Ledger(), Budget(), pseudonyms=WITHOUT_KEY)
    out.next_delivery(RECEIVED_MS)
    for more in ({"spoken_at": 5}, {"offset_ms": 5}, {}):
        known = len(out.unmapped)
        out.turn(Draft(node=Node(None), conversation_id="c", vendor_id=None, place=0, text="y", role="agent", **more))
        told = any("no id and no time" in item.reason for item in out.unmapped[known:])
        assert told == (not more)
