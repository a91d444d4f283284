"""Makes a Kafka image from what this machine has, without a registry: a Java runtime, Kafka's jars, a shell.

It takes its settings from the environment as the official `apache/kafka` does (KAFKA_NODE_ID becomes node.id), so that
the same fixture and the same compose file start either. It is for tests of the container path alone. By hand:

    python -m tests.docker.build_kafka_image
"""

import io
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.parts.docker_engine import engine, has_image
from tests.parts.obtain import LackingError
from warmline.local.java import Java, find_java
from warmline.local.kafka_jars import KAFKA, FetchFailedError, fetch_kafka

REPOSITORY, TAG = "warmline-test/kafka", f"{KAFKA}-2"  # count on what changes below
IMAGE = f"{REPOSITORY}:{TAG}"

IMPORT_TIMEOUT = 120
"""Seconds for the engine to take in 170 MB; a few on a quiet machine."""

TOOLS = ("sh", "env", "sed", "tr")
"""What START needs, taken from this machine with the libraries that they load."""

START = """\
#!/bin/sh
set -eu
config=/data/server.properties
echo log.dirs=/data/log >$config
env | sed -n 's/^KAFKA_//p' | while IFS='=' read -r name value; do
    echo "$(echo "$name" | tr 'A-Z_' 'a-z.')=$value" >>$config
done
java="/java/bin/java -Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djava.io.tmpdir=/data -cp /kafka/*"
set -f  # Java expands the star, not the shell
$java kafka.tools.StorageTool format --cluster-id 4L6g3nShT-eMCtK--X86sw --config $config
exec $java kafka.Kafka $config
"""

TOPICS_PATH = "opt/kafka/bin/kafka-topics.sh"
TOPICS = """\
#!/bin/sh
set -f
java="/java/bin/java -Xmx64m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp /kafka/*"
exec $java org.apache.kafka.tools.TopicCommand "$@"
"""
"""As in the official image: compose's health check runs it."""

LEFT_OUT = {"jmods", "src.zip", "include", "man", "demo", "legal"}


def ensure_image() -> str:
    """Have the image on the engine, made if need be, and return its name; LackingError where that can't be."""
    with engine(IMPORT_TIMEOUT) as client:
        if has_image(client, IMAGE):
            return IMAGE
        java = find_java()
        if java is None:
            raise LackingError("no Java to put into an image")
        try:
            jars = fetch_kafka(java)
        except FetchFailedError as reason:
            raise LackingError(str(reason)) from reason
        with tempfile.NamedTemporaryFile(suffix=".tar") as file:
            with tarfile.open(fileobj=file, mode="w", dereference=True) as archive:
                pack(archive, java, jars)
            file.flush()
            # An import, not a build: no builder (BuildKit, buildx) has to be there.
            changes = ['ENTRYPOINT ["/start"]', "ENV PATH=/bin", "EXPOSE 9092"]
            client.api.import_image_from_file(file.name, repository=REPOSITORY, tag=TAG, changes=changes)
    return IMAGE


def pack(archive: tarfile.TarFile, java: Java, jars: Path) -> None:
    """Write the image's whole file system."""
    home = java.executable.resolve().parent.parent
    for file in home.rglob("*"):
        inside = file.relative_to(home)
        if file.is_file() and not LEFT_OUT.intersection(inside.parts):
            archive.add(file, f"java/{inside}")
    for jar in jars.glob("*.jar"):
        archive.add(jar, f"kafka/{jar.name}")
    programs = {name: Path(found) for name in TOOLS if (found := shutil.which(name))}
    for name, program in programs.items():
        archive.add(program, f"bin/{name}")
    for library in libraries([home / "bin" / "java", home / "lib" / "server" / "libjvm.so", *programs.values()]):
        archive.add(library, library.lstrip("/"))
    for name, text in {"start": START, TOPICS_PATH: TOPICS}.items():
        script = tarfile.TarInfo(name)
        script.mode, script.size = 0o755, len(text)
        archive.addfile(script, io.BytesIO(text.encode()))
    data = tarfile.TarInfo("data")
    data.type, data.mode = tarfile.DIRTYPE, 0o777
    archive.addfile(data)


def libraries(programs: Iterable[Path]) -> list[str]:
    """Return the system libraries, the loader included, that the programs are linked to."""
    found: set[str] = set()
    for program in programs:
        answer = subprocess.run(["ldd", program], capture_output=True, text=True, timeout=30, check=True).stdout
        found |= set(re.findall(r"(/\S+) \(0x", answer))
    # What lies beside Java itself comes with it.
    return sorted(path for path in found if path.startswith(("/lib", "/usr/lib")) and "/jvm/" not in path)


if __name__ == "__main__":
    try:
        print(ensure_image())  # noqa: T201  a command
    except LackingError as reason:
        sys.exit(f"no image: {reason}")
