"""A service's progress in Redis or Valkey."""

import logging
from collections.abc import Collection
from importlib.resources import files
from itertools import chain

from redis.exceptions import NoPermissionError

from warmline.store.keys import PROGRESS_TTL_MS, Keys
from warmline.store.progress import ProgressStore, Told
from warmline.store.redis_calls import RedisCalls
from warmline.store.store import StoreUnavailableError

log = logging.getLogger(__name__)

COUNT = "of"
"""The field that holds how many partitions there are."""


class RedisProgress(ProgressStore):
    """The progress of one service.

    Args:
        calls: How Redis is called.
        keys: Key builder of the service whose progress it is.
    """

    def __init__(self, calls: RedisCalls, keys: Keys) -> None:
        self._calls = calls
        self._service = keys.service
        self._key = keys.progress()
        self._script = (files("warmline.store") / "keep_progress.lua").read_text(encoding="utf-8")
        self._refused = False

    def tell(self, told: Told) -> None:
        """Keep what is told; a partition never goes back."""
        pairs = chain.from_iterable(told.reached.items())
        self._calls.run("progress", self._script, [([self._key], [PROGRESS_TTL_MS, told.partitions, *pairs])])

    def hear(self, partitions: Collection[int], of: int) -> Told | None:
        """Return what was told of some partitions, or of all where the service reads another number of them."""
        try:
            told = self._read(partitions)
            if told is not None and told.partitions != of:
                told = self._read(range(told.partitions))
        except StoreUnavailableError as error:
            if not isinstance(error.__cause__, NoPermissionError):
                raise
            self._tell_refused()
            return None
        self._refused = False
        return told

    def _read(self, partitions: Collection[int]) -> Told | None:
        fields = [COUNT, *map(str, partitions)]
        count, *reached = self._calls.timed("progress", lambda: self._calls.client.hmget(self._key, fields))
        if count is None:
            return None
        known = zip(partitions, reached, strict=True)
        return Told(int(count), {each: int(value) for each, value in known if value is not None})

    def _tell_refused(self) -> None:
        """Say once that an ACL of an earlier version is in force. The service goes on as it did then."""
        if not self._refused:
            self._refused = True
            log.error(
                "may not read how far the service before has come: its halt will be taken for its callers' silence",
                extra={"key": self._key, "grant": "warmline acl redis"},
            )
