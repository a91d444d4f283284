"""The fixtures for the real parts: found or started when the first test asks for them, and kept for the run."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count

import pytest
import redis

from tests.parts import kafka as kafkas, store
from tests.parts.kafka import KafkaPart
from tests.parts.obtain import obtain
from tests.parts.store import RedisPart
from tests.parts.topics import create_topic
from tests.support.quiet_store import close_quiet_stores
from warmline.local.kafka_jvm import KafkaCluster

PARTS_USED = pytest.StashKey[dict[str, str]]()

DATABASES = 16
"""What a Redis has by default; tests take turns in them."""


def pytest_configure(config: pytest.Config) -> None:
    config.stash[PARTS_USED] = {}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    used = terminalreporter.config.stash[PARTS_USED]
    if used:
        terminalreporter.section("parts used")
        for name, kind in sorted(used.items()):
            terminalreporter.write_line(f"{name}: {kind}")


@pytest.fixture(autouse=True)
def quiet_stores() -> Iterator[None]:
    """Close what a test opened with `quiet_store`."""
    yield
    close_quiet_stores()


@pytest.fixture(scope="session")
def parts(request: pytest.FixtureRequest) -> Iterator[ExitStack]:
    """Everything started for this run; ends with it."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="session")
def use(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Note a part for the summary at the end of the run."""

    def note(name: str, kind: str) -> None:
        request.config.stash[PARTS_USED][name] = kind

    return note


@pytest.fixture(scope="session")
def kafka(parts: ExitStack, use: Callable[[str, str], None]) -> KafkaPart:
    """One real broker."""
    part = obtain("a real Kafka", kafkas.REAL, parts)
    use("kafka", part.kind)
    return part


@pytest.fixture(scope="session")
def kafka_any(request: pytest.FixtureRequest, parts: ExitStack, use: Callable[[str, str], None]) -> KafkaPart:
    """A broker for tests that need no rebalance: the real one where there is one, else the embedded one."""
    try:
        return request.getfixturevalue("kafka")
    except pytest.skip.Exception as lacking:
        part = obtain("any Kafka", [kafkas.from_wheel(str(lacking))], parts)
        use("kafka_any", part.kind)
        return part


@pytest.fixture(scope="session")
def kafka3(use: Callable[[str, str], None]) -> Iterator[KafkaCluster]:
    """Three real brokers of our own that may be killed; whoever kills one restarts it."""
    with ExitStack() as stack:
        cluster = obtain("Kafka brokers to kill", [lambda stack: kafkas.start_cluster(stack, brokers=3)], stack)
        use("kafka3", cluster.kind)
        yield cluster


@pytest.fixture(scope="session")
def redis_server(parts: ExitStack, use: Callable[[str, str], None]) -> RedisPart:
    """One Redis or Valkey, shared by the run."""
    part = obtain("a Redis or Valkey", store.SOURCES, parts)
    use("redis", part.kind)
    return part


@pytest.fixture(scope="session")
def turns_of_databases() -> Iterator[int]:
    return count()


@pytest.fixture
def redis_url(redis_server: RedisPart, turns_of_databases: Iterator[int]) -> str:
    """The URL of an empty database that no other test uses meanwhile."""
    base, _, options = redis_server.url.partition("?")
    number = next(turns_of_databases) % DATABASES
    url = f"{'/'.join(base.split('/')[:3])}/{number}" + (f"?{options}" if options else "")
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture
def unique() -> Callable[[str], str]:
    """Make a name that nothing else uses: `unique("turns")` gives `turns-5f0c9e1a`."""
    return lambda name: f"{name}-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def new_topic(kafka: KafkaPart, unique: Callable[[str], str]) -> Callable[..., str]:
    """Create a topic on `kafka` and return its name: `new_topic("turns", partitions=6)`."""
    return lambda name, **options: create_topic(kafka.bootstrap, unique(name), **options)
