"""The files under `schemas/`: what they should hold, writing them, and where those checked in differ."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from warmline.contracts import asyncapi
from warmline.contracts.events import STRUCT_OF_TYPE
from warmline.contracts.json_schema import schema_of
from warmline.gateway import openapi
from warmline.output_file import output_file

ASYNCAPI = "asyncapi.json"
OPENAPI = "openapi.json"
SHOWN = 60  # characters of a value that a message shows: enough to recognise it


def generated() -> dict[str, str]:
    """Return every file's name and text, the same on every run.

    Raises:
        DescriptionError: A field of an event is not described.
    """
    files = {f"{name}.json": _rendered(schema_of(name)) for name in sorted(STRUCT_OF_TYPE)}
    files[ASYNCAPI] = _rendered(asyncapi.document())
    files[OPENAPI] = _rendered(openapi.document())
    return files


def write(folder: Path) -> list[str]:
    """Write every file that is missing or differs, and return their names."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for name, text in generated().items():
        path = folder / name
        if not path.is_file() or _held(path) != text:
            with output_file(path) as written:
                written.write(text.encode())
            changed.append(name)
    return changed


def differences(folder: Path) -> list[str]:
    """Return one line for each file that is not as generated, with the first place where it differs."""
    files = generated()
    found = []
    for name, text in files.items():
        path = folder / name
        if not path.is_file():
            found.append(f"{name}: is missing")
        elif (held := _held(path)) is None:
            found.append(f"{name}: is not UTF-8")
        elif held != text:
            found.append(f"{name}: {_first_difference(held, text)}")
    stray = sorted(path.name for path in folder.glob("*.json") if path.name not in files)
    found += [f"{name}: belongs to no event type" for name in stray]
    return found


def _held(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def _rendered(tree: dict[str, Any]) -> str:
    return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"


def _first_difference(held: str, wanted: str) -> str:
    try:
        tree = json.loads(held)
    except (ValueError, RecursionError) as error:
        return f"is not JSON: {error}"
    return next(_all_differences(tree, json.loads(wanted), ""), "the same content, formatted or ordered differently")


def _all_differences(held: Any, wanted: Any, at: str) -> Iterator[str]:
    if isinstance(held, dict) and isinstance(wanted, dict):
        for key in dict.fromkeys([*wanted, *held]):
            if key not in held:
                yield f"{at}/{key}: is missing"
            elif key not in wanted:
                yield f"{at}/{key}: is no longer generated"
            else:
                yield from _all_differences(held[key], wanted[key], f"{at}/{key}")
    elif isinstance(held, list) and isinstance(wanted, list) and len(held) == len(wanted):
        for place, (one, other) in enumerate(zip(held, wanted, strict=True)):
            yield from _all_differences(one, other, f"{at}/{place}")
    elif held != wanted or type(held) is not type(wanted):
        yield f"{at}: is {_shown(held)}, should be {_shown(wanted)}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
