"""What is taken in: as large as it is sent on, and from a vendor as many events as one payload may hold."""

import asyncio
import gzip
import json

import pytest
from starlette.requests import Request

from tests.unit.adapters.payloads import body, lens_chat
from warmline.adapters import registry
from warmline.adapters.budget import Budget
from warmline.gateway.callers import Caller
from warmline.gateway.ingest import post_turns
from warmline.gateway.items import MAX_EVENT_BYTES
from warmline.gateway.payloads import post_payload
from warmline.gateway.problems import ProblemError

TURN = {"conversation_id": "c", "turn_id": "t", "role": "agent", "participant_id": "p", "text": "hello", "spoken_at": 1}


@pytest.fixture
def gateway(gateway_with):
    return gateway_with()


def answer(gateway, handler, raw, vendor=None):
    async def receive():
        return {"type": "http.request", "body": raw, "more_body": False}

    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}
    request = Request({**scope, "path_params": {"vendor": vendor}}, receive)
    return asyncio.run(handler(gateway, request, Caller(subject="desk", scopes=frozenset({"ingest"}))))


def test_an_event_that_grows_too_large_on_its_way_is_refused_and_spares_the_others(gateway):
    grown = json.dumps({**TURN, "vendor": {"x": ["*"]}}).replace('"*"', ",".join(["1e15"] * 100_000))
    assert len(grown) < MAX_EVENT_BYTES
    told = json.loads(answer(gateway, post_turns, f"[{grown}, {json.dumps(TURN)}]".encode()).body)
    assert [result["status"] for result in told["results"]] == ["invalid", "accepted"]
    assert told["results"][0]["error"] == f"is larger than {MAX_EVENT_BYTES} bytes"
    assert [len(record.value) < MAX_EVENT_BYTES for record in gateway.sender.records] == [True]


def test_a_payload_of_too_many_events_is_refused_as_a_whole(gateway, monkeypatch):
    monkeypatch.setattr(registry, "Budget", lambda: Budget(events=2))
    assert answer(gateway, post_payload, body(lens_chat()), "contact-lens").status_code == 202
    with pytest.raises(ProblemError) as refused:
        answer(gateway, post_payload, body([lens_chat(), {**lens_chat(), "ContactId": "other"}]), "contact-lens")
    assert refused.value.status == 413
    assert len(gateway.sender.records) == 2


def test_a_body_of_too_many_payloads_is_refused_as_a_whole(gateway):
    with pytest.raises(ProblemError) as refused:
        answer(gateway, post_payload, gzip.compress(b"[" + b"1," * 1_000_000 + b"1]"), "contact-lens")
    assert refused.value.status == 413
    assert gateway.sender.records == []


def test_half_a_character_spares_the_rest_of_a_vendor_s_batch(gateway):
    spoilt = body(lens_chat()).replace(b"I am Nora", b"I am \\ud83d")
    whole = body({**lens_chat(), "ContactId": "other"})
    told = answer(gateway, post_payload, spoilt + whole, "contact-lens")
    assert told.status_code == 202
    assert json.loads(told.body)["accepted"] == 2


def test_half_a_character_in_a_mail_is_no_fault_of_the_gateway(gateway):
    mail = "Content-Type: text/plain; charset=unicode_escape\nContent-Transfer-Encoding: quoted-printable\n\na \\ud800"
    dialog = {
        "type": "text",
        "start": "2025-02-19T21:16:00Z",
        "parties": 0,
        "mediatype": "message/rfc822",
        "body": mail,
    }
    vcon = {"uuid": "u", "parties": [{"name": "Ida", "role": "agent"}], "dialog": [dialog]}
    told = answer(gateway, post_payload, body(vcon), "vcon")
    assert told.status_code == 202
    assert json.loads(told.body)["accepted"] == 1
