"""What a stateful service's domain is to the runtime: pure functions over one key's state.

The same domain runs over Redis in a service, over a dict in the backtest, and under the property tests.
"""

from dataclasses import dataclass, field
from typing import Generic, Literal, Protocol, TypeVar

from msgspec import Struct

S = TypeVar("S", bound=Struct)
"""State of one key: a msgspec Struct, best array_like, which msgpack can carry."""

Verdict = Literal["applied", "duplicate", "late", "ignored"]
"""applied: the state changed; duplicate: the cause is in the state already; late: beyond the lateness; ignored: the
event does not concern this key's state (for example one word too many on an alert nobody knows)."""


class Stamps(Struct, frozen=True):
    """Processing times of one cause, ms UTC: everything about an outcome that may differ from run to run.

    Attributes:
        received_ms: When the broker took the causing record; None for a due time.
        now_ms: The clock at the moment of processing.
    """

    received_ms: int | None
    now_ms: int


class Emit(Struct, frozen=True):
    """One event to publish.

    Attributes:
        topic: Topic name without the deployment's prefix.
        key: Record key.
        type: CloudEvents type.
        id: CloudEvents id, deterministic from the cause.
        time_ms: Event time, ms UTC; CloudEvents time.
        event: The struct of that type.
    """

    topic: str
    key: str
    type: str
    id: str
    time_ms: int
    event: Struct


@dataclass(slots=True)
class Step(Generic[S]):
    """What came of applying one event, or of firing due times.

    Attributes:
        state: The state afterwards; may be the same object, changed in place.
        verdict: What happened.
        emits: Events to publish, in order; empty unless applied.
        learnt: What is worth counting beside them, as structs of the domain's own. Told once the state is stored, kept
            nowhere: a crash in between loses the count, and nothing else.
    """

    state: S
    verdict: Verdict
    emits: list[Emit] = field(default_factory=list)
    learnt: list[Struct] = field(default_factory=list)


class KeyedDomain(Protocol[S]):
    """The pure heart of a stateful service.

    `apply` and `fire` may change the given state in place: the caller throws the state away where anything fails
    before it is stored. They are deterministic in state, event and policy; the stamps only end up in `times`.
    """

    name: str
    """Names the key space in the store, the consumer group and the metrics' label."""

    shown_type: str
    """CloudEvents type whose newest event is kept beside the state as JSON, for any Redis client to read live."""

    state_type: type[S]
    """The struct that holds the state of one key."""

    def key_of(self, event: Struct) -> str | None:
        """Return the key whose state the event concerns, or None where it concerns none."""
        ...

    def cause_of(self, event: Struct) -> str:
        """Return the id under which the event's outcomes are kept in the outbox: the same event, the same cause."""
        ...

    def event_time_of(self, event: Struct) -> int:
        """Return the event time, ms UTC; its maximum over a partition is the watermark."""
        ...

    def apply(self, state: S | None, event: Struct, stamps: Stamps) -> Step[S]:
        """Take one event in; None is the state of a key never seen.

        Where the state is None and the event is ignored, `Step.state` is a fresh state that is not stored.
        """
        ...

    def due(self, state: S) -> int | None:
        """Return the watermark, ms UTC, at which `fire` has something to do (lateness included), or None."""
        ...

    def fire(self, state: S, watermark_ms: int, stamps: Stamps) -> Step[S]:
        """Take in every due time up to the watermark, in order; `ignored` where none is due."""
        ...

    def ttl_s(self, state: S) -> int:
        """Return how long the store keeps this state after its last change, in seconds, above 0."""
        ...
