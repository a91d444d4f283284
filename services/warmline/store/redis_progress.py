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

MIXED = "mixed"
"""The field that is there where keys are not in the partitions in which a reader finds them."""


class RedisProgress(ProgressStore):
    """The progress of one service.

    Args:
        calls: How Redis is called.
        keys: Key builder of the service whose progress it is.
    """

    def __init__(self, calls: RedisCalls, keys: Keys) -> None:
        self._calls = calls
        self._key = keys.progress()
        self._script = (files("warmline.store") / "keep_progress.lua").read_text(encoding="utf-8")
        self._refused = False

    def tell(self, told: Told) -> None:
        """Keep what is told. What was once told not to be aligned stays so, until all expires."""
        pairs = chain.from_iterable(told.reached.items())
        arguments = [PROGRESS_TTL_MS, told.partitions, int(not told.aligned), *pairs]
        try:
            self._calls.run("progress", self._script, [([self._key], arguments)])
        except StoreUnavailableError as error:
            self._note_refusal(error, "may not tell how far it has come: its halt will be taken for callers' silence")
            raise
        self._refused = False

    def hear(self, partitions: Collection[int], of: int) -> Told | None:
        """Return what was told of some partitions, or of all where a key may come from any."""
        try:
            told = self._read(partitions)
            if told is not None and (told.partitions != of or not told.aligned):
                told = self._read(range(told.partitions))
        except StoreUnavailableError as error:
            wrong = "may not read how far the service before has come: its halt will be taken for callers' silence"
            if not self._note_refusal(error, wrong):
                raise
            return None
        self._refused = False
        return told

    def _read(self, partitions: Collection[int]) -> Told | None:
        fields = [COUNT, MIXED, *map(str, partitions)]
        count, mixed, *reached = self._calls.timed("progress", lambda: self._calls.client.hmget(self._key, fields))
        if count is None:
            return None
        known = zip(partitions, reached, strict=True)
        return Told(int(count), {each: int(value) for each, value in known if value is not None}, mixed is None)

    def _note_refusal(self, error: StoreUnavailableError, wrong: str) -> bool:
        """Say, once, that an ACL of an earlier version is in force. Returns whether that is what happened."""
        refused = isinstance(error.__cause__, NoPermissionError)
        if refused and not self._refused:
            log.error(wrong, extra={"key": self._key, "grant": "warmline acl redis"})
        self._refused = self._refused or refused
        return refused
