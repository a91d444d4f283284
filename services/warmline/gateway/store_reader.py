"""Reads single conversations and agents from the store, where the view does not hold them."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from warmline.settings import Settings
from warmline.store.connect import FAULTS, Connection
from warmline.store.keys import Keys

THREADS = 4
TIMEOUT_S = 3.0


class StoreAwayError(Exception):
    """The store does not answer."""


class StoreReader:
    """Asks Redis for the newest published event of a service about one key.

    Args:
        settings: Where the store is.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._connection = Connection(settings)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store")

    async def newest(self, service: str, key: str) -> bytes | None:
        """Return what a service published last about a conversation or agent, as JSON; None where nothing is held.

        Raises:
            StoreAwayError: The store does not answer in time.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await loop.run_in_executor(self._threads, self._read, service, key)
        except (*FAULTS, TimeoutError) as error:
            raise StoreAwayError(type(error).__name__) from error

    def close(self) -> None:
        """Let go of the connections."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._connection.close()

    def _read(self, service: str, key: str) -> bytes | None:
        keys = Keys(self._settings.redis_prefix, service, self._settings.store_buckets)
        client: Any = self._connection.client()
        found: bytes | None = client.hget(keys.state(keys.bucket(key), key), "now")
        return found or None
