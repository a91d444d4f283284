"""What the runtime asks of a store, and what it may get wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

KEEP_DUE: Final = -1
"""As a write's due time: leave it as it is, until the outcomes of what was due are acknowledged."""


class StoreUnavailableError(Exception):
    """The store does not answer, or not now: try again later; nothing is known to be written."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One state as the store holds it.

    Attributes:
        version: Counts writes, from 1.
        state: The domain's struct, msgpack.
        outbox: Outcomes not known to be acknowledged, msgpack.
    """

    version: int
    state: bytes
    outbox: bytes


@dataclass(frozen=True, slots=True)
class Write:
    """One compare-and-set.

    Attributes:
        key: Conversation or agent.
        expected: Version last seen; 0 where there must be none.
        state: As in Stored.
        outbox: As in Stored.
        now: Newest window, alert or signal as JSON; None leaves what is there.
        due: Watermark at which something is due, ms UTC; None for nothing; KEEP_DUE to leave it.
        ttl_ms: How long the state lives from now, ms.
    """

    key: str
    expected: int
    state: bytes
    outbox: bytes
    now: bytes | None
    due: int | None
    ttl_ms: int


@dataclass(frozen=True, slots=True)
class Settle:
    """One due time to set after its outcomes were acknowledged.

    Attributes:
        key: Conversation or agent.
        version: Version that was fired; 0 where the state is gone.
        due: Next watermark at which something is due; None for nothing.
    """

    key: str
    version: int
    due: int | None


class Store(Protocol):
    """Versioned states with due times. Every method may raise StoreUnavailableError; every call may be repeated."""

    buckets: int
    """How many buckets keys and due times spread over."""

    def load(self, keys: Sequence[str]) -> list[Stored | None]:
        """Return the state of each key, None where there is none."""
        ...

    def compare_and_set(self, writes: Sequence[Write]) -> list[bool]:
        """Write each state whose version fits; return which were written."""
        ...

    def due(self, watermark_of_bucket: Mapping[int, int], limit: int) -> list[tuple[str, int]]:
        """Return keys that are due at their bucket's watermark, and since when, ms UTC.

        At most `limit` of each bucket, earliest first.
        """
        ...

    def settle(self, settles: Sequence[Settle]) -> None:
        """Set the next due time of each state that is still the version given."""
        ...

    def bucket(self, key: str) -> int:
        """Return the bucket of a key."""
        ...

    def load_clock(self, partition: int) -> tuple[int, int] | None:
        """Return a partition's watermark and the wall clock when it was reached, both ms UTC; None if unknown."""
        ...

    def save_clock(self, partition: int, watermark_ms: int, wall_ms: int) -> None:
        """Remember a partition's watermark."""
        ...
