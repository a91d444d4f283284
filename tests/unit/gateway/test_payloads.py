"""A vendor's payload through the gateway's route, from its settings to the record: who is in it, by which key."""

import asyncio

import msgspec
from starlette.requests import Request

from tests.unit.adapters.payloads import body, vcon_chat
from warmline.adapters.pseudonyms import WITHOUT_KEY, Pseudonyms
from warmline.contracts.turn import Turn
from warmline.gateway.callers import Caller
from warmline.gateway.payloads import post_payload
from warmline.settings import Secret

NUMBER = "+15550100002"
KEY = "the gateways' own, 32 bytes long"
VARIABLE = "WARMLINE_GATEWAY_PSEUDONYM_KEY"


def people(gateway):
    """Return who speaks in a vCon's turns, as they stand in the records."""

    async def receive():
        return {"type": "http.request", "body": body(vcon_chat()), "more_body": False}

    scope = {"type": "http", "method": "POST", "path": "/v1/adapters/vcon", "query_string": b"", "headers": []}
    request = Request({**scope, "path_params": {"vendor": "vcon"}}, receive)
    caller = Caller(subject="desk", scopes=frozenset({"ingest"}))
    answer = asyncio.run(post_payload(gateway, request, caller))
    assert answer.status_code == 202
    return [msgspec.json.decode(record.value, type=Turn).participant_id for record in gateway.sender.records]


def warnings_of(caplog):
    return [record.getMessage() for record in caplog.records if VARIABLE in record.getMessage()]


def test_a_payload_s_people_have_pseudonyms_by_the_gateway_s_key(gateway_with, caplog):
    found = people(gateway_with(gateway_pseudonym_key=Secret(KEY)))
    assert found[1] == found[2] == Pseudonyms.of_secret(KEY).of(NUMBER)
    assert found == people(gateway_with(gateway_pseudonym_key=Secret(KEY))), "the same on every instance"
    assert found[1] != people(gateway_with(gateway_pseudonym_key=Secret("another")))[1]
    assert warnings_of(caplog) == []
    assert KEY not in caplog.text


def test_without_a_key_they_have_the_ids_of_before_and_the_start_says_once_what_to_set(gateway_with, caplog):
    gateway = gateway_with()
    assert people(gateway)[1] == WITHOUT_KEY.of(NUMBER)
    assert people(gateway)[1] == WITHOUT_KEY.of(NUMBER)
    (warning,) = warnings_of(caplog)
    assert "openssl rand" in warning
