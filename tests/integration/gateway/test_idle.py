"""Who holds a connection for nothing is cut off, whatever it sends or does not read; who uses one keeps it."""

import json
import socket
import threading
import time
from http.client import HTTPResponse
from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests.support.gateway import GatewayProcess, turn
from tests.support.loops import await_that
from warmline.gateway.server import KEEP_ALIVE_S, UNREAD_S

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
REFUSED = b"POST /v1/turns HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4000000\r\n\r\n"
MANY = b"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 400
SLACK_S = 60.0
"""For a machine that has better things to do."""


def answered(connection: socket.socket) -> HTTPResponse:
    """Read a whole answer, and leave the connection as it is."""
    answer = HTTPResponse(connection)
    answer.begin()
    answer.read()
    return answer


def opened(gateway: GatewayProcess, first: bytes) -> socket.socket:
    connection = socket.create_connection(gateway.address, timeout=KEEP_ALIVE_S + SLACK_S)
    connection.sendall(first)
    return connection


def is_held(gateway: GatewayProcess, port: int) -> bool:
    """Tell whether the gateway's process has the other end of a connection, of which this side reads nothing."""
    ends = f":{gateway.address[1]:04X}", f":{port:04X}"
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(row[1].endswith(ends[0]) and row[2].endswith(ends[1]) and row[9] != "0" for row in rows)


def ended(connection: socket.socket) -> bool:
    try:
        return connection.recv(65_536) == b""
    except ConnectionResetError:
        return True


@pytest.mark.timeout(400)
def test_between_two_requests_nothing_that_a_client_sends_keeps_its_connection(gateway: GatewayProcess) -> None:
    idle = [opened(gateway, GET) for _ in range(3)]
    assert [answered(connection).status for connection in idle] == [200] * 3
    stop = threading.Event()

    def drip() -> None:
        while not stop.wait(1.0):
            try:
                idle[2].sendall(b"\r\n")
            except OSError:
                return

    dripping = threading.Thread(target=drip)
    dripping.start()
    idle[1].sendall(b"\r\n")
    begun = time.monotonic()
    try:
        with gateway.client("read") as client, client.stream("GET", "/v1/events") as events:
            lines = events.iter_lines()
            with (
                gateway.client("ingest") as http,
                connect(
                    gateway.url.replace("http", "ws") + "/v1/turns/stream", additional_headers=gateway.headers("ingest")
                ) as stream,
            ):
                assert all(ended(connection) for connection in idle)
                assert time.monotonic() - begun >= KEEP_ALIVE_S / 2, "not at once: the next request may be on its way"
                stream.send(json.dumps(turn(1, "beside")))
                assert json.loads(stream.recv())["status"] == "accepted", "a stream of turns may be silent"
                assert http.post("/v1/turns", json=turn(2, "beside")).status_code == 202
            alive = (line for line in lines if line == ": alive")
            assert next(alive), "an event stream goes on"
            while time.monotonic() - begun < KEEP_ALIVE_S + 5:
                assert next(alive)
    finally:
        stop.set()
        dripping.join()
        for connection in idle:
            connection.close()


@pytest.mark.timeout(400)
def test_a_client_that_reads_no_answers_is_cut_off(gateway: GatewayProcess) -> None:
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(30)
        connection.connect(gateway.address)
        connection.sendall(MANY)
        port = connection.getsockname()[1]
        await_that(lambda: is_held(gateway, port), "it was accepted")
        await_that(lambda: not is_held(gateway, port), "it was cut off", UNREAD_S + SLACK_S)


def test_after_an_answer_to_a_body_that_does_not_come_the_connection_is_closed(gateway: GatewayProcess) -> None:
    with opened(gateway, REFUSED + b"x") as connection:
        answer = answered(connection)
        assert answer.status == 401
        assert answer.headers["connection"] == "close"
        assert ended(connection)


def test_a_body_that_waits_to_be_asked_for_is_not_asked_for_where_it_is_refused(gateway: GatewayProcess) -> None:
    with opened(gateway, REFUSED.replace(b"Host: x", b"Host: x\r\nExpect: 100-continue")) as connection:
        assert connection.recv(12, socket.MSG_PEEK) == b"HTTP/1.1 401"
        answer = answered(connection)
        assert answer.status == 401
        assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("size", [2, 300_000])
def test_a_refused_request_whose_body_has_come_keeps_its_connection(gateway: GatewayProcess, size: int) -> None:
    with gateway.client(None) as client:
        streams = []
        for _ in range(2):
            with client.stream("POST", "/v1/turns", content=b"x" * size) as answer:
                streams.append(answer.extensions["network_stream"].get_extra_info("client_addr"))
                assert answer.status_code == 401
                assert "connection" not in answer.headers
                assert json.loads(answer.read())["status"] == 401
        assert streams[0] == streams[1]
