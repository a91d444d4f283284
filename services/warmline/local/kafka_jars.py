"""Fetches Apache Kafka's jars from Maven's repository, once, into the user's cache."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from warmline.local.java import Java

KAFKA = "4.3.1"

# kafka-tools is what `kafka.tools.StorageTool` needs; its Connect runtime (40 jars of web server) nothing here needs.
POM = f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>warmline</groupId><artifactId>local-kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{KAFKA}</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>{KAFKA}</version>
      <exclusions><exclusion>
        <groupId>org.apache.kafka</groupId><artifactId>connect-runtime</artifactId>
      </exclusion></exclusions>
    </dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
"""

FETCH_TIMEOUT = 300.0
"""Seconds for about 55 jars, 45 MB: seconds on a good line, minutes on a poor one."""


class FetchFailedError(RuntimeError):
    """Maven could not fetch the jars."""


def default_cache() -> Path:
    """Return the folder for the jars: under XDG_CACHE_HOME or ~/.cache, one folder per Kafka version."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "warmline" / f"kafka-{KAFKA}"


def has_kafka(folder: Path) -> bool:
    """Whether the jars are there; the folder only ever appears complete."""
    return (folder / f"kafka_2.13-{KAFKA}.jar").is_file()


def can_fetch() -> bool:
    """Whether Maven is at hand."""
    return shutil.which("mvn") is not None


def fetch_kafka(java: Java, folder: Path | None = None) -> Path:
    """Return the folder with Kafka's jars, fetching them with Maven where they are not cached.

    Args:
        java: The runtime for Maven where the machine has no other.
        folder: Where to keep them; the user's cache by default.

    Raises:
        FetchFailedError: Maven is missing or failed. The cache is then as it was before.
    """
    folder = folder or default_cache()
    if has_kafka(folder):
        return folder
    if not can_fetch():
        raise FetchFailedError(f"Apache Kafka's jars are not in {folder} and Maven is not installed: install maven")
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside the cache, so that the rename at the end is atomic: no reader ever sees half of the jars.
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as work:
        pom, jars = Path(work) / "pom.xml", Path(work) / "jars"
        pom.write_text(POM)
        _run_maven(java, pom, jars)
        if not has_kafka(jars):
            raise FetchFailedError(f"Maven ended well but {jars} has no kafka_2.13-{KAFKA}.jar")
        try:
            jars.rename(folder)
        except OSError:
            # Another process was quicker. Anything else in the place of the cache is for its owner to look at.
            if not has_kafka(folder):
                raise
    return folder


def _run_maven(java: Java, pom: Path, jars: Path) -> None:
    command = ["mvn", "-B", "-q", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={jars}"]
    environment = {"JAVA_HOME": str(java.executable.resolve().parent.parent), **os.environ}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=FETCH_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired as slow:
        raise FetchFailedError(f"Maven did not fetch Apache Kafka within {FETCH_TIMEOUT:.0f} s") from slow
    if done.returncode != 0:
        raise FetchFailedError(
            f"Maven could not fetch Apache Kafka {KAFKA}:\n{done.stdout[-2000:]}{done.stderr[-500:]}"
        )
