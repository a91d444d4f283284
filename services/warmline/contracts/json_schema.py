"""One JSON Schema (draft 2020-12) per event, from its struct.

A schema is open: a field that it does not name is tolerated, so that an event can gain fields without breaking anyone
who validates. `closed` gives the strict variant that what we write ourselves is tested against.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from warmline.contracts.docstrings import DescriptionError, described
from warmline.contracts.events import STRUCT_OF_TYPE

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAJOR = 1  # part of every schema's id: goes up when a breaking change of the contracts is released
EXTENSIBLE = "x-extensible-enum"
OPEN_LABELS = frozenset({"emotions", "cues", "behaviours"})
"""Lists whose labels may grow with the codebook: their values are known, not final, and a reader skips those it does
not know. Every other enumeration is final: a new value in it is a breaking change."""


def schema_of(event_type: str) -> Schema:
    """Return the schema of one event type.

    Raises:
        DescriptionError: A field of the event is not described in its struct's docstring.
    """
    struct = STRUCT_OF_TYPE[event_type]
    parts = components([struct], "#/$defs/{name}")
    body = parts.pop(struct.__name__)
    schema = {"$schema": DIALECT, "$id": f"urn:warmline:schema:{event_type}:{MAJOR}", **body}
    if parts:
        schema["$defs"] = parts
    return schema


def components(structs: list[type[Struct]], ref_template: str) -> dict[str, Schema]:
    """Return the schemas of some structs and of all they contain, by struct name, sorted.

    Args:
        structs: The structs.
        ref_template: How one schema refers to another, with `{name}` in it.

    Raises:
        DescriptionError: A field is not described in its struct's docstring.
    """
    _, written = msgspec.json.schema_components(structs, ref_template=ref_template)
    parts: dict[str, Schema] = msgspec.json.decode(msgspec.json.encode(written))  # as a file holds it: no tuples
    return {name: _with_descriptions(name, parts[name]) for name in sorted(parts)}


def closed(schema: Schema) -> Schema:
    """Return the strict variant: no field and no label beyond those named. Free objects (`vendor`) stay free."""
    strict: Schema = _rebuilt(with_final_labels(schema), _without_more_fields)
    return strict


def with_final_labels(schema: Schema) -> Schema:
    """Return the schema as our own decoders read it: unknown fields tolerated, unknown labels refused."""
    final: Schema = _rebuilt(schema, _final)
    return final


def _with_descriptions(name: str, part: Schema) -> Schema:
    if "description" not in part:
        raise DescriptionError(f"{name}: has no docstring")
    properties = part["properties"]
    words = described(name, part["description"], list(properties))
    return {
        **part,
        "description": words.about,
        "properties": {
            field: {"description": words.fields[field], **_extensible(field, node)}
            for field, node in properties.items()
        },
    }


def _extensible(field: str, node: Schema) -> Schema:
    if field not in OPEN_LABELS:
        return node
    labels = node["items"]["enum"]
    return {**node, "items": {"type": "string", EXTENSIBLE: labels}}


def _final(part: Schema) -> Schema:
    return {("enum" if key == EXTENSIBLE else key): value for key, value in part.items()}


def _without_more_fields(part: Schema) -> Schema:
    return {**part, "additionalProperties": False} if "properties" in part else part


def _rebuilt(node: Any, change: Callable[[Schema], Schema]) -> Any:
    """Return a copy of a tree with every mapping in it changed, the innermost first."""
    if isinstance(node, dict):
        return change({key: _rebuilt(value, change) for key, value in node.items()})
    if isinstance(node, list):
        return [_rebuilt(item, change) for item in node]
    return node
