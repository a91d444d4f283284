"""Where a windows turn's time goes: `python -m tests.benchmarks.profile_windows [--turns N]`.

Runs the real service's loop in this process on a real Kafka and Redis, and adds up the CPU time of its thread by stage.
A stage's own time is what its inner stages do not have. Wrapping costs a microsecond or two a call, which inflates the
stages that are called once a turn; read the shares, not the sums.
"""

import argparse
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any

from prometheus_client import CollectorRegistry

from tests.benchmarks import windows_job
from tests.benchmarks.rig import Progress, open_rig
from warmline.bus import loop, poison, publisher, stateful
from warmline.contracts.topics import CONVERSATION_SCORES
from warmline.policy.load import load_policy
from warmline.settings import Secret, Settings
from warmline.store import processor, redis_store
from warmline.telemetry.health import Health
from warmline.telemetry.metrics import Metrics
from warmline.windows import domain, service
from warmline.wiring import Parts

STAGES: tuple[tuple[type, str, str], ...] = (
    (loop.Loop, "_read", "read: consume, Record"),
    (loop.Loop, "_batch", "decode"),
    (poison.Isolation, "handle", "hand over: Incoming, watermarks"),
    (processor.Processor, "_attempt", "process: group, bookkeeping"),
    (processor.Processor, "_apply", "apply: outbox entries"),
    (domain.WindowsDomain, "apply", "windows' arithmetic, window included"),
    (processor.Processor, "_encode", "JSON of the outcomes"),
    (processor.Processor, "_write", "msgpack of state and outbox"),
    (redis_store.RedisStore, "load", "Redis: load"),
    (redis_store.RedisStore, "compare_and_set", "Redis: compare and set"),
    (publisher.Publisher, "_send_all", "produce"),
    (publisher.Publisher, "_await_all", "await acknowledgements"),
    (loop.Loop, "_commit", "commit"),
    (stateful.StatefulHandler, "acknowledged", "metrics"),
    (loop.Loop, "_time_passes", "timers"),
)
"""Class, method and name of each stage."""


class StageClock:
    """CPU time of the loop's thread by stage, each without what its inner stages took."""

    def __init__(self) -> None:
        self.cpu_ns: Counter[str] = Counter()
        self._inner_ns: list[int] = []

    def watch(self, owner: type, method: str, stage: str) -> None:
        """Replace a method by one that adds its time up."""
        inner: Callable[..., Any] = getattr(owner, method)

        @wraps(inner)
        def timed(*arguments: Any, **named: Any) -> Any:
            started = time.thread_time_ns()
            self._inner_ns.append(0)
            try:
                return inner(*arguments, **named)
            finally:
                took = time.thread_time_ns() - started
                self.cpu_ns[stage] += took - self._inner_ns.pop()
                if self._inner_ns:
                    self._inner_ns[-1] += took

        setattr(owner, method, timed)


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--turns", type=int, default=40_000)
    turns: int = parser.parse_args().turns
    clock = StageClock()
    for owner, method, stage in STAGES:
        clock.watch(owner, method, stage)
    with open_rig() as rig:
        prefix = "profile."
        windows_job.prepare(rig, prefix, turns)
        settings = Settings(
            kafka_brokers=rig.bootstrap, redis_url=Secret(rig.redis_url), topic_prefix=prefix, redis_prefix="profile"
        )
        parts = Parts(
            settings, load_policy(None), Metrics(CollectorRegistry()), Health(time.monotonic), threading.Event()
        )
        thread = threading.Thread(target=service.run, args=(parts,), daemon=True)
        thread.start()
        pause = threading.Event()
        with Progress(rig, f"{prefix}windows", prefix + CONVERSATION_SCORES) as progress:
            while progress.committed() < turns:
                pause.wait(0.2)
        parts.stop.set()
        thread.join()
    total = sum(clock.cpu_ns.values())
    print("| stage | CPU us/turn | share |\n| --- | ---: | ---: |")  # noqa: T201 # the table is the result
    for stage, took in clock.cpu_ns.most_common():
        print(f"| {stage} | {took / turns / 1000:.1f} | {took / total:.0%} |")  # noqa: T201
    print(f"| all | {total / turns / 1000:.1f} | |")  # noqa: T201


if __name__ == "__main__":
    main()
