"""The store on a real Redis or Valkey: semantics as in memory, a TTL on every key, every kind of address."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import msgspec
import pytest
import redis
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.support.certificates import make_certificates
from tests.support.memory_store import MemoryStore
from tests.support.quiet_store import quiet_store
from tests.support.schedules import Schedule, logs, run_schedule, schedules
from tests.support.tally import Mark, TallyDomain
from tests.support.world import World, oracle, oracle_states
from warmline.local.valkey import ValkeyServer
from warmline.local.valkey_binary import ValkeyUnavailableError
from warmline.local.valkey_cluster import ValkeyCluster
from warmline.local.valkey_options import ValkeyOptions
from warmline.local.valkey_sentinel import SentinelSet
from warmline.local.waiting import wait_until
from warmline.settings import Secret, Settings
from warmline.store.keys import Keys
from warmline.store.redis_store import RedisStore
from warmline.store.store import KEEP_DUE, Settle, Stored, StoreUnavailableError, Write

BUCKETS = 8


def open_store(url: str, service: str = "tally") -> RedisStore:
    return quiet_store(Settings(redis_url=Secret(url)), Keys("wl", service, BUCKETS))


@pytest.fixture
def store(redis_url: str) -> RedisStore:
    return open_store(redis_url)


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


writes = st.lists(
    st.builds(
        Write,
        key=st.sampled_from(["a", "b", "c", "ü\x1f"]),
        expected=st.integers(0, 3),
        state=st.binary(max_size=20),
        outbox=st.binary(max_size=20),
        now=st.none() | st.binary(min_size=1, max_size=20),
        due=st.none() | st.just(KEEP_DUE) | st.integers(1, 2**45),
        ttl_ms=st.integers(60_000, 120_000),
    ),
    max_size=4,
    unique_by=lambda write: write.key,
)
settles = st.lists(
    st.builds(Settle, st.sampled_from(["a", "b", "c"]), st.integers(0, 3), st.none() | st.integers(1, 2**45)),
    max_size=3,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(writes, settles), max_size=6))
def test_redis_answers_as_the_store_in_memory_does(
    store: RedisStore, client: redis.Redis, calls: list[tuple[list[Write], list[Settle]]]
) -> None:
    client.flushdb()
    memory = MemoryStore()
    keys = ["a", "b", "c", "ü\x1f"]
    for written, settled in calls:
        assert store.compare_and_set(written) == memory.compare_and_set(written)
        store.settle(settled)
        memory.settle(settled)
        assert store.load(keys) == memory.load(keys)
        for watermark in (0, 2**44, 2**46):
            everywhere = dict.fromkeys(range(BUCKETS), watermark)
            assert sorted(store.due(everywhere, 10)) == sorted(memory.due(everywhere, 10))
        for key in client.scan_iter():
            assert client.ttl(key) > 0, f"{key!r} has no TTL"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(logs(most=25), schedules, st.integers(1, 9))
def test_crashes_and_stalled_owners_leave_in_redis_what_a_clean_run_leaves(
    store: RedisStore, client: redis.Redis, log: list[Mark], schedule: Schedule, batch: int
) -> None:
    client.flushdb()
    world = World(TallyDomain(), store, log)
    run_schedule(world, schedule, batch)
    expected = oracle(TallyDomain(), log)
    assert {outcome.id: outcome.value for outcome in world.published} == expected
    states = oracle_states(TallyDomain(), log)
    held = dict(zip(states, store.load(list(states)), strict=True))
    assert {key: stored and stored.state for key, stored in held.items()} == states
    for key in client.scan_iter():
        assert client.ttl(key) > 0, f"{key!r} has no TTL"


def test_a_script_that_the_server_forgot_is_loaded_again(store: RedisStore, client: redis.Redis) -> None:
    first = Write("a", 0, b"s", b"o", None, 5, 60_000)
    assert store.compare_and_set([first]) == [True]
    client.script_flush()
    assert store.compare_and_set([Write("a", 1, b"t", b"o", None, 6, 60_000)]) == [True]


def test_the_newest_event_can_be_read_live_by_any_client(store: RedisStore, client: redis.Redis) -> None:
    store.compare_and_set([Write("conversation-1", 0, b"s", b"o", b'{"mood":-0.2}', None, 60_000)])
    (key,) = client.keys("wl:{tally.*}:s:conversation-1")
    assert client.hget(key, "now") == b'{"mood":-0.2}'
    assert store.compare_and_set([Write("conversation-1", 1, b"t", b"o", None, None, 60_000)]) == [True]
    assert client.hget(key, "now") == b'{"mood":-0.2}', "a write that brings none leaves the one before"


def test_a_state_lives_from_its_last_write_and_due_times_outlive_every_state_that_they_point_to(
    store: RedisStore, client: redis.Redis
) -> None:
    """A conversation that goes on must not expire, nor may what is due in it be forgotten for another's sake."""
    minute_ms, day_ms = 60_000, 86_400_000
    names = (f"conversation-{number}" for number in range(1_000))
    brief, long = islice((name for name in names if store.bucket(name) == 0), 2)
    keys = Keys("wl", "tally", BUCKETS)

    def lives_ms(key: str) -> int:
        return int(client.pttl(key))

    first = [Write(brief, 0, b"s", b"o", None, 5, minute_ms), Write(long, 0, b"s", b"o", None, 6, day_ms)]
    assert store.compare_and_set(first) == [True, True]
    assert 0 < lives_ms(keys.state(0, brief)) <= minute_ms
    assert lives_ms(keys.due(0)) > day_ms
    store.compare_and_set([Write(brief, 1, b"s", b"o", None, 7, minute_ms)])
    assert lives_ms(keys.due(0)) > day_ms, "the long one is due still"
    store.compare_and_set([Write(brief, 2, b"s", b"o", None, 8, 2 * day_ms)])
    assert day_ms < lives_ms(keys.state(0, brief)) <= 2 * day_ms
    assert lives_ms(keys.due(0)) > 2 * day_ms


def test_what_is_due_lives_on_with_a_state_whose_due_time_is_left_or_set_again(
    store: RedisStore, client: redis.Redis
) -> None:
    """A state may be written, and fired, for longer than the due times of its bucket were once given."""
    hour_ms = 3_600_000
    keys, name = Keys("wl", "tally", BUCKETS), "conversation-1"
    due = keys.due(store.bucket(name))

    def about_to_go() -> None:
        client.pexpire(due, 60_000)

    store.compare_and_set([Write(name, 0, b"s", b"o", None, 5, hour_ms)])
    about_to_go()
    store.compare_and_set([Write(name, 1, b"s", b"o", None, KEEP_DUE, hour_ms)])
    assert int(client.pttl(due)) > hour_ms
    assert client.zrange(due, 0, -1, withscores=True)[0][1] == 5
    about_to_go()
    store.settle([Settle(name, 2, 9)])
    assert int(client.pttl(due)) > hour_ms
    assert client.zrange(due, 0, -1, withscores=True)[0][1] == 9


def test_a_clock_comes_back_as_it_was_saved(store: RedisStore, client: redis.Redis) -> None:
    assert store.load_clock(3) is None
    store.save_clock(3, 1_700_000_000_000, 1_700_000_000_500)
    assert store.load_clock(3) == (1_700_000_000_000, 1_700_000_000_500)
    assert all(client.ttl(key) > 0 for key in client.scan_iter())


def one_write_and_read(store: RedisStore) -> None:
    """Touch many buckets at once, as a batch does."""
    keys = [f"conversation-{number}" for number in range(40)]
    writes_ = [Write(key, 0, key.encode(), b"", None, 5, 60_000) for key in keys]
    assert store.compare_and_set(writes_) == [True] * 40
    assert store.compare_and_set(writes_) == [False] * 40
    assert [stored and stored.state for stored in store.load(keys)] == [key.encode() for key in keys]
    assert sorted(key for key, _ in store.due(dict.fromkeys(range(BUCKETS), 5), 100)) == sorted(keys)
    store.settle([Settle(key, 1, None) for key in keys])
    assert store.due(dict.fromkeys(range(BUCKETS), 5), 100) == []


def test_a_cluster_address_is_served() -> None:
    with ValkeyCluster() as cluster:
        one_write_and_read(open_store(f"redis+cluster://{cluster.addresses}"))


def test_a_sentinel_address_finds_the_master() -> None:
    with SentinelSet() as sentinels:
        host, port = sentinels.address
        one_write_and_read(open_store(f"redis+sentinel://{host}:{port}/warmline"))


def test_sentinels_with_a_password_of_their_own_over_tls_are_asked_with_it_and_without_it_say_so(
    tmp_path: Path,
) -> None:
    tls = make_certificates(tmp_path)
    password, own_password = "the-store-s", "the-sentinels"
    try:
        sentinels = SentinelSet(password=password, own_password=own_password, tls=tls)
    except ValkeyUnavailableError as reason:
        pytest.skip(str(reason))
    with sentinels:
        host, port = sentinels.address
        settings = Settings(
            redis_url=Secret(f"rediss+sentinel://{host}:{port}/warmline"),
            redis_password=Secret(password),
            redis_ssl_ca_file=str(tls.authority),
            redis_sentinel_password=Secret(own_password),
        )
        keys = Keys("wl", "tally", BUCKETS)
        one_write_and_read(quiet_store(settings, keys))
        for change in (
            {"redis_sentinel_password": Secret("")},  # the master's is not sent in its stead
            {"redis_sentinel_password": Secret("guessed")},
            {"redis_sentinel_tls": "off"},
        ):
            with pytest.raises(StoreUnavailableError, match="No master found for 'warmline'") as told:
                quiet_store(msgspec.structs.replace(settings, **change), keys).load(["a"])
            assert "guessed" not in str(told.value)


def test_an_acl_user_and_its_password_are_used_and_never_shown() -> None:
    with ValkeyServer() as server, redis.Redis.from_url(server.url) as admin:
        admin.acl_setuser("warm", enabled=True, passwords=["+s3cret"], keys=["wl:*"], commands=["+@all"])
        with_user = Settings(
            redis_url=Secret(server.url), redis_username="warm", redis_password=Secret("s3cret"), redis_prefix="wl"
        )
        assert "s3cret" not in repr(with_user)
        keys = Keys("wl", "tally", BUCKETS)
        one_write_and_read(quiet_store(with_user, keys))
        wrong = msgspec.structs.replace(with_user, redis_password=Secret("wrong"))
        with pytest.raises(StoreUnavailableError, match="username-password"):  # held back, not lost, and it says why
            quiet_store(wrong, keys).load(["a"])


def test_a_server_in_protected_mode_is_waited_for_and_the_reason_is_its_own() -> None:
    """What an image without a password does when a container asks: an operator mends it, and nothing is lost."""
    address = outward_address()
    with ValkeyServer(ValkeyOptions(settings=(("bind", f"127.0.0.1 {address}"), ("protected-mode", "yes")))) as server:
        store = open_store(f"redis://{address}:{server.port}/0")
        with pytest.raises(StoreUnavailableError, match="protected mode is enabled"):
            store.load(["a"])
        with redis.Redis.from_url(server.url) as admin:
            admin.config_set("protected-mode", "no")
        one_write_and_read(store)


def outward_address() -> str:
    """Return an address of this machine that is not the loopback's; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation network: the route alone is asked for
        except OSError:
            pytest.skip("this machine has no address but the loopback's")
        return str(probe.getsockname()[0])


def test_tls_is_spoken_where_the_address_says_so(tmp_path: Path) -> None:
    tls = make_certificates(tmp_path)
    try:
        server = ValkeyServer(ValkeyOptions(tls=tls))
    except ValkeyUnavailableError as error:
        pytest.skip(f"no server with TLS: {error}")
    with server:
        encrypted = Settings(
            redis_url=Secret(f"rediss://localhost:{server.port}/0"), redis_ssl_ca_file=str(tls.authority)
        )
        one_write_and_read(quiet_store(encrypted, Keys("wl", "tally", BUCKETS)))


def test_a_server_that_is_gone_is_a_passing_fault_and_comes_back(tmp_path: Path) -> None:
    with ValkeyServer(ValkeyOptions(append_only=True), tmp_path) as server:
        store = open_store(server.url)
        assert store.compare_and_set([Write("a", 0, b"s", b"o", None, 5, 60_000)]) == [True]
        server.kill()
        with pytest.raises(StoreUnavailableError):
            store.load(["a"])
        server.restart()
        assert store.load(["a"]) == [Stored(1, b"s", b"o")]


def test_a_server_without_the_replicas_that_it_has_to_have_is_waited_for() -> None:
    """After a fail-over the new master may have none for a while, and takes no writes until one follows it."""
    with ValkeyServer(ValkeyOptions(settings=(("min-replicas-to-write", "1"),))) as server:
        store = open_store(server.url)
        with pytest.raises(StoreUnavailableError, match="NOREPLICAS"):
            store.compare_and_set([Write("a", 0, b"s", b"o", None, 5, 60_000)])
        with pytest.raises(StoreUnavailableError, match="NOREPLICAS"):
            store.save_clock(3, 1_700_000_000_000, 1_700_000_000_500)
        assert store.load(["a"]) == [None]
        with redis.Redis.from_url(server.url) as admin:
            admin.config_set("min-replicas-to-write", 0)
        one_write_and_read(store)


def test_a_server_that_is_busy_with_a_slow_script_of_another_is_waited_for() -> None:
    with ValkeyServer(ValkeyOptions(settings=(("lua-time-limit", "10"),))) as server:
        store = open_store(server.url)
        assert store.load(["a"]) == [None]
        with redis.Redis.from_url(server.url) as admin, ThreadPoolExecutor(1) as other:
            slow = other.submit(admin.eval, "while true do end", 0)
            try:
                wait_until(lambda: is_busy(server.url), timeout=20, what="the script to be slow")
                with pytest.raises(StoreUnavailableError, match="BUSY"):
                    store.load(["a"])
            finally:
                admin.script_kill()
            with pytest.raises(redis.ResponseError, match="killed"):
                slow.result(20)
        one_write_and_read(store)


def is_busy(url: str) -> bool:
    """Whether the server answers that a script has run for too long."""
    with redis.Redis.from_url(url) as client:
        try:
            client.ping()
        except redis.ResponseError as error:
            return str(error).startswith("BUSY ")
    return False


def test_a_cluster_of_which_no_node_is_left_is_a_passing_fault_and_comes_back() -> None:
    with ValkeyCluster() as cluster:
        store = open_store(f"redis+cluster://{cluster.addresses}")
        one_write_and_read(store)
        for node in cluster.nodes:
            node.kill()
        late = open_store(f"redis+cluster://{cluster.addresses}")  # by a service that starts meanwhile
        with pytest.raises(StoreUnavailableError):
            late.load_clock(3)
        for _ in range(3):  # what the client says differs as it forgets its nodes
            with pytest.raises(StoreUnavailableError):
                store.load(["a"])
            with pytest.raises(StoreUnavailableError):
                store.compare_and_set([Write("a", 0, b"s", b"o", None, 5, 60_000)])
            with pytest.raises(StoreUnavailableError):
                store.due(dict.fromkeys(range(BUCKETS), 5), 100)
            with pytest.raises(StoreUnavailableError):
                store.save_clock(3, 1_700_000_000_000, 1_700_000_000_500)
        for node in cluster.nodes:
            node.restart()
        for each in (store, late):
            wait_until(lambda each=each: every_bucket_answers(each), timeout=30, what="the cluster to be whole again")
        one_write_and_read(late)


def every_bucket_answers(store: RedisStore) -> bool:
    try:
        store.due(dict.fromkeys(range(BUCKETS), 5), 100)
    except StoreUnavailableError:
        return False
    return True
