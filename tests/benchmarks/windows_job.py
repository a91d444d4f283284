"""Windows: scored turns in Kafka to windows in Kafka, with the state in Redis, one process."""

import msgspec
from msgspec import Struct

from tests.benchmarks.rig import BenchError, Progress, Rig, await_progress, create_topics, service
from tests.benchmarks.speed import MS, Speed
from tests.benchmarks.stamps import read_back
from tests.benchmarks.turns import preload, scored_records
from warmline.contracts.topics import CONVERSATION_SCORES, CONVERSATION_WINDOWS


class _Window(Struct):
    turn_id: str = msgspec.field(name="cause")


def measure(rig: Rig, prefix: str, turns: int) -> Speed:
    """Run the windows service once over the preloaded turns, and check that each has exactly one window."""
    out = prefix + CONVERSATION_WINDOWS
    with (
        Progress(rig, prefix + "windows", prefix + CONVERSATION_SCORES) as progress,
        service(rig, "windows", prefix) as process,
    ):
        await_progress(progress.committed, 1, process)
        began = process.cpu_s(), progress.committed()
        await_progress(progress.committed, turns, process)
        cpu_s = (process.cpu_s() - began[0]) * turns / max(turns - began[1], 1)
    decode = msgspec.json.Decoder(_Window).decode
    stamps: dict[str, int] = {}
    for message in read_back(rig, out):
        cause = decode(message.value()).turn_id
        if cause.startswith("due:"):
            continue
        if cause in stamps:
            raise BenchError(f"{cause} has two windows")
        stamps[cause] = message.timestamp()[1]
    if len(stamps) != turns:
        raise BenchError(f"{len(stamps)} windows of {turns} turns")
    return Speed(turns, (max(stamps.values()) - min(stamps.values())) / MS, cpu_s)


def prepare(rig: Rig, prefix: str, turns: int) -> None:
    """Create the topics of one run, and preload its turns."""
    create_topics(rig, prefix)
    preload(rig.bootstrap, prefix + CONVERSATION_SCORES, scored_records(turns))
