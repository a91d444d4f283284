"""That a service stopped at its dead-letter limit, in Redis or Valkey: whoever starts next finds it."""

import time

from warmline.settings import Settings
from warmline.store.connect import Connection
from warmline.store.keys import STOPPED_TTL_MS, Keys
from warmline.store.redis_calls import Observe, RedisCalls


class StandingStop:
    """The stop of one service.

    Args:
        settings: Where the store is.
        service: Name.
        observe: Told each operation's name and seconds.

    Raises:
        SettingsError: The store's address is none.
    """

    def __init__(self, settings: Settings, service: str, observe: Observe = lambda _operation, _seconds: None) -> None:
        self._connection = Connection(settings)
        self._calls = RedisCalls(self._connection, observe, time.monotonic)
        self._key = Keys(settings.redis_prefix, service, settings.store_buckets).stopped()

    def keep(self, why: str) -> None:
        """Let it stand, until it is lifted or nobody has asked for it for a week.

        Raises:
            StoreUnavailableError: Redis is away; nothing stands.
        """
        self._calls.timed("stop", lambda: self._calls.client.set(self._key, why, px=STOPPED_TTL_MS))

    def why(self) -> str | None:
        """Return why the service stands still, None where it does not. Asking lets it stand for another week.

        Raises:
            StoreUnavailableError: Redis is away; call again.
        """

        def ask() -> str | None:
            client = self._calls.client
            kept: bytes | None = client.get(self._key)
            if kept is None:
                return None
            client.pexpire(self._key, STOPPED_TTL_MS)
            return kept.decode()

        return self._calls.timed("stop", ask)

    def lift(self) -> str | None:
        """Let the service go on. Returns why it stood still, None where it did not.

        Raises:
            StoreUnavailableError: Redis is away; call again.
        """

        def lift() -> str | None:
            client = self._calls.client
            kept: bytes | None = client.get(self._key)
            client.delete(self._key)
            return None if kept is None else kept.decode()

        return self._calls.timed("stop", lift)

    def close(self) -> None:
        """Let go of the connections. The next call opens them again."""
        self._connection.close()
