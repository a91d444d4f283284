"""Hostile HTTP and WebSocket inputs: no 5xx but honest 503s, no growth, and as much on the topic as was accepted.

`WARMLINE_TEST_GATEWAY_HOSTILE` sets how many; 100000 is the full form, the default is what a test run can afford.
"""

import asyncio
import gzip
import json
import os
import random
import socket
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka import Producer
from hypothesis import HealthCheck, given, settings, strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.support.gateway import GatewayProcess, turn
from tests.support.hostile import hostile_inputs
from tests.support.loops import await_that, read_all
from warmline.contracts.topics import CONVERSATION_EVENTS, CONVERSATION_WINDOWS
from warmline.gateway.table import ROUTES

COUNT = int(os.environ.get("WARMLINE_TEST_GATEWAY_HOSTILE", "1500"))
AT_ONCE = 16
GROWTH_BYTES = 40_000_000
EXAMPLES = Path(__file__).parents[3] / "schemas" / "examples"
PATHS = [
    *{route.path for route in ROUTES if route.path != "/v1/events"},
    "/",
    "/../..",
    "/v1/turns/",
    "/%00",
    "/console/x",
]
METHODS = ["GET", "POST", "POST", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "TRACE"]
HEADERS: list[dict[str, str]] = [
    {"Content-Type": "application/json"},
    {"Content-Type": "application/x-ndjson"},
    {"Content-Type": "application/json; charset=utf-7"},
    {"Content-Type": "\x7f;;;=,"},
    {"Content-Encoding": "gzip, br"},
    {"Authorization": "Bearer " + "a" * 9000},
    {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
    {"X-Api-Key": "wl__"},
    {"Cookie": "warmline_session=a.b; warmline_session=;;\x80"},
    {"Last-Event-ID": "w1.2.3-a"},
    {"Accept": "*/*;q=nonsense"},
    {"X-Large": "x" * 20_000},
    {"Upgrade": "websocket", "Connection": "Upgrade"},
    {"Expect": "100-continue"},
    {"X-Forwarded-For": "999.1.1.1", "Host": "elsewhere.example"},
]
RAW = [
    b"",
    b"\x00" * 100,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"POST /v1/turns HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{",
    b"POST /v1/turns HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n{}",
    b"POST /v1/turns HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n{}",
    b"POST /v1/turns HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: " + b"b" * 200_000 + b"\r\n\r\n",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nA",
    b"GET /v1/turns/stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n" * 50,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
]


class Tally:
    """What was answered."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.accepted = 0
        self.unkind: list[str] = []

    def note(self, what: str, status: int, headers: Any, body: bytes) -> None:
        self.statuses[status] += 1
        if status == 202:
            self.accepted += json.loads(body).get("accepted", 0)
        if status >= 500 and (status != 503 or "retry-after" not in headers):
            self.unkind.append(f"{what}: {status}")
        if b"parcel" in body:
            self.unkind.append(f"{what}: quotes the input")


def on_topic(gateway: GatewayProcess) -> int:
    return len(read_all(gateway.bootstrap, gateway.prefix + CONVERSATION_EVENTS))


def resident_bytes(gateway: GatewayProcess, figure: str = "VmRSS") -> int:
    status = Path(f"/proc/{gateway.process.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(figure)).split()[1]) * 1024


def peak_bytes(gateway: GatewayProcess) -> int:
    return resident_bytes(gateway, "VmHWM")


@pytest.mark.timeout(max(300, COUNT // 40))
def test_hostile_requests_are_answered_and_what_was_accepted_is_on_the_topic(gateway: GatewayProcess) -> None:
    before = on_topic(gateway)
    tally = Tally()
    rng = random.Random(5)
    bodies = [value or b"" for _, value in hostile_inputs(COUNT, seed=5)]
    third = COUNT // 3
    asyncio.run(attack(gateway, tally, rng, bodies[:third]))
    warm = resident_bytes(gateway)
    asyncio.run(attack(gateway, tally, rng, bodies[third:]))
    assert tally.unkind == []
    assert tally.statuses[202] > 0
    assert tally.statuses[422] > 0
    assert {400, 401, 404, 405} <= set(tally.statuses), tally.statuses
    assert on_topic(gateway) - before == tally.accepted
    assert resident_bytes(gateway) - warm < GROWTH_BYTES
    with gateway.client() as client:
        assert client.get("/readyz").status_code == 200
    assert "could not be served" not in gateway.log()
    assert "parcel" not in gateway.log()


async def attack(gateway: GatewayProcess, tally: Tally, rng: random.Random, bodies: list[bytes]) -> None:
    """Send each body: most to the door for turns, some anywhere, some as a WebSocket's messages, some as raw bytes."""
    waiting = list(enumerate(bodies))

    async def work() -> None:
        async with httpx.AsyncClient(base_url=gateway.url, timeout=60, verify=False) as http:  # noqa: S501 # no TLS
            while waiting:
                number, body = waiting.pop()
                if number % 10 < 6:
                    await post(http, gateway, tally, rng, body)
                elif number % 10 < 8:
                    await anything(http, gateway, tally, rng, body)
                elif number % 10 == 8:
                    await raw(gateway, rng)
                else:
                    await stream(gateway, tally, rng, body)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


async def post(http: httpx.AsyncClient, gateway: GatewayProcess, tally: Tally, rng: random.Random, body: bytes) -> None:
    headers = {**gateway.headers("ingest"), **rng.choice(HEADERS[:2])}
    answer = await http.post("/v1/turns", content=body, headers=headers)
    tally.note("post", answer.status_code, answer.headers, answer.content)


async def anything(
    http: httpx.AsyncClient, gateway: GatewayProcess, tally: Tally, rng: random.Random, body: bytes
) -> None:
    method, path = rng.choice(METHODS), rng.choice(PATHS)
    given = rng.choice(HEADERS)
    headers = {name: value.encode("latin-1") for name, value in {**gateway.headers("all"), **given}.items()}
    if "DELETE" in method or rng.random() < 0.3:
        headers.pop("Authorization", None)
    path = path.replace("{vendor}", rng.choice(["twilio", "genesys", "google", "vcon", "contact-lens", "generic", "x"]))
    try:
        answer = await http.request(method, path, content=body, headers=headers)
    except httpx.TransportError:
        return  # cut off: it was that bad
    tally.note(f"{method} {path}", answer.status_code, answer.headers, answer.content)


async def raw(gateway: GatewayProcess, rng: random.Random) -> None:
    """Say something that is no HTTP, by halves, and hang up in one way or another."""

    def talk() -> None:
        with socket.create_connection(gateway.address, timeout=10) as connection:
            said = rng.choice(RAW)
            cut = rng.randrange(len(said) + 1)
            try:
                connection.sendall(said[:cut])
                connection.sendall(said[cut:])
                connection.shutdown(socket.SHUT_WR)
                connection.settimeout(1)
                answer = connection.recv(65_536)
            except OSError:
                return
            assert not answer.startswith((b"HTTP/1.1 500", b"HTTP/1.1 502")), said[:60]

    await asyncio.to_thread(talk)


async def stream(gateway: GatewayProcess, tally: Tally, rng: random.Random, body: bytes) -> None:
    """Send messages over a WebSocket and read an acknowledgement for each, until the gateway hangs up."""
    address = gateway.url.replace("http", "ws") + "/v1/turns/stream"
    try:
        async with connect(address, additional_headers=gateway.headers("ingest"), close_timeout=1) as socket_:
            await socket_.send(body if rng.random() < 0.5 else body.decode("utf-8", "replace"))
            ack = json.loads(await socket_.recv())
            assert ack["status"] in {"accepted", "invalid"}, ack
            tally.accepted += ack["status"] == "accepted"
            await socket_.send("x" * rng.choice([1, 1_200_000]))
            await socket_.recv()
    except WebSocketException:
        return  # hung up: a message too large


methods = st.sampled_from(METHODS)
paths = st.sampled_from(PATHS) | st.text(st.characters(codec="utf-8"), max_size=30).map(lambda text: "/v1/" + text)
queries = st.dictionaries(st.sampled_from(["limit", "since", "queue", "status", "severity", "x"]), st.text(max_size=20))
headers_ = st.dictionaries(
    st.sampled_from(["Content-Type", "Accept", "Cookie", "X-Api-Key", "Authorization", "Last-Event-ID", "Range"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)


@given(methods, paths, queries, headers_, st.binary(max_size=200))
@settings(max_examples=max(50, COUNT // 10), deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@pytest.mark.timeout(max(300, COUNT // 40))
def test_whatever_is_asked_is_answered_below_500(gateway, method, path, query, headers, body):
    with gateway.client() as client:
        try:
            answer = client.request(method, path, params=query, headers=headers, content=body)
        except (httpx.InvalidURL, httpx.LocalProtocolError, UnicodeEncodeError):
            return  # the client itself refuses to send it
    assert answer.status_code < 500 or (answer.status_code == 503 and "retry-after" in answer.headers)


def test_a_small_body_that_holds_millions_of_payloads_costs_little_and_nobody_waits(gateway: GatewayProcess) -> None:
    bomb = gzip.compress(b"[" + b"1," * 1_000_000 + b"1]")
    with gateway.client("ingest") as client:
        most = peak_bytes(gateway)
        for _ in range(3):
            answer = client.post("/v1/adapters/contact-lens", content=bomb)
            assert answer.status_code == 413, answer.text
        assert peak_bytes(gateway) - most < GROWTH_BYTES
        alone = client.post("/v1/adapters/contact-lens", json=[1] * 5_000)
        assert alone.status_code == 422
        assert len(alone.content) < 1_000, "not a line for each"


def test_a_client_that_sends_no_head_or_no_end_of_it_is_cut_off(gateway: GatewayProcess) -> None:
    slow = []
    for said in (b"", b"GET / HTTP/1.1\r\nHost: x\r\n"):
        connection = socket.create_connection(gateway.address, timeout=30)
        connection.sendall(said)
        slow.append(connection)
    with gateway.client("ingest") as client:
        assert client.post("/v1/turns", json=turn(1, "beside")).status_code == 202, "others are served meanwhile"
    for connection in slow:
        with connection:
            assert cut_off(connection)


def cut_off(connection: socket.socket) -> bool:
    """Return whether the other side ends the connection without a word, before the socket's own time-out."""
    try:
        return connection.recv(100) == b""
    except ConnectionResetError:
        return True


def test_a_reader_that_does_not_read_is_let_go(gateway: GatewayProcess) -> None:
    window = (EXAMPLES / "conversation.window.json").read_bytes().replace(b"\n", b"")
    producer = Producer({"bootstrap.servers": gateway.bootstrap})
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(gateway.address)
        connection.settimeout(30)
        key = gateway.keys["read"].encode()
        connection.sendall(b"GET /v1/events HTTP/1.1\r\nHost: x\r\nX-Api-Key: " + key + b"\r\n\r\n")
        assert connection.recv(15) == b"HTTP/1.1 200 OK"
        await_that(lambda: gateway.process.metric("warmline_gateway_readers") == 1, "the stream is open")
        for number in range(8_000):
            producer.produce(gateway.prefix + CONVERSATION_WINDOWS, window, b"%d" % number)
            producer.poll(0)
        assert producer.flush(60) == 0
        await_that(lambda: gateway.process.metric("warmline_gateway_slow_readers_total") == 1, "it was let go", 60)
        await_that(lambda: gateway.process.metric("warmline_gateway_readers") == 0, "and forgotten")
