"""From the bytes as delivered to the payloads in them: JSON, JSON lines, a form, or any of it in base64 or gzip."""

import base64
import binascii
import gzip
import io
import json
import re
import zlib
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from warmline.adapters.adapted import AdapterError
from warmline.adapters.budget import Budget
from warmline.adapters.nodes import Node
from warmline.byte_order import UTF_16_MARKS

CHUNK_BYTES = 65_536  # decompressed before it is counted: one that breaks off before costs as much

MAX_FORM_FIELDS = 1_000

_FORM = re.compile(r"[\w.\-%+\[\]]{1,128}=")
_BASE64 = re.compile(r"[A-Za-z0-9+/_\-]+={0,2}")
_WRITTEN = re.compile(r"\S")
GZIP = b"\x1f\x8b"
FORM_TYPE = "application/x-www-form-urlencoded"


def payloads(body: bytes, content_type: str, budget: Budget) -> list[Node | AdapterError]:
    """Return the payloads of a body in their order; of a list each, so that one broken one spares the others.

    Raises:
        AdapterError: The body as a whole cannot be read.
        SpentError: It holds too much.
    """
    text = decoded(body, budget).strip()
    if not text:
        raise AdapterError("nothing is in it", "$")
    if text[0] not in '{["' and (FORM_TYPE in content_type.lower() or _is_form(text)):
        return _forms(text, budget)
    try:
        value = json_value(text, "$")
    except AdapterError as whole:
        return _many(text, whole, budget)
    return of_value(Node(value), budget)


def of_value(node: Node, budget: Budget) -> list[Node | AdapterError]:
    """Return the payloads of a decoded value: a list's items, or the one object."""
    if isinstance(node.value, list):
        budget.take_payloads(len(node.value))
        return [item if isinstance(item.value, dict) else _no_object(item) for item in node.items()]
    if isinstance(node.value, str):
        if node.value.strip()[:1] not in ("{", "["):
            return [_no_object(node)]
        return of_value(Node(inner_json(node, budget), node.path), budget)
    return [node if isinstance(node.value, dict) else _no_object(node)]


def decoded(body: bytes, budget: Budget) -> str:
    """Return a body as text: inflated where it is gzip, in UTF-8 or what its byte order mark says.

    Raises:
        AdapterError: It is neither.
        SpentError: It holds too much.
    """
    if body.startswith(GZIP):
        body = _inflated(body, budget)
    encoding = "utf-16" if body.startswith(UTF_16_MARKS) else "utf-8-sig"
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise AdapterError(f"byte {error.start} is not {encoding.removesuffix('-sig').upper()}", "$") from None
    budget.take_text(text)
    return text


def json_value(text: str, path: str) -> Any:
    """Return a JSON text's value.

    Raises:
        AdapterError: It is no JSON.
    """
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise AdapterError(f"not JSON: {error}", path) from None
    except RecursionError:
        raise AdapterError("nested too deeply", path) from None
    except UnicodeError:
        raise AdapterError("holds half a character", path) from None


def inner_json(node: Node, budget: Budget) -> Any:
    """Return the value of a field that holds JSON as a string; of one that holds it as it is, that.

    Raises:
        AdapterError: The string is no JSON.
        SpentError: It holds too much.
    """
    if not isinstance(node.value, str):
        return node.value
    budget.take_text(node.value)  # again, as a rule: what is written as `\u007b` outside is a mark only here
    return json_value(node.value, node.path)


def inner_base64(node: Node, budget: Budget) -> Any:
    """Return the value of a field that holds JSON in base64 (standard or URL alphabet), perhaps compressed.

    Raises:
        AdapterError: It does not.
        SpentError: It holds too much.
    """
    if isinstance(node.value, dict | list):
        return node.value
    text = node.text()
    if text.lstrip()[:1] in ("{", "["):
        return inner_json(node, budget)
    data = unbase64(text)
    if data is None:
        raise AdapterError("not base64", node.path)
    try:
        return json_value(decoded(data, budget), node.path)
    except AdapterError as error:
        raise AdapterError(f"the data inside the base64: {error.message}", node.path) from None


def unbase64(text: str) -> bytes | None:
    """Return what a base64 text holds, in either alphabet and with or without padding; None where it is none."""
    compact = "".join(text.split())
    if not compact or not _BASE64.fullmatch(compact):
        return None
    compact = compact.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except binascii.Error:
        return None


def _inflated(body: bytes, budget: Budget) -> bytes:
    """Return what a gzip body holds, of all its members: a delivery stream writes one after another."""
    found: list[bytes] = []
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            while chunk := file.read(CHUNK_BYTES):
                budget.take_inflated(len(chunk))
                found.append(chunk)
    except EOFError:
        budget.take_inflated(CHUNK_BYTES)
        raise AdapterError("gzip that is cut short", "$") from None
    except (zlib.error, gzip.BadGzipFile):
        budget.take_inflated(CHUNK_BYTES)
        raise AdapterError("not gzip to its end, though it begins so", "$") from None
    return b"".join(found)


def _no_object(node: Node) -> AdapterError:
    return AdapterError("an object is expected here", node.path)


def _lines(text: str) -> list[tuple[int, str]]:
    """Return the lines that hold something, numbered. What else Python takes for a line's end, people may write."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]


def _is_form(text: str) -> bool:
    """Tell whether every line begins as a form does; base64 may, too, where it ends with padding."""
    return all(_FORM.match(line) and not _BASE64.fullmatch(line) for _, line in _lines(text))


def _forms(text: str, budget: Budget) -> list[Node | AdapterError]:
    lines = _lines(text)
    budget.take_payloads(len(lines))
    budget.take_form(text)
    alone = len(lines) == 1
    return [_form(line, "$" if alone else f"line {number}: $") for number, line in lines]


def _form(line: str, path: str) -> Node | AdapterError:
    try:
        fields = parse_qsl(
            line, keep_blank_values=True, strict_parsing=False, errors="strict", max_num_fields=MAX_FORM_FIELDS
        )
    except ValueError as error:
        what = "not UTF-8" if isinstance(error, UnicodeError) else f"more than {MAX_FORM_FIELDS} fields"
        return AdapterError(f"not a form: {what}", path)
    return Node(dict(fields), path) if fields else AdapterError("not a form: no fields", path)


def _many(text: str, whole: AdapterError, budget: Budget) -> list[Node | AdapterError]:
    """Return the payloads of a text that is no single JSON value: lines, values end to end, or base64."""
    lines = _lines(text)
    if len(lines) == 1 and text[0] not in '{["' and _BASE64.fullmatch(text):
        return of_value(Node(inner_base64(Node(text), budget)), budget)
    if len(lines) > 1 and (_most_read_alone(lines[:1], budget) or _most_read_alone(lines, budget)):
        budget.take_payloads(len(lines))
        return [found for number, line in lines for found in _line(line, f"line {number}: $", budget)]
    return _end_to_end(text, whole, budget)


def _most_read_alone(lines: list[tuple[int, str]], budget: Budget) -> bool:
    """Tell JSON lines, of which the first is broken, from one value over many lines."""
    looking = replace(budget)  # they are read again, and paid for, where they are lines
    lines = lines[: budget.payloads + 1]  # of more than that they would be refused, so that the first ones may tell
    return sum(_reads_alone(line, looking) for _, line in lines) * 2 > len(lines)


def _reads_alone(line: str, budget: Budget) -> bool:
    found = _line(line, "$", budget)
    return bool(found) and not isinstance(found[0], AdapterError)


def _line(line: str, path: str, budget: Budget) -> list[Node | AdapterError]:
    try:
        if line[0] not in '{["' and _BASE64.fullmatch(line):
            return of_value(Node(inner_base64(Node(line, path), budget), path), budget)
        return of_value(Node(json_value(line, path), path), budget)
    except AdapterError as error:
        return [error]


def _end_to_end(text: str, whole: AdapterError, budget: Budget) -> list[Node | AdapterError]:
    """Return objects written one after another without a break, as a delivery stream stores them."""
    decoder = json.JSONDecoder()  # tells where a value ends; it takes what is no JSON, too, so that it is read anew
    found: list[Node | AdapterError] = []
    at = 0
    while at < len(text):
        begun = at
        try:
            _, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            if not found:
                raise whole from None
            return [*found, AdapterError("not JSON from here on", f"value {len(found) + 1}: $")]
        path = f"value {len(found) + 1}: $"
        budget.take_payloads(1)
        try:
            found += of_value(Node(json_value(text[begun:at], path), path), budget)
        except AdapterError as error:
            found.append(error)
        following = _WRITTEN.search(text, at)
        at = following.start() if following else len(text)
    if len(found) == 1:
        raise whole
    return found
