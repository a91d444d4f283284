"""The contracts as last released, in `schemas/released/`: what a change is judged against, and releasing a new set."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warmline.contracts.asyncapi import document
from warmline.contracts.compatibility import Finding, breaking_changes, channel_changes
from warmline.contracts.events import STRUCT_OF_TYPE
from warmline.contracts.json_schema import Schema, schema_of
from warmline.contracts.schema_files import write

FOLDER = "released"
ASYNCAPI = "asyncapi"
VERSION_FILE = "VERSION"
NUMBER = r"(?:0|[1-9][0-9]{0,8})"
VERSION = re.compile(rf"(?P<major>{NUMBER})\.(?P<minor>{NUMBER})\.(?P<patch>{NUMBER})")
FETCH = "fetch it from the release again"

Version = tuple[int, int, int]


class ReleaseError(ValueError):
    """A set of contracts cannot be released, or the released one cannot be read; the message says why."""


def changes_since_release(schemas: Path) -> list[Finding]:
    """Return what has become incompatible since the last release.

    Raises:
        ReleaseError: There is no released set, or it cannot be read.
    """
    folder = schemas / FOLDER
    held = _released(folder)
    topics = held.pop(ASYNCAPI)
    current = {name: schema_of(name) for name in STRUCT_OF_TYPE}
    with _told_as_malformed(folder / f"{ASYNCAPI}.json"):
        _need_every_event(folder, topics, held)
        findings = channel_changes(topics, document())
    for name, schema in held.items():
        with _told_as_malformed(folder / f"{name}.json"):
            findings += breaking_changes({name: schema}, current)
    return findings


def release(schemas: Path, version: str) -> list[Finding]:
    """Make the contracts as they are the released ones, and return the breaking changes that went out with it.

    Raises:
        ReleaseError: The version is none, is not higher than the last, or is too small a step for what changed.
    """
    new = _parsed(version)
    folder = schemas / FOLDER
    findings: list[Finding] = []
    if (folder / VERSION_FILE).is_file():
        held = released_version(schemas)
        findings = changes_since_release(schemas)
        _check_step(_parsed(held), new, findings)
    write(schemas)
    write(folder)
    for path in folder.glob("*.json"):
        if path.stem not in STRUCT_OF_TYPE and path.stem != ASYNCAPI:
            path.unlink()
    (folder / VERSION_FILE).write_text(f"{version}\n", encoding="utf-8")
    return findings


def released_version(schemas: Path) -> str:
    """Return the version of the released set.

    Raises:
        ReleaseError: There is none.
    """
    path = schemas / FOLDER / VERSION_FILE
    if not path.is_file():
        raise ReleaseError(f"{path}: no contracts have been released yet; `warmline schemas release VERSION` does")
    version = _text_of(path).strip()
    if VERSION.fullmatch(version) is None:
        raise ReleaseError(f"{path}: {version[:20]!r} is no version, three numbers such as 1.4.0; {FETCH}")
    return version


def _released(folder: Path) -> dict[str, Schema]:
    if not (folder / f"{ASYNCAPI}.json").is_file():
        raise ReleaseError(f"{folder}: no contracts have been released yet; `warmline schemas release VERSION` does")
    return {path.stem: _released_file(path) for path in sorted(folder.glob("*.json"))}


def _released_file(path: Path) -> Schema:
    try:
        held = json.loads(_text_of(path))
    except (ValueError, RecursionError) as error:
        if isinstance(error, ReleaseError):
            raise
        raise ReleaseError(f"{path}: is not JSON: {error}; {FETCH}") from error
    if not isinstance(held, dict):
        raise ReleaseError(f"{path}: is no JSON object; {FETCH}")
    fields = held.get("properties")
    if path.stem in STRUCT_OF_TYPE and (held.get("type") != "object" or not fields or not isinstance(fields, dict)):
        raise ReleaseError(f"{path}: is no schema of an event, with `type: object` and its properties; {FETCH}")
    return held


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ReleaseError(f"{path}: is not UTF-8; {FETCH}") from error
    except OSError as error:
        raise ReleaseError(f"{path}: cannot be read: {error.strerror}") from error


def _need_every_event(folder: Path, topics: Schema, held: dict[str, Schema]) -> None:
    """Refuse a set that lacks what its own AsyncAPI document names: what is not there breaks nothing, it would seem.

    An event type that is in neither is new since the release.
    """
    if not topics["channels"]:
        raise ReleaseError(f"{folder / ASYNCAPI}.json: names no topics; {FETCH}")
    named = {name for channel in topics["channels"].values() for name in channel["messages"]}
    missing = sorted(name for name in named if name in STRUCT_OF_TYPE and name not in held)
    if missing:
        raise ReleaseError(f"{folder / missing[0]}.json: is missing from the released set; {FETCH}")


@contextmanager
def _told_as_malformed(path: Path) -> Iterator[None]:
    try:
        yield
    except (AttributeError, LookupError, RecursionError, TypeError) as error:  # no generator wrote what does this
        raise ReleaseError(f"{path}: is not as it was generated; {FETCH}") from error


def _parsed(version: str) -> Version:
    if (match := VERSION.fullmatch(version)) is None:
        raise ReleaseError(f"{version}: a version is three numbers, for example 1.4.0")
    return int(match["major"]), int(match["minor"]), int(match["patch"])


def _check_step(held: Version, new: Version, findings: list[Finding]) -> None:
    shown = ".".join(map(str, held))
    if new <= held:
        raise ReleaseError(f"{shown} is released already; the new version must be higher")
    needed = breaking_step(held)
    if findings and new < needed:
        raise ReleaseError(
            f"there are {len(findings)} breaking changes since {shown} (`warmline schemas compat` lists them): "
            f"release them as {'.'.join(map(str, needed))} or higher"
        )


def breaking_step(held: Version) -> Version:
    """Return the lowest version that may break its users: the next major one, or before 1.0.0 the next minor one."""
    major, minor, _ = held
    return (major + 1, 0, 0) if major else (0, minor + 1, 0)
