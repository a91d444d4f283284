"""Ways in which a payload may lie in a body."""

import base64
import json
from collections.abc import Iterable
from typing import Any

from tests.unit.adapters.written.line import Payload


def listed(payload: Any) -> list[Payload]:
    """Return the deliveries of a payload."""
    return payload if isinstance(payload, list) else [payload]


def as_json(payload: Any) -> bytes:
    return json.dumps(payload).encode()


def with_mark(payload: Any) -> bytes:
    return b"\xef\xbb\xbf" + json.dumps(payload, ensure_ascii=False, indent=1).replace("\n", "\r\n").encode()


def in_utf_16(payload: Any) -> bytes:
    return json.dumps(payload, ensure_ascii=False).encode("utf-16")


def as_lines(payload: Any) -> bytes:
    return _joined("\r\n\r\n", listed(payload))


def end_to_end(payload: Any) -> bytes:
    return _joined("", listed(payload))


def in_kinesis(payload: Any) -> bytes:
    records = [
        {"kinesis": {"data": base64.b64encode(as_json(each)).decode(), "sequenceNumber": str(number)}}
        for number, each in enumerate(listed(payload))
    ]
    return as_json({"Records": records})


def in_queue(payload: Any) -> bytes:
    records = [{"messageId": str(number), "body": json.dumps(each)} for number, each in enumerate(listed(payload))]
    return as_json({"Records": records})


def pushed(payload: Any) -> bytes:
    messages = [
        {"message": {"data": base64.b64encode(as_json(each)).decode(), "messageId": str(number)}}
        for number, each in enumerate(listed(payload))
    ]
    return as_json({"receivedMessages": messages})


def _joined(between: str, payloads: Iterable[Payload]) -> bytes:
    return between.join(json.dumps(each, ensure_ascii=False) for each in payloads).encode()


WAYS = (as_json, with_mark, in_utf_16, as_lines, end_to_end, in_kinesis, in_queue, pushed)
