"""What a payload costs grows with its length alone: not with how often each of its turns asks for the rest of it."""

import json
import time

import pytest

from tests.unit.adapters.payloads import (
    RECEIVED_MS,
    adapted,
    base64_of,
    body,
    google_message,
    google_recognised,
    lens_call,
    paths,
    pubsub,
    turns,
    turns_of,
)
from warmline.adapters.adapted import AdapterError
from warmline.adapters.budget import MAX_PAYLOADS
from warmline.adapters.nodes import LONGEST_NAME, LONGEST_WORD
from warmline.adapters.registry import adapt


def vcon(parties, *dialogs, said=()):
    analysis = [{"type": "transcript", "dialog": 0, "body": said}] if said else []
    return {"parties": parties, "dialog": list(dialogs), "analysis": analysis}


def labelled(*labels):
    return [{"text": "x", "speaker": label} for label in labels]


def named(count):
    return [{"name": f"n{number}"} for number in range(count)]


TWO = {"parties": [0, 1]}
DATED = [{"parties": 0, "body": "x", "start": "2025-01-01T00:00:00Z"}] * 1_500
RECORDED = [{"type": "recording", "parties": 0, "start": "2026-01-01T00:00:00Z"}] * 1_500
MANY = {
    "users of a file": (
        "genesys",
        {
            "conversationId": "c",
            "participants": [{}] * 3_000,
            "phrases": [{"participantPurpose": "agent", "text": "x"}] * 3_000,
        },
    ),
    "an attribute of many messages": (
        "google",
        pubsub([google_recognised()] * 3_000, message_id=f"projects/{'p' * 3_000_000}"),
    ),
    "parties without roles": ("vcon", vcon([{}] * 150_000, *[{"parties": 0, "body": "x"}] * 2_500)),
    "parties of the first dialog": (
        "vcon",
        vcon([{}, {}], {"parties": [0] * 4_000, "body": "x"}, *[{"parties": 1, "body": "x"}] * 4_000),
    ),
    "labels": ("vcon", vcon([{}, {}], TWO, said=labelled(*(f"n{number}" for number in range(9_000))))),
    "names": ("vcon", vcon(named(3_000), TWO, said=labelled(*(f"n{number}" for number in range(3_000))))),
    "words for a role": ("vcon", vcon(named(3_000), TWO, said=labelled(*["agent"] * 3_000))),
    "texts beside recordings": (
        "vcon",
        {
            "parties": [{"role": "customer"}],
            "dialog": DATED + RECORDED,
            "analysis": [
                {"type": "transcript", "dialog": len(DATED) + number, "body": [{"text": "x"}]}
                for number in range(len(RECORDED))
            ],
        },
    ),
}


@pytest.mark.parametrize("name", MANY)
def test_each_turn_costs_the_same_however_much_is_told_beside_it(name):
    vendor, payload = MANY[name]
    delivered = json.dumps(payload).encode()
    begun = time.process_time()
    assert adapt(vendor, delivered, "", received_ms=RECEIVED_MS).events
    assert time.process_time() - begun < 4


def test_many_lines_that_are_none_of_json_are_known_by_the_first_ones():
    begun = time.process_time()
    with pytest.raises(AdapterError, match="not JSON"):
        adapt("vcon", b"ab\n" * 900_000, "", received_ms=RECEIVED_MS)
    assert time.process_time() - begun < 4


def test_a_value_over_more_lines_than_a_body_may_have_is_no_batch_of_lines():
    broken = b"{\n" + b'"a": 1,\n' * (MAX_PAYLOADS + 1) + b'"b"\n}'
    with pytest.raises(AdapterError, match="not JSON"):
        adapt("vcon", broken, "", received_ms=RECEIVED_MS)


def of_partition(name, *records):
    return adapted("contact-lens", {"records": {name: [*records, {"data": base64_of(lens_call())}]}})


def test_a_long_name_of_a_partition_is_cut_in_the_paths_and_a_topic_s_is_told_whole():
    outcome = of_partition("k" * 50_000, *[1] * 300)
    assert len(turns_of(outcome)) == 2
    assert len(outcome.broken) == 200
    assert max(map(len, paths(outcome))) < 2 * LONGEST_NAME
    assert outcome.broken[-1].path == f"$.records.{'k' * LONGEST_NAME}…[199]"
    topic = "t" * 249 + "-0"
    assert of_partition(topic, 1).broken[0].path == f"$.records.{topic}[0]"


@pytest.mark.parametrize(
    ("vendor", "payload"),
    [
        ("contact-lens", {**lens_call(), "Segments": [*lens_call()["Segments"], {"k" * 50_000: {}}]}),
        ("google", {"message": google_message()["newMessagePayload"], "k" * 50_000: {}}),
    ],
)
def test_a_long_name_of_a_field_that_is_no_turn_is_cut_too(vendor, payload):
    told = paths(adapted(vendor, payload))
    assert any(path.endswith("k…") for path in told)
    assert max(map(len, told)) < 2 * LONGEST_NAME


def test_an_absurd_id_is_refused_with_its_path_and_spares_the_other_payloads():
    longest, absurd = {**lens_call(), "ContactId": "c" * LONGEST_WORD}, {**lens_call(), "ContactId": "c" * 1_000_000}
    assert len(turns("contact-lens", longest)) == 2
    outcome = adapted("contact-lens", body(absurd) + b"\n" + body(longest))
    assert len(turns_of(outcome)) == 2
    (error,) = outcome.broken
    assert (error.path, error.message) == (
        "line 1: $.ContactId",
        f"an identifier is expected here, not a text of more than {LONGEST_WORD} characters",
    )
