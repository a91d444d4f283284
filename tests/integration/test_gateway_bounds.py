"""The gateway's server on a socket, against clients that send without end or read nothing."""

import asyncio
import base64
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvloop
from prometheus_client import CollectorRegistry

from tests.support.loops import await_that
from warmline.gateway import server as servers, service
from warmline.gateway.app import build_app
from warmline.gateway.bodies import UNPROVEN_BYTES
from warmline.gateway.keys import new_key, write_keys
from warmline.gateway.server import HEAD_BYTES, Server, build_server
from warmline.local.ports import LOOPBACK
from warmline.policy.load import load_policy
from warmline.settings import Secret, Settings
from warmline.telemetry.health import Health
from warmline.telemetry.metrics import Metrics
from warmline.wiring import Parts

PIECE = b"a:b\r\n" * 2000


class Kept:
    """A producer's place, and a sender that acknowledges at once."""

    def __init__(self, *_config: object, **_options: object) -> None:
        pass

    async def send(self, _records: object, _context: object = ()) -> frozenset[int]:
        return frozenset()


class Served:
    """A gateway on a socket of this process."""

    def __init__(self, folder: Path) -> None:
        self.keys: dict[str, str] = {}
        kept = []
        for scope in ("ingest", "admin"):
            self.keys[scope], key = new_key(scope, [scope], "")
            kept.append(key)
        write_keys(folder / "keys.json", kept)
        settings = Settings(
            gateway_keys_file=str(folder / "keys.json"), gateway_vendor_secrets=Secret("twilio=the vendor's")
        )
        parts = Parts(settings, load_policy(None), Metrics(CollectorRegistry()), Health(lambda: 0.0), threading.Event())
        self.gateway = service.build_gateway(parts)
        self.gateway.sender = Kept()
        self.server: Server = build_server(build_app(self.gateway), LOOPBACK, 0, 1.0)
        self._thread = threading.Thread(target=self._serve)

    def start(self) -> None:
        self._thread.start()
        await_that(lambda: self.server.started, "it listens")

    def stop(self) -> None:
        self.server.should_exit = self.server.force_exit = True
        self._thread.join()
        self.gateway.store.close()

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self.server.serve())

    def connect(self) -> socket.socket:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(10)
        connection.connect((LOOPBACK, self.server.port))
        return connection

    def socket_of_turns(self) -> socket.socket:
        """Return an open WebSocket of which nothing is read any more."""
        connection = self.connect()
        key = base64.b64encode(os.urandom(16))
        connection.sendall(
            b"GET /v1/turns/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + b"\r\n"
            b"Authorization: Bearer " + self.keys["ingest"].encode() + b"\r\n\r\n"
        )
        assert connection.recv(12) == b"HTTP/1.1 101"
        return connection

    def waiting_bytes(self) -> int:
        """Return how much waits for clients that do not read."""
        return sum(each.transport.get_write_buffer_size() for each in self.server.server_state.connections)

    def get(self, path: str, scope: str) -> httpx.Response:
        return httpx.get(f"http://{LOOPBACK}:{self.server.port}{path}", headers={"X-Api-Key": self.keys[scope]})


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Served]:
    monkeypatch.setattr(service, "Producer", Kept)
    running = Served(tmp_path)
    running.start()
    yield running
    running.stop()


def sent_until_cut(connection: socket.socket, piece: bytes, most: int) -> int:
    """Send pieces until the connection is cut; return how many bytes went."""
    sent = 0
    try:
        while sent < most:
            connection.sendall(piece)
            sent += len(piece)
            time.sleep(0.001)
    except (ConnectionError, TimeoutError):
        pass
    return sent


def frame(opcode: int, payload: bytes) -> bytes:
    """Return a masked frame of a client; the mask is 0."""
    return bytes([0x80 | opcode, 0x80 | len(payload)]) + b"\0\0\0\0" + payload


@pytest.mark.parametrize("who", ["somebody", "nobody"])
@pytest.mark.parametrize("trailers", [PIECE, b"a" * 10_000], ids=["many", "one long"])
def test_trailers_without_end_are_cut_off_whoever_sends_them(served: Served, who: str, trailers: bytes) -> None:
    credentials = b"Authorization: Bearer " + served.keys["ingest"].encode() + b"\r\n" if who == "somebody" else b""
    with served.connect() as connection:
        connection.sendall(
            b"POST /v1/turns HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" + credentials + b"\r\n"
            b"3\r\nabc\r\n0\r\nlong: "
        )
        assert sent_until_cut(connection, trailers, 20 * 1024 * 1024) < 4 * 1024 * 1024


def test_a_long_body_in_small_chunks_is_no_trailer(served: Served) -> None:
    with served.connect() as connection:
        connection.sendall(
            b"POST /v1/turns HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
            b"Authorization: Bearer " + served.keys["ingest"].encode() + b"\r\n\r\n"
        )
        chunk = b" " * 1000
        for _ in range(4 * HEAD_BYTES // len(chunk)):
            connection.sendall(b"%x\r\n" % len(chunk))
            connection.sendall(chunk + b"\r\n")
        connection.sendall(b"1\r\n{\r\n0\r\ndigest: of it\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 400", "it was read to its end"


def test_a_trailer_is_no_header(served: Served) -> None:
    with served.connect() as connection:
        connection.sendall(
            b"POST /v1/turns HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            b"2\r\n[]\r\n0\r\nAuthorization: Bearer " + served.keys["ingest"].encode() + b"\r\n\r\n"
        )
        assert connection.recv(12) == b"HTTP/1.1 401"


def test_a_stream_of_turns_whose_answers_nobody_reads_is_cut_off(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "UNREAD_S", 1.0)
    with served.socket_of_turns() as connection:
        connection.settimeout(2)
        sent_until_cut(connection, frame(1, b"{}") * 5000, 200 * 1024 * 1024)
        await_that(lambda: not served.server.server_state.connections, "it was cut off", 20)


def test_pings_whose_answers_nobody_reads_do_not_pile_up(served: Served) -> None:
    with served.socket_of_turns() as connection:
        pings = frame(9, b"x" * 125) * 2000
        for _ in range(40):
            connection.sendall(pings)
        time.sleep(0.5)
        assert served.waiting_bytes() < 1024 * 1024


def test_a_client_that_answers_no_ping_is_let_go_however_little_it_has_not_read(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "UNREAD_S", 0.5)
    monkeypatch.setattr(served.server.config, "ws_ping_interval", 5.0)
    monkeypatch.setattr(served.server.config, "ws_ping_timeout", 1.0)
    with served.socket_of_turns() as connection:
        connection.settimeout(0.3)
        while served.waiting_bytes() == 0:  # fill what the kernels hold, and little more
            connection.sendall(frame(9, b"x" * 125) * 200)
            time.sleep(0.005)
        assert served.waiting_bytes() < 65_536, "the transport does not mind"
        await_that(lambda: not served.server.server_state.connections, "it was let go", 20)


def test_bodies_of_nobody_in_particular_have_a_common_bound_and_keep_no_caller_out(served: Served) -> None:
    held: list[socket.socket] = []
    most = served.gateway.settings.gateway_body_max_bytes
    try:
        for number in range(UNPROVEN_BYTES // most + 1):
            before = number * (most - 1000)
            await_that(lambda before=before: served.gateway.bodies.held == before, "those before are held")
            held.append(served.connect())
            held[-1].sendall(
                b"POST /v1/adapters/twilio HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % most
                + b"a" * (most - 1000)
            )
        answer = held[-1].recv(4096)
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"retry-after: 1\r\n" in answer.lower()
        url = f"http://{LOOPBACK}:{served.server.port}/v1/turns"
        known = httpx.post(url, headers={"X-Api-Key": served.keys["ingest"]}, content=b"[]")
        assert known.status_code == 202
    finally:
        for connection in held:
            connection.close()
    await_that(lambda: served.gateway.bodies.held == 0, "nothing is held of what is gone")


def test_metrics_are_kept_by_no_proxy(served: Served) -> None:
    answer = served.get("/metrics", "admin")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
