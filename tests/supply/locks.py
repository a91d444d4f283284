"""Reads locks/: what is pinned, for which Python and platform, by which hashes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import canonicalize_name

LOCKS = Path(__file__).parents[2] / "locks"
PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>.+?))?(?: \\)?$")
HASH = re.compile(r"^    --hash=(?P<hash>sha256:[0-9a-f]{64})(?: \\)?$")
CAUSES = re.compile(r"^    # via (?P<causes>.+)$")


@dataclass(frozen=True, slots=True)
class Pin:
    """One locked version.

    Attributes:
        name: The package's, in its canonical form.
        version: The only one that is let in.
        marker: Where it is wanted; None for everywhere.
        hashes: Of its files; a file with none of them is refused.
        causes: What wants it: packages, and `NAME (pyproject.toml)`.
    """

    name: str
    version: str
    marker: Marker | None
    hashes: tuple[str, ...]
    causes: tuple[str, ...]

    def wanted(self, environment: dict[str, str]) -> bool:
        """Whether it is installed there."""
        return self.marker is None or self.marker.evaluate(environment)


def read_lock(path: Path) -> Iterator[Pin]:
    """Yield what a lock pins; ValueError with the line where it is not one that `make lock` writes."""
    entry: dict[str, str | None] | None = None
    hashes: list[str] = []
    causes: tuple[str, ...] = ()
    for line in [*path.read_text("utf-8").splitlines(), ""]:
        if found := HASH.match(line):
            hashes.append(found["hash"])
        elif found := CAUSES.match(line):
            causes = tuple(found["causes"].split(", "))
        elif not line.startswith("#"):
            if entry:
                yield _pin(entry, hashes, causes)
            hashes, causes = [], ()
            matched = PIN.match(line)
            if line and not matched:
                raise ValueError(f"{path.name}: {line}")
            entry = matched.groupdict() if matched else None


def _pin(entry: dict[str, str | None], hashes: list[str], causes: tuple[str, ...]) -> Pin:
    marker = Marker(entry["marker"]) if entry["marker"] else None
    return Pin(canonicalize_name(str(entry["name"])), str(entry["version"]), marker, tuple(hashes), causes)
