"""What a reader who holds one JSON Schema refuses of what a writer with another may write.

One question serves both directions of compatibility. It knows the keywords that our generator writes and stops at any
other, so that no change goes by unjudged because nobody taught it the keyword.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Node = dict[str, Any]
Kind = Literal["removed", "absent", "null", "type", "value", "limit", "default", "closed"]
"""removed: the reader knows a field that the writer does not write; absent: a field that the reader requires may be
left out; null, type and value: the writer may write what the reader does not take; limit: a value beyond the reader's
limit; default: a field left out means something else; closed: the reader refuses unknown fields."""

TYPES: dict[type, str] = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
UPPER = ("maximum", "maxLength", "maxItems", "maxProperties")
LOWER = ("minimum", "minLength", "minItems", "minProperties")
EXACT = ("pattern", "format", "multipleOf")
STRUCTURE = ("$ref", "anyOf", "type", "enum", "items", "properties", "required", "additionalProperties", "default")
LIMITS = ("exclusiveMaximum", "exclusiveMinimum", *UPPER, *LOWER, *EXACT)
NOTES = ("$schema", "$id", "$defs", "title", "description", "examples", "x-extensible-enum")
KNOWN = frozenset({*STRUCTURE, *LIMITS, *NOTES})


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that the reader refuses.

    Attributes:
        path: The field, for example `moments[].effect`.
        kind: What is the matter with it.
        writer: What the writer may write, in words.
        reader: What the reader takes, in words.
    """

    path: str
    kind: Kind
    writer: str
    reader: str


class UnknownKeywordError(ValueError):
    """A schema uses a keyword that this module has not been taught to judge."""


def refusals(writer: Node, reader: Node) -> list[Refusal]:
    """Return everything that a reader of one schema refuses of a writer of another, in the reader's order."""
    return list(_Comparison(writer.get("$defs", {}), reader.get("$defs", {})).of(writer, reader, ""))


class _Comparison:
    def __init__(self, writer_parts: Node, reader_parts: Node) -> None:
        self._writer_parts = writer_parts
        self._reader_parts = reader_parts

    def of(self, writer: Node, reader: Node, path: str) -> Iterator[Refusal]:
        taken = list(_branches(reader, self._reader_parts, path))
        for branch in _branches(writer, self._writer_parts, path):
            fitting = [other for other in taken if _fits(branch, other)]
            if fitting:
                yield from min((list(self._of_branch(branch, other, path)) for other in fitting), key=len)
            else:
                kind: Kind = "null" if branch.get("type") == "null" else "type"
                yield Refusal(path, kind, _type_of(branch), " or ".join(_type_of(other) for other in taken))

    def _of_branch(self, writer: Node, reader: Node, path: str) -> Iterator[Refusal]:
        if "type" not in reader:
            return
        yield from _values(writer, reader, path)
        yield from _limits(writer, reader, path)
        if reader["type"] == "array":
            yield from self.of(writer.get("items", {}), reader.get("items", {}), f"{path}[]")
        elif reader["type"] == "object":
            yield from self._fields(writer, reader, path)
            yield from self._more_fields(writer, reader, path)

    def _fields(self, writer: Node, reader: Node, path: str) -> Iterator[Refusal]:
        required = reader.get("required", ())
        held = writer.get("properties", {})
        for name, node in reader.get("properties", {}).items():
            at = f"{path}.{name}" if path else name
            needed = "required" if name in required else "optional"
            if name not in held:
                yield Refusal(at, "removed", "absent", needed)
                continue
            if needed == "required" and name not in writer.get("required", ()):
                yield Refusal(at, "absent", "optional", needed)
            elif held[name].get("default") != node.get("default"):
                yield Refusal(at, "default", str(held[name].get("default")), str(node.get("default")))
            yield from self.of(held[name], node, at)

    def _more_fields(self, writer: Node, reader: Node, path: str) -> Iterator[Refusal]:
        more = reader.get("additionalProperties", True)
        written = writer.get("additionalProperties", True)
        if more is False:
            beyond = sorted(writer.get("properties", {}).keys() - reader.get("properties", {}).keys())
            if written is not False or beyond:
                yield Refusal(path, "closed", ", ".join(beyond) or "any field", "only the fields named")
        elif isinstance(more, dict) and written is not False:
            yield from self.of(written if isinstance(written, dict) else {}, more, f"{path}.*" if path else "*")


def _branches(node: Node, parts: Node, path: str) -> Iterator[Node]:
    """Yield the alternatives of a node, each of one type, references followed."""
    if unknown := node.keys() - KNOWN:
        raise UnknownKeywordError(f"{path or 'the event'}: cannot judge the keyword `{min(unknown)}`")
    if "$ref" in node:
        yield from _branches(parts[node["$ref"].rpartition("/")[2]], parts, path)
    elif "anyOf" in node:
        for branch in node["anyOf"]:
            yield from _branches(branch, parts, path)
    elif "enum" in node and "type" not in node:
        for name in dict.fromkeys(TYPES[type(value)] for value in node["enum"]):
            yield {**node, "type": name, "enum": [value for value in node["enum"] if TYPES[type(value)] == name]}
    else:
        yield node


def _fits(writer: Node, reader: Node) -> bool:
    written, taken = writer.get("type"), reader.get("type")
    return taken is None or taken == written or (taken == "number" and written == "integer")


def _values(writer: Node, reader: Node, path: str) -> Iterator[Refusal]:
    if "enum" not in reader:
        return
    if "enum" not in writer:
        yield Refusal(path, "type", f"any {_type_of(writer)}", ", ".join(map(repr, reader["enum"])))
        return
    for value in writer["enum"]:
        if value not in reader["enum"]:
            yield Refusal(path, "value", repr(value), ", ".join(map(repr, reader["enum"])))


def _limits(writer: Node, reader: Node, path: str) -> Iterator[Refusal]:
    if "enum" in writer:
        return  # its values are judged one by one
    beyond = [key for key in UPPER if _top(writer, key) > _top(reader, key)]
    beyond += [key for key in LOWER if _bottom(writer, key) < _bottom(reader, key)]
    beyond += [key for key in EXACT if key in reader and writer.get(key) != reader[key]]
    for key in beyond:
        yield Refusal(path, "limit", f"{key} {_limit(writer, key)}", f"{key} {_limit(reader, key)}")


def _top(node: Node, key: str) -> tuple[float, bool]:
    """Return the upper limit and whether it is included itself, as a pair that orders limits."""
    inclusive = (node.get(key, float("inf")), True)
    return (
        min(inclusive, (node["exclusiveMaximum"], False))
        if key == "maximum" and "exclusiveMaximum" in node
        else inclusive
    )


def _bottom(node: Node, key: str) -> tuple[float, bool]:
    inclusive = (node.get(key, float("-inf")), False)
    return (
        max(inclusive, (node["exclusiveMinimum"], True))
        if key == "minimum" and "exclusiveMinimum" in node
        else inclusive
    )


def _limit(node: Node, key: str) -> str:
    exclusive = f"exclusive{key[0].upper()}{key[1:]}"
    if exclusive in node:
        return f"{node[exclusive]} (exclusive)"
    return str(node.get(key, "none"))


def _type_of(node: Node) -> str:
    return str(node.get("type", "value of any type"))
