"""What a caller's rate counts: every request that was let in, whatever became of it, also while others go on."""

import asyncio
import gzip
import json
from collections import Counter
from types import SimpleNamespace

import httpx
import pytest

from warmline.gateway import bodies
from warmline.gateway.app import build_app
from warmline.gateway.buckets import Buckets
from warmline.gateway.callers import Caller, UnknownCallerError
from warmline.settings import Secret

CALLER = Caller(subject="desk", scopes=frozenset({"ingest"}))
RATE = 5.0
BURST = 10
TURN = {"conversation_id": "c", "role": "agent", "participant_id": "p", "text": "hello", "spoken_at": 1}
BATCH = [{**TURN, "turn_id": f"t{number}"} for number in range(1000)]


@pytest.fixture
def gateway(gateway_with):
    built = gateway_with(gateway_rate_per_s=RATE, gateway_vendor_secrets=Secret("twilio=the vendor's"))

    async def caller_of(headers):
        if "authorization" not in headers:
            raise UnknownCallerError("missing")
        return CALLER

    built.buckets = Buckets(lambda: 0.0)
    built.access = SimpleNamespace(caller_of=caller_of)
    return built


def client_of(gateway, **headers):
    transport = httpx.ASGITransport(build_app(gateway))
    return httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers)


def answers(gateway, path, body, times, **headers):
    """Return how often each status was the answer to the same request, sent one by one."""

    async def ask():
        async with client_of(gateway, **headers) as client:
            return Counter([(await client.post(path, content=body)).status_code for _ in range(times)])

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/turns", b"[" * 10, 400),
        ("/v1/turns", json.dumps([{}] * 1001).encode(), 413),
        ("/v1/turns", b"{}", 422),
        ("/v1/adapters/vcon", b"{}", 422),
        ("/v1/adapters/contact-lens", gzip.compress(b"[" + b"1," * 20_001 + b"1]"), 413),
    ],
    ids=["no JSON", "too many", "nothing valid", "no payload", "too many payloads"],
)
def test_a_body_that_is_refused_counts_as_one(gateway, path, body, status):
    told = answers(gateway, path, body, BURST + 5, authorization="a key")
    assert told == {status: BURST, 429: 5}


def test_a_good_body_counts_as_much_as_it_holds(gateway):
    assert answers(gateway, "/v1/turns", json.dumps(BATCH[:4]).encode(), 5, authorization="a key") == {202: 3, 429: 2}
    assert gateway.buckets.wait_s(CALLER.account, RATE) == (1 + 2) / RATE


def test_requests_that_are_under_way_together_bring_a_caller_into_debt_by_one_of_them(gateway):
    async def ask():
        everybody_is_there = asyncio.Event()

        async def body():
            yield json.dumps(BATCH).encode()
            await everybody_is_there.wait()

        async with client_of(gateway, authorization="a key") as client:
            under_way = [asyncio.create_task(client.post("/v1/turns", content=body())) for _ in range(50)]
            await asyncio.sleep(0.2)
            everybody_is_there.set()
            return Counter([(await each).status_code for each in under_way])

    assert asyncio.run(ask()) == {202: 1, 429: 49}
    assert gateway.buckets.wait_s(CALLER.account, RATE) <= (len(BATCH) + 1) / RATE


def test_what_is_sent_in_a_vendor_s_name_without_its_signature_does_not_count_for_the_vendor(gateway):
    assert answers(gateway, "/v1/adapters/twilio", b"a=b", BURST + 5) == {401: BURST + 5}
    assert gateway.buckets.wait_s("subject:vendor:twilio", RATE) == 0


def test_bodies_under_way_have_a_common_bound_and_are_forgotten_with_their_requests(gateway, monkeypatch):
    monkeypatch.setattr(bodies, "BODIES_BYTES", 2500)

    async def ask():
        first_are_there = asyncio.Event()

        async def body():
            yield b" " * 1000
            await first_are_there.wait()
            yield b"[]"

        async with client_of(gateway, authorization="a key") as client:
            first = [asyncio.create_task(client.post("/v1/turns", content=body())) for _ in range(2)]
            await asyncio.sleep(0.2)
            refused = await client.post("/v1/turns", content=b" " * 1000)
            first_are_there.set()
            taken = [(await each).status_code for each in first]
            later = await client.post("/v1/turns", content=b" " * 1000 + b"[]")
            return refused, taken, later.status_code

    refused, taken, later = asyncio.run(ask())
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert taken == [202, 202]
    assert later == 202
    assert gateway.bodies.held == 0
