"""A vendor's signature in place of a key, at a running gateway: right, wrong, missing, replayed, behind a proxy.

What is answered 202 is looked for on the topic; what is refused must not be there.
"""

import json
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest

from tests.parts.kafka import KafkaPart
from tests.parts.store import RedisPart
from tests.support import signing
from tests.support.gateway import GatewayProcess, running_gateway
from tests.support.loops import read_all
from tests.unit.adapters.payloads import genesys_message, twilio_content, twilio_message
from warmline.contracts.topics import CONVERSATION_EVENTS
from warmline.contracts.turn import Turn

TOKEN, SECRET = "twilio's auth token with = and +", "of open messaging"
PUBLIC = "https://voice.example.com/warmline"
TWILIO, GENESYS = "/v1/adapters/twilio", "/v1/adapters/genesys"
WORDS = "Grüße & more: 100 % = «über» +1"


@pytest.fixture(scope="module", params=["as called", "behind a proxy"])
def gateway(
    request: pytest.FixtureRequest,
    kafka: KafkaPart,
    redis_server: RedisPart,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[GatewayProcess]:
    """A gateway that vendors call by its own address, and one that they call by a proxy's."""
    settings = {"gateway_vendor_secrets": f"twilio={TOKEN},genesys={SECRET}"}
    if request.param == "behind a proxy":
        settings["gateway_public_url"] = PUBLIC
    prefix = f"signed-{uuid.uuid4().hex[:8]}."
    folder = tmp_path_factory.mktemp("signed")
    with running_gateway(kafka.bootstrap, redis_server.url, folder, prefix, settings) as running:
        running.called = PUBLIC if "gateway_public_url" in settings else running.url
        yield running


def post(gateway: GatewayProcess, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
    with gateway.client(None) as client:
        return client.post(path, content=body, headers=headers)


def on_topic(gateway: GatewayProcess, conversation: str) -> list[Turn]:
    messages = read_all(gateway.bootstrap, gateway.prefix + CONVERSATION_EVENTS)
    return [
        msgspec.json.decode(message.value(), type=Turn)
        for message in messages
        if message.key() == conversation.encode()
    ]


def fresh() -> str:
    return f"CA{uuid.uuid4().hex}"


def test_a_signed_form_is_taken_in_word_for_word(gateway: GatewayProcess) -> None:
    call = fresh()
    fields = twilio_content(text=WORDS, CallSid=call, Track="inbound_track", InboundTrackLabel="customer")
    answer = post(gateway, TWILIO, *signing.twilio_form(gateway.called + TWILIO, fields, TOKEN))
    assert answer.status_code == 202, answer.text
    assert answer.json()["accepted"] == 1
    (turn,) = on_topic(gateway, call)
    assert (turn.text, turn.role, turn.turn_id) == (WORDS, "customer", "GT1-2")


def test_a_query_in_the_address_is_signed_with_it(gateway: GatewayProcess) -> None:
    call, path = fresh(), f"{TWILIO}?site=north%20side&x=a+b"
    fields = twilio_content(CallSid=call)
    body, headers = signing.twilio_form(gateway.called + path, fields, TOKEN)
    assert post(gateway, path, body, headers).status_code == 202
    assert post(gateway, path.replace("north", "south"), body, headers).status_code == 401
    assert post(gateway, TWILIO, body, headers).status_code == 401
    assert len(on_topic(gateway, call)) == 1


def test_the_standard_port_may_be_in_what_was_signed_or_not(gateway: GatewayProcess) -> None:
    scheme, host, path, *_ = urlsplit(gateway.called)
    port = {"https": 443, "http": urlsplit(gateway.url).port}[scheme]
    address = f"{scheme}://{host.partition(':')[0]}:{port}{path}{TWILIO}"
    call = fresh()
    assert post(gateway, TWILIO, *signing.twilio_form(address, twilio_content(CallSid=call), TOKEN)).status_code == 202
    assert len(on_topic(gateway, call)) == 1


def test_a_signed_json_body_is_held_against_the_digest_in_its_address(gateway: GatewayProcess) -> None:
    sid = f"GT{uuid.uuid4().hex}"
    sentences = [
        {"sid": f"GX{n}", "sentence_index": n, "media_channel": 1, "start_time": str(n), "transcript": f"line {n}"}
        for n in range(3)
    ]
    page = {"sentences": sentences, "meta": {"url": f"https://intelligence.twilio.com/v2/Transcripts/{sid}/Sentences"}}
    body = json.dumps(page).encode()
    called, headers = signing.twilio_json(gateway.called + TWILIO, body, TOKEN)
    path = f"{TWILIO}?{urlsplit(called).query}"
    assert post(gateway, path, body.replace(b"line 2", b"lime 2"), headers).status_code == 401
    assert post(gateway, TWILIO, body, headers).status_code == 401
    answer = post(gateway, path, body, headers)
    assert answer.status_code == 202, answer.text
    assert [turn.text for turn in on_topic(gateway, sid)] == ["line 0", "line 1", "line 2"]


def test_what_is_not_signed_by_the_vendor_never_reaches_the_topic(gateway: GatewayProcess) -> None:
    call = fresh()
    fields = twilio_content(CallSid=call)
    body, headers = signing.twilio_form(gateway.called + TWILIO, fields, TOKEN)
    elsewhere = signing.twilio_form(f"https://elsewhere.example{TWILIO}", fields, TOKEN)[1]
    other = signing.twilio_form(gateway.called + GENESYS, fields, TOKEN)[1]
    bare = {"Content-Type": headers["Content-Type"]}
    attempts = {
        "without": (TWILIO, body, bare),
        "empty": (TWILIO, body, {**bare, "X-Twilio-Signature": ""}),
        "another secret": (TWILIO, body, signing.twilio_form(gateway.called + TWILIO, fields, "other")[1]),
        "a field more": (TWILIO, body + b"&Role=agent", headers),
        "a field less": (TWILIO, body.partition(b"&")[2], headers),
        "another address": (TWILIO, body, elsewhere),
        "another route": (TWILIO, body, other),
        "another vendor's header": (TWILIO, body, signing.genesys(body, TOKEN)),
        "at another vendor's door": (GENESYS, body, headers),
        "at a door where nobody signs": ("/v1/adapters/vcon", body, headers),
        "at the door of turns": ("/v1/turns", body, headers),
    }
    found = {name: post(gateway, *attempt) for name, attempt in attempts.items()}
    assert {name: answer.status_code for name, answer in found.items()} == dict.fromkeys(attempts, 401)
    assert TOKEN not in "".join(answer.text for answer in found.values()) + gateway.log()
    assert "through to Ada" not in "".join(answer.text for answer in found.values()) + gateway.log()
    assert on_topic(gateway, call) == []
    with gateway.client("read") as client:
        assert client.post(TWILIO, content=body, headers=headers).status_code == 403, "a key counts before a signature"
    wrong = {**headers, "Authorization": "Bearer wl_a_b"}
    assert post(gateway, TWILIO, body, wrong).status_code == 401, "a wrong key is not made good by a signature"
    with gateway.client("ingest") as client:
        assert client.post(TWILIO, content=body, headers=bare).status_code == 202, "a key needs no signature"
    assert len(on_topic(gateway, call)) == 1


def test_a_replayed_delivery_is_the_same_turn_and_not_another(gateway: GatewayProcess) -> None:
    sid = f"CH{uuid.uuid4().hex}"
    for retry in ("0", "1", "1"):
        fields = twilio_message(ConversationSid=sid, RetryCount=retry)
        answer = post(gateway, TWILIO, *signing.twilio_form(gateway.called + TWILIO, fields, TOKEN))
        assert answer.status_code == 202
    assert {(turn.turn_id, turn.text) for turn in on_topic(gateway, sid)} == {("IM1", "Any news & when?")}


def test_genesys_signs_the_raw_body(gateway: GatewayProcess) -> None:
    session = f"g-{uuid.uuid4().hex}"
    message = genesys_message(text=WORDS)
    message["body"]["conversationId"] = session
    body = json.dumps(message, ensure_ascii=False).encode()
    headers = signing.genesys(body, SECRET)
    assert post(gateway, GENESYS, body + b" ", headers).status_code == 401
    assert post(gateway, GENESYS, body, signing.genesys(body, TOKEN)).status_code == 401
    assert post(gateway, GENESYS, body, headers).status_code == 202
    assert [turn.text for turn in on_topic(gateway, session)] == [WORDS]
