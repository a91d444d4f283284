"""A simulated world: one partition's log, a broker that remembers what was published, owners that crash or stall.

An owner goes through the loop's steps one at a time, so that a test can end it between any two of them.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from warmline.store.incoming import Incoming
from warmline.store.keyed import KeyedDomain, Stamps
from warmline.store.memory import MemoryRun
from warmline.store.outbox import Outcome
from warmline.store.processor import Processor
from warmline.store.store import Store, StoreUnavailableError
from warmline.store.timeline import Timeline

TOPIC = "marks"
STEPS = (
    "read",
    "process",
    "publish",
    "commit",
    "acknowledged",
    "fire",
    "publish timers",
    "acknowledge timers",
    "settle",
)


Looks = Literal["between batches", "within batches"]


class World:
    """The log, the group's committed offset, the saved watermark, and all that was ever published, with repeats.

    Args:
        looks: Where its owners look for what is due: between batches only, or within them as well.
    """

    def __init__(
        self, domain: KeyedDomain, store: Store, log: Sequence[Struct], *, looks: Looks = "between batches"
    ) -> None:
        self.domain = domain
        self.store = store
        self.log = list(log)
        self.committed = 0
        self.published: list[Outcome] = []
        self.clock = 0
        self.looks = looks

    def watermark(self, position: int) -> int:
        """Event time of the newest record below a position."""
        return max((self.domain.event_time_of(event) for event in self.log[:position]), default=0)


class Owner:
    """One process that owns the partition, or believes so.

    It takes up the watermark that an earlier owner saved. Where `fires_first`, its first read brings nothing, so that
    due times come before the records that the earlier owner has left to be read again.
    """

    def __init__(self, world: World, batch: int, *, fires_first: bool = False) -> None:
        self._world = world
        self._batch = batch
        self._position = world.committed
        self._processor = Processor(world.domain, world.store, lambda: 0)
        self._processor.committed(TOPIC, 0, world.committed)
        self._restored = world.clock
        self._step = STEPS.index("fire") if fires_first else 0
        self._incomings: list[Incoming] = []
        self._outcomes: list[Outcome] = []

    def idle(self) -> bool:
        """Whether the log is read, a round is complete, and nothing is due any more."""
        world = self._world
        due = world.store.due(dict.fromkeys(range(world.store.buckets), self._watermark()), 1)
        return self._step == 0 and self._position >= len(world.log) and not due

    def step(self) -> None:
        """Do the next step; a store that fails leaves the step to be done again."""
        try:
            getattr(self, "_" + STEPS[self._step].replace(" ", "_"))()
        except StoreUnavailableError:
            return
        self._step = (self._step + 1) % len(STEPS)

    def _watermark(self) -> int:
        return max(self._restored, self._world.watermark(self._position))

    def _read(self) -> None:
        until = min(self._position + self._batch, len(self._world.log))
        self._incomings = [
            Incoming(TOPIC, 0, offset, self._world.log[offset], None) for offset in range(self._position, until)
        ]
        self._position = until

    def _process(self) -> None:
        self._processor.begin()
        self._outcomes = self._processor.process(self._incomings, self._timeline())
        self._world.clock = max(self._world.clock, self._watermark())

    def _timeline(self) -> Timeline | None:
        world = self._world
        if world.looks == "between batches":
            return None
        began = self._position - len(self._incomings)
        timeline = Timeline(1, {0: max(self._restored, world.watermark(began)) or None})
        for place, incoming in enumerate(self._incomings):
            timeline.goes_on(0, place, world.domain.event_time_of(incoming.event))
        timeline.look_at(0, list(range(world.store.buckets)))
        return timeline

    def _publish(self) -> None:
        self._world.published += self._outcomes

    def _commit(self) -> None:
        if self._incomings:
            self._world.committed = self._position
            self._processor.committed(TOPIC, 0, self._position)

    def _acknowledged(self) -> None:
        self._processor.acknowledged()

    def _fire(self) -> None:
        self._outcomes = self._processor.fire(dict.fromkeys(range(self._world.store.buckets), self._watermark()))

    def _publish_timers(self) -> None:
        self._world.published += self._outcomes

    def _acknowledge_timers(self) -> None:
        self._processor.acknowledged()

    def _settle(self) -> None:
        self._processor.settle()


def oracle(domain: KeyedDomain, log: Sequence[Struct]) -> dict[str, bytes]:
    """Return id to content of everything a run without any fault publishes."""
    run: MemoryRun = MemoryRun(domain)
    encoder = msgspec.json.Encoder()
    expected = {}
    for event in log:
        for emit in run.apply(event, Stamps(None, 0)):
            expected[emit.id] = encoder.encode(emit.event)
    return expected


def oracle_states(domain: KeyedDomain, log: Sequence[Struct]) -> dict[str, bytes]:
    """Return key to encoded state after a run without any fault."""
    run: MemoryRun = MemoryRun(domain)
    for event in log:
        run.apply(event, Stamps(None, 0))
    return {key: msgspec.msgpack.encode(state) for key, state in run.states.items()}
