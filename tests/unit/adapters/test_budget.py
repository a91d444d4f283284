"""A body costs what its budget holds: over all that is compressed or wrapped in it, and before objects are made."""

import base64
import gzip
import json
import tracemalloc

import pytest

from tests.unit.adapters.payloads import RECEIVED_MS, base64_of, body, lens_call, lens_chat, turns
from warmline.adapters.adapted import AdapterError, TooMuchError
from warmline.adapters.budget import MAX_INFLATED_BYTES, MAX_LEFT_OUT, MAX_MARKS, MAX_PAYLOADS, MOST_TOLD, Budget
from warmline.adapters.registry import Adapting, adapt

MOST_BYTES = 60_000_000
"""What refusing may cost: hardly more than the text itself, which most of these are a few MB of."""


def packed(text):
    return base64.b64encode(gzip.compress(text)).decode()


def records(*data):
    return body({"Records": [{"kinesis": {"data": each}} for each in data]})


def escaped(text):
    """Return a JSON string in which every character is written by its number."""
    return b'"' + b"".join(b"\\u%04x" % byte for byte in text) + b'"'


ONES = b"[" + b"1," * 1_000_000 + b"1]"
OBJECTS = b"[" + b"{}," * (MAX_MARKS // 2) + b"{}]"
FULL = b'{"a":"' + b"x" * (MAX_INFLATED_BYTES // 3) + b'"}'
CUT = base64.b64encode(gzip.compress(b"x" * 60_000)[:-9]).decode()
TOO_MUCH = {
    "items": ONES,
    "compressed items": gzip.compress(ONES),
    "objects within one": b'{"Segments":' + OBJECTS + b"}",
    "lines": b"1\n" * (MAX_PAYLOADS + 1),
    "forms": b"a=1\n" * (MAX_PAYLOADS + 1),
    "fields": b"&".join([b"a=1"] * (MAX_MARKS + 2)),
    "escapes": b"a=" + b"%22" * MAX_MARKS,
    "characters that are not escaped": b"a=%22" + "éa".encode() * (MAX_MARKS + 1),
    "lines that end in a return": b"ab\r" * (MAX_MARKS + 2),
    "end to end": b"{}" * (MAX_PAYLOADS + 1),
    "records": body({"Records": [1] * (MAX_PAYLOADS + 1)}),
    "records of two partitions": body({"records": {"t-0": [1] * MAX_PAYLOADS, "t-1": [1]}}),
    "pulled messages": body({"receivedMessages": [1] * (MAX_PAYLOADS + 1)}),
    "records within records": records(*[base64_of({"Records": [1] * (MAX_PAYLOADS // 100)})] * 100),
    "values of several records": records(*[packed(b'{"a":' + OBJECTS[: MAX_MARKS // 2 - 1] + b"{}]}")] * 7),
    "compressed records": records(*[packed(FULL)] * 4),
    "compressed records that break off": records(*[CUT] * (MAX_INFLATED_BYTES // 65_536 + 1)),
    "a request's body": body({"httpMethod": "POST", "isBase64Encoded": True, "body": packed(ONES)}),
    "pieces of one payload": b'{"Segments":[' + b'{"a":1},' * MAX_LEFT_OUT + b'{"a":1}]}',
    "a text that is JSON": escaped(b"[" + b"1," * 300_000 + b"1]"),
    "lines in base64": b"\n".join([packed(FULL).encode()] * 4),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_costs_too_much_is_refused_as_a_whole_before_objects_are_made(name):
    with pytest.raises(TooMuchError, match="more than"):
        adapt("contact-lens", TOO_MUCH[name], "", received_ms=RECEIVED_MS)


@pytest.mark.parametrize("name", ["items", "compressed items", "objects within one", "lines", "escapes", "records"])
def test_refusing_it_costs_little(name):
    tracemalloc.start()
    try:
        with pytest.raises(AdapterError):
            adapt("contact-lens", TOO_MUCH[name], "", received_ms=RECEIVED_MS)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MOST_BYTES


def test_a_signed_vcon_s_payload_is_of_the_same_budget():
    signed = {"payload": packed(FULL), "signatures": []}
    with pytest.raises(TooMuchError, match="gzip that holds"):
        adapt("vcon", body([signed] * 4), "", received_ms=RECEIVED_MS)


def in_base64(mediatype, text):
    body = base64.urlsafe_b64encode(text).decode()
    return {"type": "text", "parties": 0, "mediatype": mediatype, "encoding": "base64url", "body": body}


TAKEN_APART = {
    "lines of a mail": in_base64("message/rfc822", b"Subject: x\n\n" + b"a\n" * MAX_MARKS),
    "headers of a mail": in_base64("multipart/mixed; boundary=x", b"a: b\n" * (MAX_MARKS + 1)),
    "references of a page": in_base64("text/html", b"&lt;" * (MAX_MARKS + 1)),
    "tags of a page": in_base64("text/html", b"<a>" * (MAX_MARKS + 1)),
    "a page in a mail": in_base64(
        "message/rfc822",
        b"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n" + base64.b64encode(b"<a>" * (MAX_MARKS + 1)),
    ),
}


@pytest.mark.parametrize("name", TAKEN_APART)
def test_what_a_mail_or_a_page_is_taken_apart_into_is_of_the_same_budget(name):
    with pytest.raises(TooMuchError, match="values"):
        adapt("vcon", body({"parties": [{}], "dialog": [TAKEN_APART[name]]}), "", received_ms=RECEIVED_MS)


@pytest.mark.parametrize("said", [b'{"segments":[' + b"{}," * MAX_MARKS + b"{}]}", b"a\n\n" * MAX_MARKS])
def test_a_transcript_that_a_vcon_holds_in_base64_is_of_the_same_budget(said):
    analysis = {**in_base64("", said), "type": "transcript", "dialog": 0}
    with pytest.raises(TooMuchError, match="values"):
        adapt("vcon", body({"parties": [{}], "dialog": [{}], "analysis": [analysis]}), "", received_ms=RECEIVED_MS)


def test_a_line_that_ends_in_a_return_and_a_line_feed_is_one():
    budget = Budget(marks=2)
    budget.take_text("1\r\n2\r3")
    assert budget.marks == 0


def test_words_that_twilio_writes_as_a_text_are_of_the_same_budget():
    callback = b'{"TranscriptionEvent":"transcription-content","CallSid":"C","TranscriptionData":'
    said = escaped(b'{"transcript":"x","a":[' + b"1," * MAX_MARKS + b"1]}")
    with pytest.raises(TooMuchError, match="values"):
        adapt("twilio", callback + said + b"}", "", received_ms=RECEIVED_MS)


def test_events_of_one_payload_are_counted_as_they_are_made():
    segment = lens_chat()["Segments"][0]
    many = {**lens_chat(), "Segments": [segment] * 10_001}
    with pytest.raises(TooMuchError, match="more than 10000 events"):
        adapt("contact-lens", body(many), "", received_ms=RECEIVED_MS)


def test_a_broken_payload_s_events_are_given_back_to_the_others():
    bad = lens_chat()
    bad["Segments"].append("x")
    adapting = Adapting("contact-lens")
    delivered = body(bad) + b"\n" + body(lens_chat())
    assert len(adapting.adapt(delivered, "", received_ms=RECEIVED_MS, budget=Budget(events=2)).events) == 2


def test_a_batch_as_large_as_a_function_takes_is_taken():
    call = base64_of({**lens_call(), "EventType": "KEEP_ALIVE", "Segments": []})
    outcome = adapt("contact-lens", records(*[call] * 9_999, base64_of(lens_call())), "", received_ms=RECEIVED_MS)
    assert outcome.deliveries == 10_000
    assert [event.turn_id for event in outcome.events] == ["t1", "t2"]


def test_of_what_became_no_event_the_first_are_told_and_the_rest_is_counted():
    alone = adapt("contact-lens", body(lens_call()), "", received_ms=RECEIVED_MS).unmapped
    outcome = adapt("contact-lens", b"1\n" * 999 + body(lens_call()), "", received_ms=RECEIVED_MS)
    assert len(outcome.events) == 2
    assert outcome.broken_deliveries == 999
    assert len(outcome.broken) == MOST_TOLD
    assert len(outcome.unmapped) == MOST_TOLD + 1
    last = outcome.unmapped[-1]
    assert (last.path, last.reason) == ("$", f"{999 + len(alone) - MOST_TOLD} more are not listed")


def test_a_batch_of_which_every_payload_is_broken_is_refused_however_many_they_are():
    with pytest.raises(AdapterError, match="an object is expected") as refused:
        adapt("contact-lens", b"1\n" * 999, "", received_ms=RECEIVED_MS)
    assert not isinstance(refused.value, TooMuchError)


def test_a_file_is_read_however_long_it_is_but_no_bomb():
    lines = b"\n".join([json.dumps({**lens_call(), "n": number}).encode() for number in range(MAX_PAYLOADS + 1)])
    adapting = Adapting("contact-lens")
    assert adapting.adapt(lines, "", received_ms=RECEIVED_MS).deliveries == MAX_PAYLOADS + 1
    with pytest.raises(TooMuchError, match="gzip that holds"):
        adapting.adapt(gzip.compress(b" " * (MAX_INFLATED_BYTES + 1)), "", received_ms=RECEIVED_MS)


def test_ordinary_bodies_are_far_from_it():
    assert len(turns("contact-lens", records(packed(body(lens_call()))))) == 2
