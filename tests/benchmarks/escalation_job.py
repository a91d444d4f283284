"""Escalation: windows in Kafka to alerts in Kafka, with the state in Redis, one process."""

import time
from collections.abc import Iterator

import msgspec

from tests.benchmarks.rig import Progress, Rig, await_progress, create_topics, service
from tests.benchmarks.speed import Speed
from tests.benchmarks.turns import Keyed, preload, scored_turns
from warmline.bus.envelope import headers_of
from warmline.contracts.events import CONVERSATION_WINDOW
from warmline.contracts.topics import CONVERSATION_WINDOWS
from warmline.policy.load import load_policy
from warmline.store.keyed import Stamps
from warmline.windows.service import build_domain
from warmline.windows.state import WindowsState


def window_records(count: int) -> Iterator[Keyed]:
    """Yield the windows of `count` turns as the windows service publishes them."""
    encode = msgspec.json.Encoder().encode
    domain = build_domain(load_policy(None))
    states: dict[str, WindowsState] = {}
    for turn in scored_turns(count):
        key = turn.conversation_id
        step = domain.apply(states.get(key), turn, Stamps(turn.spoken_at, turn.spoken_at))
        states[key] = step.state
        for emit in step.emits:
            if emit.type == CONVERSATION_WINDOW:
                headers = headers_of(emit.type, emit.id, emit.time_ms, "warmline/windows", key)
                yield key, encode(emit.event), headers


def prepare(rig: Rig, prefix: str, turns: int) -> int:
    """Create the topics of one run, preload its windows, and return how many there are."""
    create_topics(rig, prefix)
    return preload(rig.bootstrap, prefix + CONVERSATION_WINDOWS, window_records(turns))


def measure(rig: Rig, prefix: str, windows: int) -> Speed:
    """Run the escalation service once over the preloaded windows.

    Few windows give an alert, so that time is taken from the group's first commit to its last.
    """
    with (
        Progress(rig, prefix + "escalation", prefix + CONVERSATION_WINDOWS) as progress,
        service(rig, "escalation", prefix) as process,
    ):
        await_progress(progress.committed, 1, process)
        began = time.monotonic(), process.cpu_s(), progress.committed()
        await_progress(progress.committed, windows, process)
        done = windows - began[2]
        return Speed(done, time.monotonic() - began[0], process.cpu_s() - began[1])
