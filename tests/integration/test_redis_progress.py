"""A service's progress on a real Redis or Valkey, and on a Cluster: as in memory, and not kept for ever."""

from collections.abc import Iterator

import pytest
import redis
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.support.memory_progress import MemoryProgress
from tests.support.quiet_store import quiet_store
from warmline.local.valkey import ValkeyServer
from warmline.local.valkey_cluster import ValkeyCluster
from warmline.settings import Secret, Settings
from warmline.store.keys import Keys
from warmline.store.progress import Progress, Told, Upstream
from warmline.store.redis_progress import RedisProgress

BASE_MS = 1_700_000_000_000


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
        yield client


def progress(url: str, seen_by: str = "scoring") -> RedisProgress:
    return quiet_store(Settings(redis_url=Secret(url)), Keys("wl", seen_by, 8)).progress("scoring")


telling = st.dictionaries(st.integers(0, 5), st.integers(1, 50).map(lambda ms: BASE_MS + ms), min_size=1)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(telling, st.booleans()), min_size=1, max_size=6))
def test_what_is_heard_is_what_is_heard_in_memory(
    redis_url: str, client: redis.Redis, tellings: list[tuple[dict[int, int], bool]]
) -> None:
    client.flushdb()
    memory = MemoryProgress()
    for reached, aligned in tellings:
        progress(redis_url).tell(Told(6, reached, aligned))
        memory.tell(Told(6, reached, aligned))
    for of in (6, 5):
        assert progress(redis_url, "windows").hear([1, 4], of) == memory.hear([1, 4], of)
    assert client.pttl("wl:{scoring}:progress") > 0


def test_only_the_own_partitions_are_heard_of_unless_their_numbers_differ(redis_url: str, client: redis.Redis) -> None:
    progress(redis_url).tell(Told(3, {0: 1, 1: 2, 2: 3}))
    assert progress(redis_url).hear([1], 3) == Told(3, {1: 2})
    assert progress(redis_url).hear([1], 4) == Told(3, {0: 1, 1: 2, 2: 3})


def test_of_a_service_that_never_told_nothing_is_heard_and_telling_nothing_changes_nothing(
    redis_url: str, client: redis.Redis
) -> None:
    assert progress(redis_url).hear([0], 1) is None
    progress(redis_url).tell(Told(0, {}))
    assert not client.exists("wl:{scoring}:progress")


def test_on_a_cluster_it_is_the_same() -> None:
    with ValkeyCluster() as cluster:
        url = f"redis+cluster://{cluster.addresses}"
        progress(url).tell(Told(2, {0: 5}))
        progress(url).tell(Told(2, {1: 6}))
        assert progress(url, "windows").hear([0, 1], 2) == Told(2, {0: 5, 1: 6})


def test_under_rights_of_an_earlier_version_a_service_goes_on_as_it_did_then_and_says_what_it_lacks(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with ValkeyServer() as server, redis.Redis.from_url(server.url) as admin:
        progress(server.url).tell(Told(1, {0: BASE_MS}))
        admin.acl_setuser("warm", enabled=True, passwords=["+secret"], keys=["wl:{windows.*}:*"], commands=["+@all"])
        settings = Settings(
            redis_url=Secret(server.url), redis_username="warm", redis_password=Secret("secret"), redis_prefix="wl"
        )
        windows = quiet_store(settings, Keys("wl", "windows", 8))
        heard = windows.progress("scoring")
        behind: list[float] = []
        upstream = Upstream(heard, lambda: BASE_MS, behind.append)
        upstream.look([0], 1)
        upstream.look([0], 1)
        assert upstream.sure_ms(0, BASE_MS + 1) == BASE_MS + 1
        assert behind == [0, 0]
        own = Progress(windows.progress("windows"))
        own.handled(0, BASE_MS)
        own.tell(1)  # nothing is raised: the batch at hand is not at fault
        own.tell(1)
        said = [record.__dict__ for record in caplog.records if record.levelname == "ERROR"]
        assert [each["key"] for each in said] == ["wl:{scoring}:progress", "wl:{windows}:progress"], "each once"
        assert {each["grant"] for each in said} == {"warmline acl redis"}
        assert not admin.exists("wl:{windows}:progress")
