"""The contracts as last released, in `schemas/released/`: what a change is judged against, and releasing a new set."""

import json
import re
from pathlib import Path

from warmline.contracts.asyncapi import document
from warmline.contracts.compatibility import Finding, breaking_changes, channel_changes
from warmline.contracts.events import STRUCT_OF_TYPE
from warmline.contracts.json_schema import Schema, schema_of
from warmline.contracts.schema_files import write

FOLDER = "released"
ASYNCAPI = "asyncapi"
VERSION_FILE = "VERSION"
VERSION = re.compile(r"(?P<major>\d+)\.(?P<minor>\d+)\.(?P<patch>\d+)")

Version = tuple[int, int, int]


class ReleaseError(ValueError):
    """A set of contracts cannot be released, or the released one cannot be read; the message says why."""


def changes_since_release(schemas: Path) -> list[Finding]:
    """Return what has become incompatible since the last release.

    Raises:
        ReleaseError: There is no released set, or it cannot be read.
    """
    held = _released(schemas / FOLDER)
    topics = held.pop(ASYNCAPI)
    current = {name: schema_of(name) for name in STRUCT_OF_TYPE}
    return channel_changes(topics, document()) + breaking_changes(held, current)


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
    return path.read_text(encoding="utf-8").strip()


def _released(folder: Path) -> dict[str, Schema]:
    if not (folder / f"{ASYNCAPI}.json").is_file():
        raise ReleaseError(f"{folder}: no contracts have been released yet; `warmline schemas release VERSION` does")
    try:
        return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
    except ValueError as error:
        raise ReleaseError(f"{folder}: a released schema is not JSON: {error}") from error


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
