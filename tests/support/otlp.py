"""An OTLP/HTTP receiver of our own: keeps the spans that services export, decoded by OpenTelemetry's own messages."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from msgspec import Struct
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Sent


class Seen(Struct, frozen=True):
    """One span as it was received.

    Attributes:
        service: The resource's `service.name`.
        kind: Without the enum's prefix, for example `PRODUCER`.
        links: Trace and span id of each link.
        status: Without the enum's prefix.
    """

    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    links: tuple[tuple[str, str], ...]
    attributes: dict[str, Any]
    status: str
    start_ns: int
    end_ns: int


class Receiver:
    """Keeps what it is sent.

    Attributes:
        url: Its base address.
        bodies: Every request's body, for those who look for what must not be in it.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.bodies: list[bytes] = []
        self._spans: list[Seen] = []
        self._lock = threading.Lock()

    def take(self, body: bytes) -> None:
        request = ExportTraceServiceRequest.FromString(body)
        spans = []
        for resource in request.resource_spans:
            service = _attributes(resource.resource.attributes)["service.name"]
            spans += [_seen(service, span) for scope in resource.scope_spans for span in scope.spans]
        with self._lock:
            self.bodies.append(body)
            self._spans += spans

    def spans(self, trace_id: str | None = None) -> list[Seen]:
        """Return the spans of a trace, or all, by their start."""
        with self._lock:
            found = [span for span in self._spans if trace_id in {None, span.trace_id}]
        return sorted(found, key=lambda span: span.start_ns)


def tree(spans: list[Seen]) -> str:
    """Draw a trace: a span a line, below its parent, with its service and its times since the beginning."""
    began = min(span.start_ns for span in spans)
    known = {span.span_id for span in spans}
    lines: list[str] = []

    def draw(span: Seen, depth: int) -> None:
        start, end = ((at - began) / 1e6 for at in (span.start_ns, span.end_ns))
        lines.append(f"{'    ' * depth}{span.name}  [{span.service}, {span.kind.lower()}, {start:.0f} to {end:.0f} ms]")
        for child in spans:
            if child.parent_id == span.span_id:
                draw(child, depth + 1)

    for span in spans:
        if span.parent_id not in known:
            draw(span, 0)
    return "\n".join(lines)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            good = self.path == "/v1/traces" and self.headers["Content-Type"] == "application/x-protobuf"
            if good:
                receiver.take(body)
            self.send_response(HTTPStatus.OK if good else HTTPStatus.BAD_REQUEST)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _seen(service: str, span: Sent) -> Seen:
    return Seen(
        service=service,
        name=span.name,
        kind=Sent.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        links=tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
        attributes=_attributes(span.attributes),
        status=type(span.status).StatusCode.Name(span.status.code).removeprefix("STATUS_CODE_"),
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
    )


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}
