"""Bodies as delivered: JSON in every wrapping, forms, envelopes of queues and buses."""

import base64
import gzip
import json
import time

import pytest

from tests.unit.adapters.payloads import (
    RECEIVED_MS,
    adapted,
    base64_of,
    body,
    google_message,
    lens_call,
    lens_chat,
    paths,
    pubsub,
    turns,
    turns_of,
    twilio_content,
    twilio_message,
)
from warmline.adapters import body as bodies
from warmline.adapters.adapted import AdapterError
from warmline.adapters.budget import MAX_INFLATED_BYTES, Budget
from warmline.adapters.registry import VENDORS, adapt


def payloads(delivered, content_type=""):
    return bodies.payloads(delivered, content_type, Budget.of_file())


LINES = body(lens_chat()) + b"\r\n\n" + body(lens_call()) + b"\n"


@pytest.mark.parametrize(
    "delivered",
    [
        body(lens_chat()),
        b"\xef\xbb\xbf" + body(lens_chat()),
        json.dumps(lens_chat()).encode("utf-16"),
        json.dumps(lens_chat(), indent=2).encode(),
        gzip.compress(body(lens_chat())),
        body([lens_chat()]),
        body(json.dumps(lens_chat())),
        base64.b64encode(body(lens_chat())),
        base64.urlsafe_b64encode(gzip.compress(body(lens_chat()))),
    ],
    ids=["plain", "mark", "utf-16", "indented", "gzip", "array", "a string", "base64", "compressed base64"],
)
def test_one_payload_is_read_however_it_is_written(delivered):
    assert [turn.turn_id for turn in turns("contact-lens", delivered)] == ["m1", "m2"]


@pytest.mark.parametrize(
    "delivered",
    [LINES, LINES.replace(b"\r\n\n", b""), b"[" + LINES.strip().replace(b"\r\n\n", b",") + b"]"],
    ids=["lines", "end to end", "array"],
)
def test_several_payloads_are_read_in_their_order(delivered):
    assert [turn.turn_id for turn in turns("contact-lens", delivered)] == ["m1", "m2", "t1", "t2"]


def test_a_broken_line_spares_the_others_and_is_told_with_its_number():
    outcome = adapted("contact-lens", body(lens_chat()) + b'\n{"Segments": \n' + body(lens_call()))
    assert [turn.turn_id for turn in turns_of(outcome)] == ["m1", "m2", "t1", "t2"]
    assert [error.path for error in outcome.broken] == ["line 2: $"]
    assert "line 2: $" in paths(outcome)


def test_a_broken_payload_leaves_nothing_of_itself_and_counts_when_it_comes_again_whole():
    bad = lens_chat()
    bad["Segments"].append("x")
    outcome = adapted("contact-lens", body(bad) + b"\n" + body(lens_chat()))
    assert [turn.turn_id for turn in turns_of(outcome)] == ["m1", "m2"]
    assert [error.path for error in outcome.broken] == ["line 1: $.Segments[4]"]


@pytest.mark.parametrize(
    ("delivered", "message"),
    [
        (b"", "nothing is in it"),
        (b" \n ", "nothing is in it"),
        (b'{"a": ', "not JSON"),
        (b"hello there", "not JSON"),
        (b"17", "an object is expected"),
        (b"[1]", "an object is expected"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b"[" * 100_000, "deep"),
        (b'{"a":' * 100_000, "deep"),
        (b"\x1f\x8bnot gzip", "gzip"),
        (gzip.compress(b" " * (MAX_INFLATED_BYTES + 1)), "holds more than"),
        (gzip.compress(body(lens_chat()))[:-9], "cut short"),
    ],
    ids=range(12),
)
@pytest.mark.parametrize("vendor", ["contact-lens", "vcon"])
def test_what_cannot_be_read_is_refused_without_quoting_it(vendor, delivered, message):
    with pytest.raises(AdapterError, match=message) as refused:
        adapted(vendor, delivered)
    assert "hello there" not in str(refused.value)


def test_a_form_is_known_by_its_look_and_by_its_content_type():
    assert payloads(b"a=1&b=&c=%C3%BC+x")[0].value == {"a": "1", "b": "", "c": "ü x"}
    assert payloads(b"a b=1", "application/x-www-form-urlencoded; charset=utf-8")[0].value == {"a b": "1"}
    assert payloads(b'{"a": 1}', "application/x-www-form-urlencoded")[0].value == {"a": 1}


def test_a_form_with_too_many_fields_is_refused():
    with pytest.raises(AdapterError, match="more than"):
        adapted("twilio", b"&".join(b"a=%d" % i for i in range(1001)))


ARRIVED = 1_759_999_000.5
AWS = {
    "lambda": {"Records": [{"kinesis": {"data": base64_of(lens_call()), "approximateArrivalTimestamp": ARRIVED}}]},
    "records": {
        "Records": [{"Data": base64_of(lens_call()), "SequenceNumber": "1", "ApproximateArrivalTimestamp": ARRIVED}]
    },
    "pipe": [{"data": base64_of(lens_call()), "partitionKey": "k", "approximateArrivalTimestamp": ARRIVED}],
    "firehose": {"deliveryStreamArn": "a", "records": [{"recordId": "r", "data": base64_of(lens_call())}]},
    "kafka": {"eventSource": "aws:kafka", "records": {"t-0": [{"topic": "t", "value": base64_of(lens_call())}]}},
    "queue": {"Records": [{"messageId": "m", "body": json.dumps(lens_call())}]},
    "notification": {"Type": "Notification", "Message": json.dumps(lens_call()), "Timestamp": "2025-10-09T08:36:40.5Z"},
    "notification in a queue": {
        "Records": [
            {"messageId": "m", "body": json.dumps({"Type": "Notification", "Message": json.dumps(lens_call())})}
        ]
    },
    "notification to a function": {"Records": [{"Sns": {"TopicArn": "t", "Message": json.dumps(lens_call())}}]},
    "event": {"specversion": "1.0", "type": "x", "data": lens_call()},
    "request": {"httpMethod": "POST", "isBase64Encoded": True, "body": base64_of(lens_call())},
}


@pytest.mark.parametrize("name", AWS)
def test_envelopes_are_opened(name):
    found = turns("contact-lens", AWS[name])
    assert [turn.turn_id for turn in found] == ["t1", "t2"]
    timed = name in ("lambda", "records", "pipe", "notification")
    assert found[0].spoken_at == (1_759_999_000_500 if timed else RECEIVED_MS) - 7000


def test_a_form_comes_through_an_api_gateway():
    form = "EventType=onMessageAdded&ConversationSid=CH1&MessageSid=IM1&Body=Hello&Author=%2B1555"
    assert turns("twilio", {"requestContext": {}, "isBase64Encoded": False, "body": form})[0].text == "Hello"


def test_a_retried_batch_gives_each_turn_once_and_a_broken_record_spares_the_others():
    record = {"kinesis": {"data": base64_of(lens_call())}}
    outcome = adapted("contact-lens", {"Records": [record, {"kinesis": {"data": "!"}}, record]})
    assert [turn.turn_id for turn in turns_of(outcome)] == ["t1", "t2"]
    assert [error.path for error in outcome.broken] == ["$.Records[1].kinesis.data"]


def test_pulled_messages_are_opened():
    pulled = {"receivedMessages": [{"ackId": "a", "message": pubsub(google_message())["message"]}]}
    assert [turn.turn_id for turn in turns("google", pulled)] == ["m-1"]


@pytest.mark.parametrize(
    "notice", [{"Type": "SubscriptionConfirmation", "Token": "t"}, {"Records": [{"s3": {"object": {}}}]}]
)
def test_notices_of_the_bus_itself_are_no_turns(notice):
    outcome = adapted("contact-lens", notice)
    assert outcome.events == ()
    assert len(outcome.unmapped) == 1


def test_envelopes_without_end_are_refused():
    event = lens_call()
    for _ in range(9):
        event = {"specversion": "1.0", "data": event}
    with pytest.raises(AdapterError, match="too many envelopes"):
        adapted("contact-lens", event)


def test_a_vendor_that_is_not_there_is_a_key_error():
    assert VENDORS == ("contact-lens", "genesys", "twilio", "google", "vcon", "generic")
    with pytest.raises(KeyError):
        adapt("nobody", b"{}", "", received_ms=0)


def test_ids_and_texts_beyond_the_contract_s_limits_are_cut_or_hashed_and_told():
    outcome = adapted("twilio", body(twilio_message(ConversationSid="C" * 300, Body="ab " * 40_000)))
    (turn,) = turns_of(outcome)
    assert (len(turn.conversation_id), len(turn.text)) == (32, 65_536)
    assert any("longer than" in item.reason for item in outcome.unmapped)


def test_a_confidence_or_language_out_of_bounds_is_left_out_and_told():
    said = json.dumps({"transcript": "Hello.", "confidence": 7})
    outcome = adapted("twilio", body(twilio_content(TranscriptionData=said, LanguageCode="x" * 70)))
    (turn,) = turns_of(outcome)
    assert (turn.asr_confidence, turn.language) == (None, None)
    assert sum("left out" in item.reason for item in outcome.unmapped) == 2


def test_a_broken_first_line_spares_the_others():
    found = payloads(b'{"a": \n{"a": 1}\n{"a": 2}\n')
    assert [isinstance(each, AdapterError) for each in found] == [True, False, False]
    assert found[0].path == "line 1: $"
    with pytest.raises(AdapterError, match="not JSON"):
        payloads(b'{\n"a": [\n{}\n,\n{}\n')


def test_only_line_ends_end_a_line():
    found = payloads('{"a": "x\u2028y\u0085z\x0c"}\n{"a": "\u2029"}'.encode().replace(b"\x0c", b"\\f"))
    assert [node.value["a"] for node in found] == ["x\u2028y\u0085z\x0c", "\u2029"]


MEMBERS = gzip.compress(body(lens_chat()) + b"\n") + gzip.compress(body(lens_call()) + b"\n")


def test_all_members_of_a_gzip_body_are_read():
    assert [turn.turn_id for turn in turns("contact-lens", MEMBERS)] == ["m1", "m2", "t1", "t2"]


@pytest.mark.parametrize(
    ("delivered", "message"),
    [
        (MEMBERS + b"and more", "gzip"),
        (MEMBERS[:-3], "cut short"),
        (gzip.compress(b" " * MAX_INFLATED_BYTES) + gzip.compress(b"{}"), "holds more than"),
    ],
    ids=["something else behind it", "cut", "large together"],
)
def test_a_gzip_body_that_is_not_whole_is_refused(delivered, message):
    with pytest.raises(AdapterError, match=message):
        adapted("contact-lens", delivered)


@pytest.mark.parametrize("spoilt", [b'"\\ud83d"', b"NaN", b'{"a": -Infinity}'], ids=["half a character", "nan", "inf"])
def test_what_is_no_json_spares_its_neighbours_end_to_end(spoilt):
    found = payloads(b'{"a": 1}{"a": ' + spoilt + b'} {"a": 3}')
    assert [each.path for each in found] == ["value 1: $", "value 2: $", "value 3: $"]
    assert [isinstance(each, AdapterError) for each in found] == [False, True, False]


def test_many_values_end_to_end_take_a_time_by_their_number():
    begun = time.process_time()
    assert len(payloads(b'{"a": "%s"}' % (b"x" * 30) * 100_000)) == 100_000
    assert time.process_time() - begun < 5


def test_firehose_s_posts_to_an_endpoint_are_opened_in_their_own_time():
    posted = {"requestId": "r", "timestamp": 1_759_999_000_500, "records": [{"data": base64_of(lens_call())}]}
    found = turns("contact-lens", posted)
    assert [turn.turn_id for turn in found] == ["t1", "t2"]
    assert found[0].spoken_at == 1_759_999_000_500 - 7000
