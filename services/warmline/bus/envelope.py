"""CloudEvents 1.0 in Kafka's binary mode: attributes as `ce_` headers, the value is the data alone."""

from datetime import UTC, datetime
from functools import lru_cache
from operator import methodcaller
from typing import TYPE_CHECKING, Any

from warmline.contracts.events import STRUCT_OF_TYPE

if TYPE_CHECKING:  # a backtest reads envelopes too, and runs where no client of Kafka is installed
    from confluent_kafka import Message

Headers = list[tuple[str, bytes]]

CONTENT_TYPE = ("content-type", b"application/json")
SPEC_VERSION = ("ce_specversion", b"1.0")
TYPE_HEADERS = {name: ("ce_type", name.encode()) for name in STRUCT_OF_TYPE}
MS = 1000


def headers_of(event_type: str, event_id: str, time_ms: int, source: str, subject: str) -> Headers:
    """Return the headers of one event.

    Args:
        event_type: CloudEvents type, one of the registry's.
        event_id: CloudEvents id.
        time_ms: Event time, ms UTC.
        source: The service that publishes, for example `warmline/windows`.
        subject: What it is about: the record key.
    """
    seconds, millis = divmod(time_ms, MS)
    return [
        SPEC_VERSION,
        TYPE_HEADERS[event_type],
        ("ce_id", event_id.encode()),
        _source_header(source),
        ("ce_time", b"%b.%03dZ" % (_second(seconds), millis)),
        ("ce_subject", subject.encode("utf-8", "surrogatepass")),
        CONTENT_TYPE,
    ]


@lru_cache(maxsize=1024)
def _source_header(source: str) -> tuple[str, bytes]:
    return ("ce_source", source.encode())


@lru_cache(maxsize=4096)  # the live conversations' turns fall into few seconds; formatting one costs more than the rest
def _second(seconds: int) -> bytes:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()


_ask_for_headers = methodcaller("headers")


def headers_read(message: "Message") -> Headers:
    """Return the headers of a record from Kafka; none where a name among them is not UTF-8.

    The client cannot say such a name: it gives a list with a hole in it, which must not be touched, together with an
    error that a plain call may overlook (in a busy loop it does, and then the process dies of the hole). Called as it
    is here the error is raised. At the next call it is not: so this is called once for a record.
    """
    try:
        headers: Any = _ask_for_headers(message)
    except (SystemError, UnicodeDecodeError):
        return []
    return headers or []


def header(headers: Headers | None, name: str) -> bytes | None:
    """Return the newest value of one header, or None."""
    for key, value in reversed(headers or ()):
        if key == name:
            return value
    return None
