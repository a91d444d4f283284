"""uvicorn, with the bounds it lacks: on heads, on idle and on unread connections, and a way to cut a reader off."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

ABORT = "warmline.abort"
"""Key in the ASGI scope: a function that cuts the connection at once, whatever the client does."""

HEADERS_S = 10.0  # a client that has not sent a whole head of a request by then holds a connection for nothing
HEAD_BYTES = 32_768  # room for the id of an event stream over many partitions
MOST_CONNECTIONS = 8_000
BACKLOG = 2048
KEEP_ALIVE_S = 30  # from one answer to the next request; whatever else a client sends meanwhile buys it no time
UNREAD_S = 30.0  # how often one looks whether a client takes what is sent to it
LEAST_READ_BYTES = 32_768  # of an answer, in that time: 9 kbit/s, below the slowest line that anybody has
WS_MESSAGE_BYTES = 1_048_576
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
NO_HANDSHAKE = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """One connection: cut off where a head is too slow or too large, where it is idle, and where nobody reads.

    One timer runs at a time from an answer to the next head's end. While a request is served none does: its body has a
    time of its own (`body.py`), and an event stream may last.
    """

    _timer: asyncio.TimerHandle | None = None
    _unread_timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _in_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Give the client time for a first head."""
        super().connection_made(transport)
        self._arm(HEADERS_S, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self._disarm()
        self._forget_unread()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count the bytes of a head."""
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES + len(data):
                self.transport.write(TOO_LARGE)
                self.transport.close()
                return
        super().data_received(data)

    def handle_websocket_upgrade(self) -> None:
        """Refuse a handshake that cannot be one: the library would leave the client waiting."""
        self._disarm()
        self._forget_unread()
        super().handle_websocket_upgrade()
        protocol = self.transport.get_protocol()
        if isinstance(protocol, WebSocketsSansIOProtocol) and not protocol.handshake_initiated:
            self.transport.write(NO_HANDSHAKE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """Begin a request: its head has a time and a size."""
        super().on_message_begin()
        self.scope[ABORT] = self.transport.abort  # type: ignore[literal-required] # an extension of ours
        self._in_head, self._head_bytes = True, 0
        self._arm(HEADERS_S, self.transport.abort)

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._disarm()
        self._in_head = False
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, but not for ever.

        uvicorn's own timer is gone with the first byte that comes: a line break, or a body that was refused.
        """
        super().on_response_complete()
        if not self._in_head and self.cycle.response_complete:  # else the next request is here already
            self._arm(KEEP_ALIVE_S, self._idle, self.transport.get_write_buffer_size())

    def pause_writing(self) -> None:
        """Watch a client that does not take what is sent to it."""
        super().pause_writing()
        self._watch_unread()

    def resume_writing(self) -> None:
        """It does take it."""
        self._forget_unread()
        super().resume_writing()

    def _idle(self, unread: int) -> None:
        """Cut the connection, unless the client is still reading a long answer."""
        left = self.transport.get_write_buffer_size()
        if unread - left >= LEAST_READ_BYTES:
            self._arm(KEEP_ALIVE_S, self._idle, left)
        else:
            self.transport.abort()  # closing would wait until all was read

    def _watch_unread(self) -> None:
        self._forget_unread()
        unread = self.transport.get_write_buffer_size()
        self._unread_timer = self.loop.call_later(UNREAD_S, self._look_at_unread, unread)

    def _look_at_unread(self, unread: int) -> None:
        if unread - self.transport.get_write_buffer_size() >= LEAST_READ_BYTES:
            self._watch_unread()
        else:
            self.transport.abort()

    def _arm(self, seconds: float, then: Callable[..., object], *arguments: object) -> None:
        self._disarm()
        self._timer = self.loop.call_later(seconds, then, *arguments)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _forget_unread(self) -> None:
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None


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
            ws=WebSocketsSansIOProtocol,
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
