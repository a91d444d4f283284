"""uvicorn, with the bounds it lacks: on heads, trailers, idle and unread connections; and a way to cut a reader off."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

ABORT = "warmline.abort"
"""Key in the ASGI scope: a function that cuts the connection at once, whatever the client does."""

HEADERS_S = 10.0  # a client that has not sent a whole head of a request by then holds a connection for nothing
HEAD_BYTES = 32_768  # with trailers; room for the id of an event stream over many partitions
MOST_CONNECTIONS = 8_000
BACKLOG = 2048
KEEP_ALIVE_S = 30  # from one answer to the next request; whatever else a client sends meanwhile buys it no time
UNREAD_S = 30.0  # how often one looks whether a client takes what is sent to it
LEAST_READ_BYTES = 32_768  # of an answer, in that time: 9 kbit/s, below the slowest line that anybody has
WS_MESSAGE_BYTES = 1_048_576
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
NO_HANDSHAKE = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Unread:
    """Cuts a connection off whose client does not take what waits for it.

    Args:
        loop: The event loop.
        transport: The connection.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport) -> None:
        self._loop = loop
        self._transport = transport
        self._timer: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """Look in a while how much of what waits now was taken."""
        self.forget()
        self._timer = self._loop.call_later(UNREAD_S, self._look, self._transport.get_write_buffer_size())

    def forget(self) -> bool:
        """Watch no longer; return whether it was watched."""
        if self._timer is None:
            return False
        self._timer.cancel()
        self._timer = None
        return True

    def _look(self, unread: int) -> None:
        if unread - self._transport.get_write_buffer_size() >= LEAST_READ_BYTES:
            self.watch()
        else:
            self._transport.abort()


class Watched(asyncio.Protocol):
    """A connection that is cut off where nobody reads it: put before the protocol that it is."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport

    @cached_property
    def _unread(self) -> Unread:
        return Unread(self.loop, self.transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        self._unread.forget()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Watch a client that does not take what is sent to it."""
        super().pause_writing()
        self._unread.watch()

    def resume_writing(self) -> None:
        """It does take it."""
        self._unread.forget()
        super().resume_writing()


class WatchedSocket(Watched, WebSocketsSansIOProtocol):
    """A WebSocket."""

    def handle_ping(self) -> None:
        """Answer no ping of a client that reads no answers: they would pile up."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def keepalive_timeout(self) -> None:
        """Close, but wait no longer for a client that is gone to take what is left, however little."""
        super().keepalive_timeout()
        self._unread.watch()


class BoundedProtocol(Watched, HttpToolsProtocol):
    """One connection: cut off where a head is too slow or too large, where it is idle, and where nobody reads.

    One timer runs at a time from an answer to the next head's end. While a request is served none does: its body has a
    time of its own (`body.py`), and an event stream may last.
    """

    _timer: asyncio.TimerHandle | None = None
    _head_bytes = 0  # of the reads of a request since the last that held some of its body, and its headers
    _headers_bytes = 0
    _in_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Give the client time for a first head."""
        super().connection_made(transport)
        self._arm(HEADERS_S, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count the bytes of a head, and those that follow the body."""
        if self._head_bytes <= HEAD_BYTES:
            self._head_bytes += len(data)
            super().data_received(data)
        elif self._in_head:
            self.transport.write(TOO_LARGE)
            self.transport.close()
        else:
            self.transport.abort()  # there may be an answer under way, which another would spoil

    def handle_websocket_upgrade(self) -> None:
        """Refuse a handshake that cannot be one: the library would leave the client waiting."""
        self._disarm()
        unread = self._unread.forget()
        super().handle_websocket_upgrade()
        protocol = self.transport.get_protocol()
        if not isinstance(protocol, WatchedSocket):
            return
        if unread:
            protocol.pause_writing()  # the transport has said so already, and to the one before
        if not protocol.handshake_initiated:
            self.transport.write(NO_HANDSHAKE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """Begin a request: its head has a time and a size."""
        super().on_message_begin()
        self.scope[ABORT] = self.transport.abort  # type: ignore[literal-required] # an extension of ours
        self._in_head, self._head_bytes = True, 0
        self._arm(HEADERS_S, self.transport.abort)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; not a trailer, which might pass for one that a proxy before us would have refused."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._disarm()
        self._in_head = False
        self._headers_bytes = sum(len(name) + len(value) for name, value in self.headers)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Count anew: what is read of a body has bounds of its own, and what may follow it are trailers."""
        self._head_bytes = self._headers_bytes
        super().on_body(body)

    def on_response_complete(self) -> None:
        """Wait for the next request, but not for ever.

        uvicorn's own timer is gone with the first byte that comes: a line break, or a body that was refused.
        """
        super().on_response_complete()
        if not self._in_head and self.cycle.response_complete:  # else the next request is here already
            self._arm(KEEP_ALIVE_S, self._idle, self.transport.get_write_buffer_size())

    def _idle(self, unread: int) -> None:
        """Cut the connection, unless the client is still reading a long answer."""
        left = self.transport.get_write_buffer_size()
        if unread - left >= LEAST_READ_BYTES:
            self._arm(KEEP_ALIVE_S, self._idle, left)
        else:
            self.transport.abort()  # closing would wait until all was read

    def _arm(self, seconds: float, then: Callable[..., object], *arguments: object) -> None:
        self._disarm()
        self._timer = self.loop.call_later(seconds, then, *arguments)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Server(uvicorn.Server):
    """A server that leaves the signals to `warmline run`."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    @property
    def port(self) -> int:
        """The port that it listens on, once it has started."""
        return int(self.servers[0].sockets[0].getsockname()[1])


def build_server(app: ASGIApp, host: str, port: int, grace_s: float) -> Server:
    """Return a server for an app.

    Args:
        app: The app.
        host: Where to listen.
        port: Where to listen; 0 takes a free one.
        grace_s: How long requests may go on once it is asked to stop, seconds.
    """
    return Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=BoundedProtocol,
            ws=WatchedSocket,
            ws_max_size=WS_MESSAGE_BYTES,
            ws_per_message_deflate=False,  # a compressed bomb is small on the wire
            lifespan="off",
            log_config=None,
            log_level="error",  # its warnings are one a malformed request
            access_log=False,  # paths hold ids
            server_header=False,
            date_header=True,
            limit_concurrency=MOST_CONNECTIONS,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=max(1, int(grace_s)),
        )
    )
