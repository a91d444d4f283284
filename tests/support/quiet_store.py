"""A store on a real Redis whose calls nobody measures."""

import time

from warmline.settings import Settings
from warmline.store.connect import Connection
from warmline.store.keys import Keys
from warmline.store.redis_store import RedisStore

_opened: list[Connection] = []


def close_quiet_stores() -> None:
    """Close the connections of every store: a socket that is left to the collector fails whichever test runs then."""
    while _opened:
        _opened.pop().close()


def quiet_store(settings: Settings, keys: Keys) -> RedisStore:
    """Return the store that settings name, with these keys; its connections are closed after the test."""
    connection = Connection(settings)
    _opened.append(connection)
    return RedisStore(connection, keys, lambda _operation, _seconds: None, time.monotonic)
