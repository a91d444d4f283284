"""A Store over dicts with the semantics of the Redis one; `tests/integration/test_redis_store.py` holds them equal."""

from collections.abc import Callable, Mapping, Sequence

from warmline.store.keys import Keys
from warmline.store.store import KEEP_DUE, Settle, Store, Stored, StoreUnavailableError, Write


class MemoryStore(Store):
    """Counts its calls; `fail_at` makes chosen calls fail before or after they took effect."""

    def __init__(self, service: str = "tally", buckets: int = 8) -> None:
        self._keys = Keys("wl", service, buckets)
        self.buckets = buckets
        self.states: dict[str, Stored] = {}
        self.now: dict[str, bytes] = {}
        self.dues: dict[str, int] = {}
        self.clocks: dict[int, tuple[int, int]] = {}
        self.before_write: Callable[[], None] = lambda: None
        self.fail_at: set[tuple[str, int]] = set()
        self._calls = {"load": 0, "write": 0, "settle": 0}

    def bucket(self, key: str) -> int:
        return self._keys.bucket(key)

    def load(self, keys: Sequence[str]) -> list[Stored | None]:
        self._fault("load", "before")
        return [self.states.get(key) for key in keys]

    def compare_and_set(self, writes: Sequence[Write]) -> list[bool]:
        self.before_write()
        self._fault("write", "before")
        written = []
        for write in writes:
            held = self.states.get(write.key)
            if (held.version if held else 0) != write.expected:
                written.append(False)
                continue
            self.states[write.key] = Stored(write.expected + 1, write.state, write.outbox)
            if write.now is not None:
                self.now[write.key] = write.now
            if write.due is None:
                self.dues.pop(write.key, None)
            elif write.due != KEEP_DUE:
                self.dues[write.key] = write.due
            written.append(True)
        self._fault("write", "after")
        return written

    def due(self, watermark_of_bucket: Mapping[int, int], limit: int) -> list[tuple[str, int]]:
        dues = []
        for bucket, watermark in watermark_of_bucket.items():
            mine = sorted((at, key) for key, at in self.dues.items() if at <= watermark and self.bucket(key) == bucket)
            dues += [(key, at) for at, key in mine[:limit]]
        return dues

    def settle(self, settles: Sequence[Settle]) -> None:
        self._fault("settle", "before")
        for settle in settles:
            held = self.states.get(settle.key)
            if (held.version if held else 0) != settle.version:
                continue
            if settle.due is None:
                self.dues.pop(settle.key, None)
            elif settle.key in self.dues:
                self.dues[settle.key] = settle.due

    def load_clock(self, partition: int) -> tuple[int, int] | None:
        return self.clocks.get(partition)

    def save_clock(self, partition: int, watermark_ms: int, wall_ms: int) -> None:
        self.clocks[partition] = (watermark_ms, wall_ms)

    def _fault(self, operation: str, when: str) -> None:
        if when == "before":
            self._calls[operation] += 1
        if (f"{operation} {when}", self._calls[operation]) in self.fail_at:
            raise StoreUnavailableError(f"{operation} failed {when} it took effect, as the test wants")
