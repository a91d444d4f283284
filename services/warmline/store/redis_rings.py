"""Rings in Redis or Valkey: of each key the newest few members, shared by all instances of a service."""

from collections.abc import Sequence
from importlib.resources import files

from msgspec import Struct

from warmline.store.keys import Keys
from warmline.store.redis_calls import RedisCalls


class Member(Struct, frozen=True):
    """One member of a ring.

    Attributes:
        key: Whose ring.
        at_ms: Its time, ms UTC: the members with the latest are kept.
        value: What is kept.
    """

    key: str
    at_ms: int
    value: bytes


class Span(Struct, frozen=True):
    """Which members of a ring are asked for.

    Attributes:
        key: Whose ring.
        from_ms: Earliest time, ms UTC.
        before_ms: All times are earlier than this, ms UTC.
    """

    key: str
    from_ms: int
    before_ms: int


class RedisRings:
    """The rings of one service. Every call may be repeated.

    Args:
        calls: How Redis is called.
        keys: Key builder of the service.
        kept: Members of a ring that are kept.
        ttl_ms: How long a ring lives after its last member came, ms.
    """

    def __init__(self, calls: RedisCalls, keys: Keys, *, kept: int, ttl_ms: int) -> None:
        self._calls = calls
        self._keys = keys
        self._kept = kept
        self._ttl_ms = ttl_ms
        self._keep_newest = (files("warmline.store") / "keep_newest.lua").read_text(encoding="utf-8")

    def add(self, members: Sequence[Member]) -> None:
        """Add members, each to its ring.

        Raises:
            StoreUnavailableError: Redis is away; call again with the same.
        """
        calls = [([self._key(each.key)], [each.at_ms, each.value, self._kept, self._ttl_ms]) for each in members]
        if calls:
            self._calls.run("ring", self._keep_newest, calls)

    def within(self, spans: Sequence[Span]) -> list[list[bytes]]:
        """Return the members of each span, earliest first.

        Raises:
            StoreUnavailableError: Redis is away; call again.
        """
        if not spans:
            return []

        def read() -> list[list[bytes]]:
            pipeline = self._calls.client.pipeline(transaction=False)
            for span in spans:
                pipeline.zrangebyscore(self._key(span.key), span.from_ms, f"({span.before_ms}")
            rows: list[list[bytes]] = pipeline.execute()
            return rows

        return self._calls.timed("ring", read)

    def _key(self, key: str) -> str:
        return self._keys.ring(self._keys.bucket(key), key)
