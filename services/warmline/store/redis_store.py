"""The store on Redis or Valkey: two scripts and four commands."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, TypeVar

from redis import Redis
from redis.cluster import RedisCluster
from redis.exceptions import (
    ClusterDownError,
    ConnectionError as RedisConnectionError,
    NoPermissionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    TimeoutError as RedisTimeoutError,
    TryAgainError,
)

from warmline.store.keys import CLOCK_TTL_MS, Keys
from warmline.store.store import KEEP_DUE, Settle, Store, Stored, StoreUnavailableError, Write

Client = Redis | RedisCluster
Answer = TypeVar("Answer")
Call = Callable[[str, float], None]

MAX_STATES_A_SCRIPT = 64  # one script blocks the server: 64 writes of 5 KB stay below 2 ms
BUCKET_CACHE = 100_000  # ids hashed again and again while their conversation lives
TRANSIENT = (
    RedisConnectionError,  # includes BusyLoadingError
    RedisTimeoutError,
    ClusterDownError,
    TryAgainError,
    ReadOnlyError,  # a fail-over: this node is a replica now
    OutOfMemoryError,  # noeviction: writes are refused until an operator makes room
    NoPermissionError,  # an ACL lacks a command or a key, which it names: the records are not at fault
)
"""Faults that pass: the batch is held and tried again."""
PASSING = ("LOADING", "CLUSTERDOWN", "MASTERDOWN", "READONLY", "OOM", "TRYAGAIN", "MISCONF", "NOPERM", "DENIED")
"""Beginnings of answers that mean the same, and have no class of their own; DENIED is protected mode's."""
REFUSED_INSIDE = re.compile(r"can't run this command|ACL failure in script")
"""What Redis and Valkey say of a command that the user may not run, where a script runs it."""


class RedisStore(Store):
    """States, outboxes and due times of one service in Redis.

    Args:
        client: Connected client; `warmline.store.connect` makes one.
        keys: Key builder of the service.
        observe: Told each operation's name and seconds.
        monotonic: Clock for that, seconds.
    """

    def __init__(self, client: Client, keys: Keys, observe: Call, monotonic: Callable[[], float]) -> None:
        self._client: Any = client
        self._keys = keys
        self.buckets = keys.buckets
        self._observe = observe
        self._monotonic = monotonic
        self._pipelines_scripts = not isinstance(client, RedisCluster)  # a cluster pipeline takes no scripts
        scripts = files("warmline.store")
        self._compare_and_set = (scripts / "compare_and_set.lua").read_text(encoding="utf-8")
        self._settle = (scripts / "settle_due.lua").read_text(encoding="utf-8")
        self._shas: dict[str, str] = {}
        self._bucket = lru_cache(BUCKET_CACHE)(keys.bucket)

    def bucket(self, key: str) -> int:
        """Return the bucket of a key."""
        return self._bucket(key)

    def load(self, keys: Sequence[str]) -> list[Stored | None]:
        """Return the state of each key, None where there is none."""

        def read() -> list[list[bytes | None]]:
            pipeline = self._client.pipeline(transaction=False)
            for key in keys:
                pipeline.hmget(self._keys.state(self.bucket(key), key), "v", "state", "outbox")
            rows: list[list[bytes | None]] = pipeline.execute()
            return rows

        return [
            None if version is None else Stored(int(version), state or b"", outbox or b"")
            for version, state, outbox in self._timed("load", read)
        ]

    def compare_and_set(self, writes: Sequence[Write]) -> list[bool]:
        """Write each state whose version fits; return which were written."""
        calls = []
        for bucket, indexes in self._by_bucket([write.key for write in writes]):
            names: list[str] = [self._keys.due(bucket)]
            arguments: list[str | int | bytes] = []
            for index in indexes:
                write = writes[index]
                names.append(self._keys.state(bucket, write.key))
                due = "" if write.due is None else "=" if write.due == KEEP_DUE else write.due
                arguments += (write.expected, write.expected + 1, write.state, write.outbox, write.now or b"")
                arguments += (due, write.ttl_ms, write.key)
            calls.append((indexes, names, arguments))
        written = [False] * len(writes)
        for (indexes, _, _), results in zip(calls, self._run("write", self._compare_and_set, calls), strict=True):
            for index, result in zip(indexes, results, strict=True):
                written[index] = result == 1
        return written

    def due(self, watermark_of_bucket: Mapping[int, int], limit: int) -> list[str]:
        """Return keys that are due at their bucket's watermark, at most `limit` of each bucket, earliest first."""

        def read() -> list[list[bytes]]:
            pipeline = self._client.pipeline(transaction=False)
            for bucket, watermark in watermark_of_bucket.items():
                pipeline.zrangebyscore(self._keys.due(bucket), "-inf", watermark, start=0, num=limit)
            rows: list[list[bytes]] = pipeline.execute()
            return rows

        return [key.decode("utf-8", "surrogatepass") for row in self._timed("due", read) for key in row]

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
            calls.append((indexes, names, arguments))
        self._run("settle", self._settle, calls)

    def load_clock(self, partition: int) -> tuple[int, int] | None:
        """Return a partition's watermark and the wall clock when it was reached, both ms UTC; None if unknown."""
        held: bytes | None = self._timed("clock", lambda: self._client.get(self._keys.clock(partition)))
        if held is None:
            return None
        watermark, wall = held.split()
        return int(watermark), int(wall)

    def save_clock(self, partition: int, watermark_ms: int, wall_ms: int) -> None:
        """Remember a partition's watermark."""
        value = f"{watermark_ms} {wall_ms}"
        self._timed("clock", lambda: self._client.set(self._keys.clock(partition), value, px=CLOCK_TTL_MS))

    def _by_bucket(self, keys: Sequence[str]) -> Iterable[tuple[int, list[int]]]:
        """Yield bucket and indexes of its keys, no more at once than one script should write."""
        indexes_of: dict[int, list[int]] = defaultdict(list)
        for index, key in enumerate(keys):
            indexes_of[self.bucket(key)].append(index)
        for bucket, indexes in indexes_of.items():
            for start in range(0, len(indexes), MAX_STATES_A_SCRIPT):
                yield bucket, indexes[start : start + MAX_STATES_A_SCRIPT]

    def _run(
        self, operation: str, script: str, calls: Sequence[tuple[list[int], list[str], list[Any]]]
    ) -> list[list[int]]:
        """Run one script many times, in one round trip where the server allows it."""

        def run() -> list[list[int]]:
            sha = self._shas.get(script) or self._load_script(script)
            try:
                return self._evaluate(sha, calls)
            except NoScriptError:  # the server restarted or failed over and forgot it; nothing of this call ran there
                return self._evaluate(self._load_script(script), calls)

        return self._timed(operation, run)

    def _evaluate(self, sha: str, calls: Sequence[tuple[list[int], list[str], list[Any]]]) -> list[list[int]]:
        if not self._pipelines_scripts:
            return [self._client.evalsha(sha, len(names), *names, *values) for _, names, values in calls]
        pipeline = self._client.pipeline(transaction=False)
        for _, names, values in calls:
            pipeline.execute_command("EVALSHA", sha, len(names), *names, *values)
        results: list[list[int]] = pipeline.execute()
        return results

    def _load_script(self, script: str) -> str:
        sha = self._shas[script] = str(self._client.script_load(script))
        return sha

    def _timed(self, operation: str, call: Callable[[], Answer]) -> Answer:
        started = self._monotonic()
        try:
            return call()
        except TRANSIENT as error:
            raise StoreUnavailableError(f"Redis, {operation}: {type(error).__name__}: {error}") from error
        except RedisError as error:
            reason = str(error).rpartition("of pipeline caused error: ")[2]
            if reason.startswith(PASSING):
                raise StoreUnavailableError(f"Redis, {operation}: {reason}") from error
            if REFUSED_INSIDE.search(reason):
                command = refused_command(self._settle if operation == "settle" else self._compare_and_set, reason)
                raise StoreUnavailableError(f"Redis, {operation}: an ACL lacks {command}: {reason}") from error
            raise
        finally:
            self._observe(operation, self._monotonic() - started)


def refused_command(script: str, reason: str) -> str:
    """Return the command that a script was not allowed to run: Redis before 7.2 names only the line."""
    line = re.search(r"user_script:(\d+)", reason)
    until = script.splitlines()[: int(line[1])] if line else []
    calls = [call for each in until for call in re.findall(r"redis\.call\('(\w+)'", each)]
    return f"{calls[-1].lower()} (inside a script)" if calls else "a command inside a script"
