"""Connect to Redis or Valkey by address: one node, TLS, Sentinel or Cluster."""

import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
    RedisClusterException,
    RedisError,
    TimeoutError as RedisTimeoutError,
)
from redis.retry import Retry
from redis.sentinel import Sentinel

from warmline.settings import Settings, SettingsError

Client = Redis | RedisCluster

SOCKET_TIMEOUT_S = 5.0  # a script of 64 writes takes 2 ms; 5 s without an answer is a fault
CONNECT_TIMEOUT_S = 3.0
RETRIES = 2  # quick ones inside the client; the service's own backoff takes over from there
BACKOFF_BASE_S = 0.05
BACKOFF_CAP_S = 0.5
HEALTH_CHECK_S = 30
DEFAULT_PORT = 6379
SENTINEL_PORT = 26379
SCHEMES = "redis://, rediss://, unix://, redis+sentinel://, rediss+sentinel://, redis+cluster://, rediss+cluster://"

FAULTS = (RedisError, RedisClusterException)
"""All that a client raises: that no node of a Cluster answers is no RedisError to it."""


class Connection:
    """The client of the settings' address, made when it is first asked for. Any thread may ask.

    `redis://[user:password@]host:port/db`; `rediss://` the same over TLS; `redis+sentinel://host:port,host:port/NAME`
    asks the sentinels for the master called NAME (`?db=1` for a database), which know us by a name and password of
    their own; `redis+cluster://host:port,host:port`.

    Args:
        settings: Where it is, and who we are.

    Raises:
        SettingsError: The address is none of these.
    """

    def __init__(self, settings: Settings) -> None:
        self._make = _maker(settings)
        self._made: Client | None = None
        self._lock = threading.Lock()

    def client(self) -> Client:
        """Return the client. Nothing is sent until its first command, but for a Cluster's.

        Raises:
            RedisClusterException: No node of the Cluster answers: its client asks for the slots when it is made. The
                next call tries again.
        """
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def close(self) -> None:
        """Let go of the connections, if there are any."""
        if self._made is not None:
            self._made.close()


def connect(settings: Settings) -> Client:
    """Return the client of a new `Connection`, for who calls once; arguments and errors as there."""
    return Connection(settings).client()


def _maker(settings: Settings) -> Callable[[], Client]:
    try:
        return _maker_of(settings)
    except SettingsError:
        raise
    except (ValueError, TypeError) as error:  # a port that is none, an unfinished bracket, an option redis-py lacks
        raise SettingsError("WARMLINE_REDIS_URL: no address of a Redis; see the README for its forms") from error


def _maker_of(settings: Settings) -> Callable[[], Client]:
    url = settings.redis_url.reveal()
    parts = urlsplit(url)
    options = _options(settings, parts)
    base, _, kind = parts.scheme.partition("+")
    if base not in {"redis", "rediss", "unix"} or kind not in {"", "sentinel", "cluster"}:
        raise SettingsError(f"WARMLINE_REDIS_URL: the address must begin with one of {SCHEMES}")
    if kind == "cluster":
        nodes = [ClusterNode(host, port) for host, port in _hosts(parts, DEFAULT_PORT)]  # type: ignore[no-untyped-call] # redis-py
        return lambda: RedisCluster(startup_nodes=nodes, **options)
    if kind == "sentinel":
        name = parts.path.strip("/")
        if not name:
            raise SettingsError("WARMLINE_REDIS_URL: a sentinel address ends with /NAME of the master")
        options["db"] = int(parse_qs(parts.query).get("db", ["0"])[0])
        to_sentinels = _sentinel_options(settings, tls=base == "rediss")
        sentinel = Sentinel(_hosts(parts, SENTINEL_PORT), sentinel_kwargs=to_sentinels)  # type: ignore[no-untyped-call] # redis-py
        master: Redis = sentinel.master_for(name, **options)  # type: ignore[no-untyped-call] # redis-py
        return lambda: master
    options.pop("ssl", None)  # the scheme says it
    if base != "unix" and not (parts.path.strip("/") or "0").isdigit():
        raise SettingsError("WARMLINE_REDIS_URL: what follows the host is the number of a database, such as /0")
    single: Redis = Redis.from_url(url, **options)
    single.connection_pool.make_connection()  # connects nowhere, but refuses options that no connection has
    return lambda: single


def _options(settings: Settings, parts: SplitResult) -> dict[str, Any]:
    options: dict[str, Any] = {
        "socket_timeout": SOCKET_TIMEOUT_S,
        "socket_connect_timeout": CONNECT_TIMEOUT_S,
        "health_check_interval": HEALTH_CHECK_S,
        "retry": Retry(
            ExponentialBackoff(cap=BACKOFF_CAP_S, base=BACKOFF_BASE_S),
            RETRIES,
            supported_errors=(RedisConnectionError, RedisTimeoutError),
        ),
    }
    username = settings.redis_username or unquote(parts.username or "")
    password = settings.redis_password.reveal() or unquote(parts.password or "")
    if username:
        options["username"] = username
    if password:
        options["password"] = password
    if parts.scheme.startswith("rediss"):
        options |= _tls(settings)
    return options


def _sentinel_options(settings: Settings, *, tls: bool) -> dict[str, Any]:
    """Return how sentinels are asked: quickly, since there are others, and never with the master's password."""
    options: dict[str, Any] = {"socket_timeout": CONNECT_TIMEOUT_S, "socket_connect_timeout": CONNECT_TIMEOUT_S}
    if settings.redis_sentinel_username:
        options["username"] = settings.redis_sentinel_username
    if settings.redis_sentinel_password.reveal():
        options["password"] = settings.redis_sentinel_password.reveal()
    if tls and settings.redis_sentinel_tls == "auto":
        options |= _tls(settings)
    return options


def _tls(settings: Settings) -> dict[str, Any]:
    authority = settings.redis_ssl_ca_file
    return {"ssl": True, "ssl_ca_certs": authority} if authority else {"ssl": True}


def _hosts(parts: SplitResult, default_port: int) -> list[tuple[str, int]]:
    hosts = []
    for entry in parts.netloc.rpartition("@")[2].split(","):
        host, _, port = entry.rpartition(":") if ":" in entry else (entry, "", "")
        hosts.append((host or "localhost", int(port) if port else default_port))
    return hosts
