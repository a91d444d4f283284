"""The store on Redis or Valkey: two scripts and four commands; rings and progress beside them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files

from warmline.store.connect import Connection
from warmline.store.keys import CLOCK_TTL_MS, Keys
from warmline.store.redis_calls import Observe, RedisCalls
from warmline.store.redis_progress import RedisProgress
from warmline.store.redis_rings import RedisRings
from warmline.store.store import KEEP_DUE, Settle, Store, Stored, Write

MAX_STATES_A_SCRIPT = 64  # one script blocks the server: 64 writes of 5 KB stay below 2 ms
BUCKET_CACHE = 100_000  # ids hashed again and again while their conversation lives


class RedisStore(Store):
    """States, outboxes and due times of one service in Redis.

    Args:
        connection: Where to.
        keys: Key builder of the service.
        observe: Told each operation's name and seconds.
        monotonic: Clock for that, seconds.
    """

    def __init__(self, connection: Connection, keys: Keys, observe: Observe, monotonic: Callable[[], float]) -> None:
        self._calls = RedisCalls(connection, observe, monotonic)
        self._keys = keys
        self.buckets = keys.buckets
        scripts = files("warmline.store")
        self._compare_and_set = (scripts / "compare_and_set.lua").read_text(encoding="utf-8")
        self._settle = (scripts / "settle_due.lua").read_text(encoding="utf-8")
        self._bucket = lru_cache(BUCKET_CACHE)(keys.bucket)

    def bucket(self, key: str) -> int:
        """Return the bucket of a key."""
        return self._bucket(key)

    def load(self, keys: Sequence[str]) -> list[Stored | None]:
        """Return the state of each key, None where there is none."""

        def read() -> list[list[bytes | None]]:
            pipeline = self._calls.client.pipeline(transaction=False)
            for key in keys:
                pipeline.hmget(self._keys.state(self.bucket(key), key), "v", "state", "outbox")
            rows: list[list[bytes | None]] = pipeline.execute()
            return rows

        return [
            None if version is None else Stored(int(version), state or b"", outbox or b"")
            for version, state, outbox in self._calls.timed("load", read)
        ]

    def compare_and_set(self, writes: Sequence[Write]) -> list[bool]:
        """Write each state whose version fits; return which were written."""
        calls, of_call = [], []
        for bucket, indexes in self._by_bucket([write.key for write in writes]):
            names: list[str] = [self._keys.due(bucket)]
            arguments: list[str | int | bytes] = []
            for index in indexes:
                write = writes[index]
                names.append(self._keys.state(bucket, write.key))
                due = "" if write.due is None else "=" if write.due == KEEP_DUE else write.due
                arguments += (write.expected, write.expected + 1, write.state, write.outbox, write.now or b"")
                arguments += (due, write.ttl_ms, write.key)
            of_call.append(indexes)
            calls.append((names, arguments))
        written = [False] * len(writes)
        for indexes, results in zip(of_call, self._calls.run("write", self._compare_and_set, calls), strict=True):
            for index, result in zip(indexes, results, strict=True):
                written[index] = result == 1
        return written

    def due(self, watermark_of_bucket: Mapping[int, int], limit: int) -> list[tuple[str, int]]:
        """Return keys that are due at their bucket's watermark, and since when, ms UTC.

        At most `limit` of each bucket, earliest first.
        """

        def read() -> list[list[tuple[bytes, float]]]:
            pipeline = self._calls.client.pipeline(transaction=False)
            for bucket, watermark in watermark_of_bucket.items():
                pipeline.zrangebyscore(self._keys.due(bucket), "-inf", watermark, start=0, num=limit, withscores=True)
            rows: list[list[tuple[bytes, float]]] = pipeline.execute()
            return rows

        rows = self._calls.timed("due", read)
        return [(key.decode("utf-8", "surrogatepass"), int(due_ms)) for row in rows for key, due_ms in row]

    def settle(self, settles: Sequence[Settle]) -> None:
        """Set the next due time of each state that is still the version given."""
        calls = []
        for bucket, indexes in self._by_bucket([settle.key for settle in settles]):
            names = [self._keys.due(bucket)]
            arguments: list[str | int | bytes] = []
            for index in indexes:
                settle = settles[index]
                names.append(self._keys.state(bucket, settle.key))
                arguments += (settle.version, "" if settle.due is None else settle.due, settle.key)
            calls.append((names, arguments))
        self._calls.run("settle", self._settle, calls)

    def load_clock(self, partition: int) -> tuple[int, int] | None:
        """Return a partition's watermark and the wall clock when it was reached, both ms UTC; None if unknown."""
        held: bytes | None = self._calls.timed("clock", lambda: self._calls.client.get(self._keys.clock(partition)))
        if held is None:
            return None
        watermark, wall = held.split()
        return int(watermark), int(wall)

    def save_clock(self, partition: int, watermark_ms: int, wall_ms: int) -> None:
        """Remember a partition's watermark."""
        value = f"{watermark_ms} {wall_ms}"
        self._calls.timed("clock", lambda: self._calls.client.set(self._keys.clock(partition), value, px=CLOCK_TTL_MS))

    def rings(self, kept: int, ttl_ms: int) -> RedisRings:
        """Return the service's rings, over the same connection; see `RedisRings`."""
        return RedisRings(self._calls, self._keys, kept=kept, ttl_ms=ttl_ms)

    def progress(self, service: str) -> RedisProgress:
        """Return how far a service has come, over the same connection; see `RedisProgress`."""
        return RedisProgress(self._calls, replace(self._keys, service=service))

    def _by_bucket(self, keys: Sequence[str]) -> Iterable[tuple[int, list[int]]]:
        """Yield bucket and indexes of its keys, no more at once than one script should write."""
        indexes_of: dict[int, list[int]] = defaultdict(list)
        for index, key in enumerate(keys):
            indexes_of[self.bucket(key)].append(index)
        for bucket, indexes in indexes_of.items():
            for start in range(0, len(indexes), MAX_STATES_A_SCRIPT):
                yield bucket, indexes[start : start + MAX_STATES_A_SCRIPT]
