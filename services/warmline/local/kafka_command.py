"""The command line of one local Kafka process."""

from pathlib import Path

from warmline.local.java import Java
from warmline.local.kafka_config import Node

# Formatting and serving in one process that keeps its id: several nodes prepare themselves at the same time, and a
# SIGKILL to the id hits the broker, not a shell. $1: the folder, $2: the cluster id, the rest: Java and its options.
SCRIPT = """\
folder=$1; cluster=$2; shift 2
if [ ! -f "$folder/data/meta.properties" ]; then
    "$@" kafka.tools.StorageTool format --cluster-id "$cluster" --config "$folder/server.properties" || exit
fi
exec "$@" kafka.Kafka "$folder/server.properties"
"""

LOG_LEVELS = {
    "org.slf4j.simpleLogger.defaultLogLevel": "warn",
    "org.slf4j.simpleLogger.log.kafka.server": "info",
    "org.slf4j.simpleLogger.log.kafka.server.KafkaConfig": "warn",
    "org.slf4j.simpleLogger.showDateTime": "true",
    "org.slf4j.simpleLogger.dateTimeFormat": "HH:mm:ss.SSS",
}


def start_command(java: Java, jars: Path, node: Node, cluster_id: str, heap_megabytes: int) -> list[str]:
    """Return the command that formats the node's folder where it is new, and then becomes the broker."""
    return [
        "/bin/sh",
        "-c",
        SCRIPT,
        "kafka",
        str(node.folder),
        cluster_id,
        str(java.executable),
        f"-Xmx{heap_megabytes}m",
        "-XX:+UseSerialGC",  # on few cores and a small heap: 100 MB less than G1, and a quicker start
        "-Djava.awt.headless=true",
        *(f"-D{name}={value}" for name, value in LOG_LEVELS.items()),
        "-cp",
        f"{jars}/*",
    ]
