"""From the body of a request to events: each item by itself, so that one bad turn does not cost its neighbours.

Pure. Error messages are made of field names and types alone.
"""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.events import CONVERSATION_ENDED, CONVERSATION_STARTED, CONVERSATION_TURN
from warmline.contracts.faults import fault_of
from warmline.contracts.turn import Turn

MAX_ITEMS = 1000  # of one request: what a vendor's file of a long conversation holds
MAX_EVENT_BYTES = 900_000  # as JSON; a broker takes 1 MB with headers and key, and the services refuse more
MAX_DEPTH = 32  # levels in `vendor`: everything downstream walks it

InputEvent = Turn | ConversationStarted | ConversationEnded
BodyKind = Literal["json", "ndjson"]

_DECODERS: dict[str, Any] = {
    CONVERSATION_TURN: msgspec.json.Decoder(Turn),
    CONVERSATION_STARTED: msgspec.json.Decoder(ConversationStarted),
    CONVERSATION_ENDED: msgspec.json.Decoder(ConversationEnded),
}


class BodyError(ValueError):
    """The body as a whole cannot be read.

    Attributes:
        too_many: Whether it is only too much.
    """

    def __init__(self, message: str, *, too_many: bool = False) -> None:
        super().__init__(message)
        self.too_many = too_many


class ItemError(ValueError):
    """One item is no event.

    Attributes:
        path: Where in the item, for example `$.spoken_at`.
    """

    def __init__(self, message: str, path: str | None = None) -> None:
        super().__init__(message)
        self.path = path


class Item(Struct):
    """One item of a request.

    Attributes:
        turn_id: As far as it could be read.
        event: The event; None where it is invalid.
        error: What is wrong with it.
        path: Where.
    """

    turn_id: str | None = None
    event: InputEvent | None = None
    error: str | None = None
    path: str | None = None


class _Peek(Struct):
    type: str | UnsetType | None = UNSET


class _Named(Struct):
    turn_id: str | None = None


_PEEK = msgspec.json.Decoder(_Peek)
_NAMED = msgspec.json.Decoder(_Named)
_RAWS = msgspec.json.Decoder(list[Raw])


def read_items(body: bytes, kind: BodyKind, latest_ms: int) -> list[Item]:
    """Return the items of a body: one object, an array of them, or one a line.

    Args:
        body: The body.
        kind: How it is written.
        latest_ms: An event dated later than this is refused, ms UTC.

    Raises:
        BodyError: It is no JSON, or holds too many items.
    """
    return [read_item(raw, latest_ms) for raw in _raws(body, kind)]


def read_item(raw: bytes | Raw, latest_ms: int) -> Item:
    """Return one item; what is wrong with it is in it."""
    try:
        event = event_of(raw, latest_ms)
    except ItemError as error:
        return Item(_turn_id_of(raw), None, str(error), error.path)
    return Item(event.turn_id if isinstance(event, Turn) else None, event)


def event_of(raw: bytes | Raw, latest_ms: int) -> InputEvent:
    """Return the event of one JSON object; a `type` beside its fields says which, without one it is a turn.

    Raises:
        ItemError: It is none.
    """
    if len(memoryview(raw)) > MAX_EVENT_BYTES:
        raise ItemError(f"is larger than {MAX_EVENT_BYTES} bytes")
    try:
        name = _PEEK.decode(raw).type or CONVERSATION_TURN
        decoder = _DECODERS.get(name)
        if decoder is None:
            raise ItemError(f"is none of {', '.join(_DECODERS)}", "$.type")
        event: InputEvent = decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise ItemError(*fault_of(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ItemError("is not JSON in UTF-8") from None
    except RecursionError:
        raise ItemError("is nested too deeply") from None
    return checked(event, latest_ms)


def checked(event: InputEvent, latest_ms: int) -> InputEvent:
    """Return an event that is well formed if it is also sensible.

    Raises:
        ItemError: It is dated in the future, or its `vendor` is nested too deeply.
    """
    at, field = (event.spoken_at, "$.spoken_at") if isinstance(event, Turn) else (event.at, "$.at")
    if at > latest_ms:
        raise ItemError("lies in the future", field)
    if isinstance(event, Turn) and event.vendor is not None and deeper_than(event.vendor, MAX_DEPTH):
        raise ItemError(f"is nested more than {MAX_DEPTH} levels deep", "$.vendor")
    return event


def deeper_than(value: object, limit: int) -> bool:
    """Return whether a decoded JSON value nests more levels of lists and objects than a limit; without recursion."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(limit):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def _raws(body: bytes, kind: BodyKind) -> list[bytes | Raw]:
    if kind == "ndjson":
        lines: list[bytes | Raw] = [line for line in body.split(b"\n") if line.strip()]
        return _counted(lines)
    if body.lstrip(b" \t\r\n")[:1] != b"[":
        return [_whole(body)]
    try:
        return _counted([*_RAWS.decode(body)])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BodyError("the body is not JSON in UTF-8") from error
    except RecursionError as error:
        raise BodyError("the body is nested too deeply") from error


def _whole(body: bytes) -> bytes:
    """Return a body that is one JSON value: a broken one is a fault of the request, not of an item."""
    try:
        msgspec.json.decode(body, type=Raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BodyError("the body is not JSON in UTF-8") from error
    except RecursionError as error:
        raise BodyError("the body is nested too deeply") from error
    return body


def _counted(items: list[bytes | Raw]) -> list[bytes | Raw]:
    if len(items) > MAX_ITEMS:
        raise BodyError(f"more than {MAX_ITEMS} items in one request", too_many=True)
    return items


def _turn_id_of(raw: bytes | Raw) -> str | None:
    try:
        found = _NAMED.decode(raw).turn_id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if found is not None and len(found) <= 256 else None
