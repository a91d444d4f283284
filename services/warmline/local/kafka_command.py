"""The command line of one local Kafka process."""

from dataclasses import dataclass
from pathlib import Path

from warmline.local.class_archive import ClassArchive
from warmline.local.java import Java

# Formatting and serving in one process that keeps its id: several nodes prepare themselves at the same time, and a
# SIGKILL to the id hits the broker, not a shell. $1: the folder, $2: the cluster id, $3: an option for the server
# alone or nothing, the rest: Java and its options.
SCRIPT = """\
folder=$1; cluster=$2; server_option=$3; shift 3
if [ ! -f "$folder/data/meta.properties" ]; then
    "$@" kafka.tools.StorageTool format --cluster-id="$cluster" --config "$folder/server.properties" || exit
fi
exec "$@" ${server_option:+"$server_option"} kafka.Kafka "$folder/server.properties"
"""

LOG_LEVELS = {
    "org.slf4j.simpleLogger.defaultLogLevel": "warn",
    "org.slf4j.simpleLogger.log.kafka.server": "info",
    "org.slf4j.simpleLogger.log.kafka.server.KafkaConfig": "warn",
    "org.slf4j.simpleLogger.showDateTime": "true",
    "org.slf4j.simpleLogger.dateTimeFormat": "HH:mm:ss.SSS",
}


@dataclass(frozen=True)
class Runtime:
    """The Java side of a broker: the runtime, Kafka's jars, the heap, the archive of classes to read or to write."""

    java: Java
    jars: Path
    heap_megabytes: int
    archive: ClassArchive
    writes_archive: bool


def start_command(runtime: Runtime, folder: Path, cluster_id: str) -> list[str]:
    """Return the command that formats the node's folder where it is new, and then becomes the broker."""
    return [
        "/bin/sh",
        "-c",
        SCRIPT,
        "kafka",
        str(folder),
        cluster_id,
        runtime.archive.write_option if runtime.writes_archive else "",
        str(runtime.java.executable),
        f"-Xmx{runtime.heap_megabytes}m",
        # On few cores and a small heap: 100 MB less than the default collector and half of the CPU of a start, while
        # a client on the same machine got the same 150,000 messages/s through it.
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        *runtime.archive.read_options,
        "-Djava.awt.headless=true",
        *(f"-D{name}={value}" for name, value in LOG_LEVELS.items()),
        "-cp",
        f"{runtime.jars}/*",
    ]
