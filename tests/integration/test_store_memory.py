"""How full a real store is, in the metrics: one server, a Cluster, one that is away, one that does not let us ask."""

import math
import socket
from unittest.mock import ANY

import msgspec
import pytest
import redis
from prometheus_client import CollectorRegistry

from tests.support.loops import await_that
from warmline.local.ports import LOOPBACK, free_ports
from warmline.local.valkey import ValkeyServer
from warmline.local.valkey_binary import ValkeyUnavailableError
from warmline.local.valkey_cluster import ValkeyCluster
from warmline.settings import Secret, Settings
from warmline.store.connect import connect
from warmline.store.memory_gauge import MemoryGauge, memory_of
from warmline.telemetry.metrics import Metrics

MIB = 1_048_576
ROUNDS = 5


class Gauges:
    """A gauge that asks ten times a second."""

    def __init__(self, settings: Settings) -> None:
        self.registry = CollectorRegistry()
        self.gauge = MemoryGauge(settings, Metrics(self.registry), every_s=0.1)

    def __enter__(self):
        self.gauge.__enter__()
        return self

    def __exit__(self, *error):
        self.gauge.__exit__(*error)

    @property
    def evicts(self) -> float:
        return self.registry.get_sample_value("warmline_store_evicts")

    @property
    def told(self) -> tuple[float, float]:
        names = ("warmline_store_memory_bytes", "warmline_store_memory_max_bytes")
        return tuple(self.registry.get_sample_value(name) for name in names)


@pytest.fixture
def server():
    try:
        with ValkeyServer() as server:
            yield server
    except ValkeyUnavailableError as reason:
        pytest.skip(str(reason))


def test_memory_follows_what_the_store_holds_and_its_limit(server):
    with redis.Redis.from_url(server.url) as client, Gauges(Settings(redis_url=Secret(server.url))) as gauges:
        await_that(lambda: gauges.told[0] > 0, "the first answer")
        before, most = gauges.told
        assert most == 0, "no limit"
        client.config_set("maxmemory", 64 * MIB)
        client.set("blob", b"x" * 8 * MIB, ex=60)
        await_that(lambda: gauges.told[1] == 64 * MIB, "the limit")
        await_that(lambda: gauges.told[0] >= before + 8 * MIB, "the blob")


def test_a_store_that_would_drop_states_says_so_once_in_the_log_and_always_in_a_gauge(server, caplog):
    with redis.Redis.from_url(server.url) as client, Gauges(Settings(redis_url=Secret(server.url))) as gauges:
        client.config_set("maxmemory-policy", "volatile-lru")
        await_that(lambda: gauges.told[0] > 0, "the first answer")
        assert gauges.evicts == 0, "without a limit nothing is dropped"
        client.config_set("maxmemory", 64 * MIB)
        await_that(lambda: gauges.evicts == 1, "told")
        client.config_set("maxmemory-policy", "noeviction")
        await_that(lambda: gauges.evicts == 0, "mended")
        client.config_set("maxmemory-policy", "allkeys-lfu")
        await_that(lambda: gauges.evicts == 1, "told again")
    assert [record.levelname for record in caplog.records if "maxmemory-policy" in record.message] == ["ERROR"]


def test_what_is_not_known_is_not_told_as_nothing(server):
    gauges = Gauges(Settings(redis_url=Secret(f"redis://{LOOPBACK}:{free_ports(1)[0]}")))
    assert all(map(math.isnan, gauges.told)), "before the first answer"
    with Gauges(Settings(redis_url=Secret(server.url))) as gauges:
        await_that(lambda: gauges.told[0] > 0, "the first answer")
        server.kill()
        await_that(lambda: all(map(math.isnan, gauges.told)), "unknown while it is away")
        server.restart()
        await_that(lambda: gauges.told[0] > 0, "known again")


def test_a_user_who_may_not_ask_learns_nothing_and_goes_on(server):
    with redis.Redis.from_url(server.url) as client:
        client.execute_command("ACL", "SETUSER", "mute", "on", ">pw", "~*", "+@all", "-info")
    settings = Settings(redis_url=Secret(server.url), redis_username="mute", redis_password=Secret("pw"))
    with Gauges(settings) as gauges, redis.Redis.from_url(server.url) as client:
        await_that(lambda: client.acl_log() != [], "it was refused")
        assert all(map(math.isnan, gauges.told))
        client.execute_command("ACL", "SETUSER", "mute", "+info")
        await_that(lambda: gauges.told[0] > 0, "granted meanwhile")


def test_of_a_cluster_the_fullest_primary_counts():
    try:
        cluster = ValkeyCluster()
    except ValkeyUnavailableError as reason:
        pytest.skip(str(reason))
    with cluster:
        client = connect(Settings(redis_url=Secret(f"redis+cluster://{cluster.addresses}")))
        names = [node.name for node in client.get_primaries()]
        assert len(names) > 1
        limited = client.get_node_from_key("{a}blob")
        client.config_set("maxmemory", 64 * MIB, target_nodes=limited)
        client.set("{a}blob", b"x" * 8 * MIB, ex=60)
        memory = memory_of(client)
        assert memory.most == 64 * MIB
        assert 8 * MIB < memory.used < 64 * MIB
        assert not memory.evicts
        other = next(node for node in client.get_primaries() if node.name != limited.name)
        client.config_set("maxmemory", 512 * MIB, target_nodes=other)
        client.config_set("maxmemory-policy", "volatile-lru", target_nodes=other)
        assert memory_of(client) == msgspec.structs.replace(memory, used=ANY, evicts=True), "any of them is enough"
        client.close()


def test_a_cluster_that_is_not_there_when_the_gauge_begins_is_asked_again():
    asked = []
    with socket.create_server((LOOPBACK, 0)) as nobody:  # takes the connection and hangs up
        url = f"redis+cluster://{LOOPBACK}:{nobody.getsockname()[1]}"
        nobody.settimeout(30)
        with Gauges(Settings(redis_url=Secret(url))) as gauges:
            while len(asked) < ROUNDS:
                connection, address = nobody.accept()
                connection.close()
                asked.append(address)
            assert all(map(math.isnan, gauges.told))
