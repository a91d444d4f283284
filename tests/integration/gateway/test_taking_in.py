"""Turns come in by HTTP and WebSocket; what is answered 202 is on the topic, as the contracts say."""

import asyncio
import json

import msgspec
import pytest
from websockets.asyncio.client import connect

from tests.support.gateway import SPOKEN_MS, GatewayProcess, turn
from tests.support.loops import read_all
from warmline.bus.envelope import header
from warmline.contracts.ids import deterministic_id
from warmline.contracts.topics import CONVERSATION_EVENTS
from warmline.contracts.turn import Turn

JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}


def on_topic(gateway, conversation):
    messages = read_all(gateway.bootstrap, gateway.prefix + CONVERSATION_EVENTS)
    return [message for message in messages if message.key() == conversation.encode()]


def test_one_turn_is_on_the_topic_when_it_is_answered(gateway: GatewayProcess) -> None:
    given = turn(1, "one", vendor={"score": 0.3}, unknown_field="is tolerated and dropped")
    with gateway.client() as client:
        answer = client.post("/v1/turns", json=given)
    assert answer.status_code == 202
    assert answer.json() == {"accepted": 1, "results": [{"index": 0, "turn_id": "t-1", "status": "accepted"}]}
    (message,) = on_topic(gateway, "one")
    assert msgspec.json.decode(message.value(), type=Turn) == msgspec.convert(given, Turn)
    assert b"unknown_field" not in message.value()
    headers = message.headers()
    assert header(headers, "ce_type") == b"conversation.turn"
    assert header(headers, "ce_id") == deterministic_id("conversation.turn", "one", "t-1").encode()
    assert header(headers, "ce_source") == b"warmline/gateway"


def test_a_batch_says_of_each_item_what_became_of_it_and_takes_the_good_ones(gateway: GatewayProcess) -> None:
    items = [
        turn(1, "batch"),
        turn(2, "batch", role="Customer"),
        turn(3, "batch", spoken_at="yesterday"),
        {"type": "conversation.started", "conversation_id": "batch", "at": SPOKEN_MS},
        {"type": "conversation.ended", "conversation_id": "batch", "at": SPOKEN_MS + 9, "reason": "completed"},
        {"type": "conversation.exploded", "conversation_id": "batch"},
        turn(4, "batch", spoken_at=SPOKEN_MS * 2),
        turn(5, "batch", vendor={"a": json.loads("[" * 40 + "]" * 40)}),
        {"turn_id": "t-6"},
        7,
    ]
    with gateway.client("ingest") as client:
        answer = client.post("/v1/turns", json=items)
    assert answer.status_code == 202
    told = answer.json()
    assert told["accepted"] == 3
    assert [(result["status"], result["turn_id"]) for result in told["results"]] == [
        ("accepted", "t-1"),
        ("invalid", "t-2"),
        ("invalid", "t-3"),
        ("accepted", None),
        ("accepted", None),
        ("invalid", None),
        ("invalid", "t-4"),
        ("invalid", "t-5"),
        ("invalid", "t-6"),
        ("invalid", None),
    ]
    assert [result.get("path") for result in told["results"] if result["status"] == "invalid"] == [
        "$.role",
        "$.spoken_at",
        "$.type",
        "$.spoken_at",
        "$.vendor",
        "$",
        "$",
    ]
    assert "Customer" not in answer.text
    assert "yesterday" not in answer.text
    kinds = [header(message.headers(), "ce_type") for message in on_topic(gateway, "batch")]
    assert kinds == [b"conversation.turn", b"conversation.started", b"conversation.ended"]


def test_lines_of_json_are_items_each_and_a_broken_line_costs_itself_alone(gateway: GatewayProcess) -> None:
    body = "\n".join([json.dumps(turn(1, "lines")), "", '{"broken', json.dumps(turn(2, "lines"))])
    with gateway.client("ingest") as client:
        answer = client.post("/v1/turns", content=body, headers=NDJSON)
    assert answer.status_code == 202
    assert [result["status"] for result in answer.json()["results"]] == ["accepted", "invalid", "accepted"]
    assert len(on_topic(gateway, "lines")) == 2


def test_the_same_turn_twice_has_one_id(gateway: GatewayProcess) -> None:
    with gateway.client("ingest") as client:
        for _ in range(2):
            assert client.post("/v1/turns", json=turn(1, "twice")).status_code == 202
    messages = on_topic(gateway, "twice")
    assert len({header(message.headers(), "ce_id") for message in messages}) == 1
    assert len({message.value() for message in messages}) == 1


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b'{"broken', JSON, 400),
        (b"\xff\xfe", JSON, 400),
        (b"", JSON, 400),
        (b"[" * 100_000, JSON, 400),
        (b"[1, 2", JSON, 400),
        (b"{}", JSON, 422),
        (b'"turn"', JSON, 422),
        (json.dumps([turn(1)] * 1001).encode(), JSON, 413),
        (b'{"a":"' + b"x" * 4_200_000 + b'"}', JSON, 413),
        (json.dumps(turn(1, text="x" * 65_537)).encode(), JSON, 422),
        (json.dumps(turn(1)).encode(), {"Content-Type": "text/xml"}, 415),
        (json.dumps(turn(1)).encode("utf-16"), {"Content-Type": "application/json; charset=utf-16"}, 415),
        (json.dumps(turn(1)).encode(), {**JSON, "Content-Encoding": "gzip"}, 415),
    ],
    ids=[
        "broken",
        "no utf-8",
        "empty",
        "deep",
        "cut",
        "no turn",
        "text",
        "many",
        "large",
        "long",
        "xml",
        "utf-16",
        "gzip",
    ],
)
def test_what_cannot_be_taken_is_answered_with_a_problem(
    gateway: GatewayProcess, body: bytes, headers: dict[str, str], status: int
) -> None:
    with gateway.client("ingest") as client:
        answer = client.post("/v1/turns", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert "parcel" not in answer.text


def test_an_answer_carries_the_headers_that_keep_a_browser_safe(gateway: GatewayProcess) -> None:
    with gateway.client(None) as client:
        answers = [client.get("/v1/openapi.json"), client.get("/nothing"), client.get("/v1/alerts")]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "server" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers


def test_a_stream_acknowledges_each_turn_in_order(gateway: GatewayProcess) -> None:
    sent = [json.dumps(turn(number, "stream")) for number in range(1, 101)]
    sent[49] = '{"broken'
    address = gateway.url.replace("http", "ws") + "/v1/turns/stream"

    async def talk() -> list[dict]:
        async with connect(address, additional_headers=gateway.headers("ingest")) as socket:
            for each in sent[:60]:
                await socket.send(each)
            for each in sent[60:]:
                await socket.send(each.encode())
            return [json.loads(await socket.recv()) for _ in sent]

    acks = asyncio.run(talk())
    assert [ack["seq"] for ack in acks] == list(range(1, 101))
    assert [ack["seq"] for ack in acks if ack["status"] != "accepted"] == [50]
    assert len(on_topic(gateway, "stream")) == 99


def test_a_vendors_payload_is_adapted_and_what_has_no_place_is_told(gateway: GatewayProcess) -> None:
    vcon = {
        "vcon": "0.0.1",
        "uuid": "018f6b1e-0000-7000-8000-000000000001",
        "created_at": "2026-01-05T09:00:00Z",
        "parties": [{"role": "customer", "name": "c"}, {"role": "agent", "name": "a"}],
        "dialog": [
            {"type": "text", "start": "2026-01-05T09:00:01Z", "parties": [0, 1], "body": "my parcel is late"},
            {"type": "text", "start": "2026-01-05T09:00:05Z", "parties": [1, 0], "body": "let me look"},
        ],
    }
    with gateway.client("ingest") as client:
        answer = client.post("/v1/adapters/vcon", json=vcon)
        assert client.post("/v1/adapters/nobody", json=vcon).status_code == 404
        broken = client.post("/v1/adapters/vcon", content=b'{"broken', headers=JSON)
    assert answer.status_code == 202, answer.text
    assert {result["status"] for result in answer.json()["results"]} == {"accepted"}
    assert answer.json()["accepted"] >= 2
    assert broken.status_code == 422
    assert "path" in broken.json()


def test_neither_words_nor_keys_are_logged(gateway: GatewayProcess) -> None:
    with gateway.client("ingest") as client:
        client.post("/v1/turns", json=turn(1, text="a very private sentence"))
        client.post("/v1/turns", json=turn(1, role="a very private role"))
    with gateway.client(None) as client:
        client.post("/v1/turns", json=turn(1), headers={"X-Api-Key": "wl_private_key"})
    logged = gateway.log()
    assert "listening" in logged
    for secret in ("private", "parcel", *gateway.keys.values()):
        assert secret not in logged
