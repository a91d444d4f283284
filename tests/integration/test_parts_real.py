"""The parts under the other tests do what those rely on."""

import os
import signal
import subprocess
import sys

import redis
from confluent_kafka.admin import AdminClient

from tests.parts.store import answers
from tests.parts.topics import create_topic, produce, read
from warmline.local.kafka_jvm import KafkaCluster
from warmline.local.valkey import ValkeyServer
from warmline.local.valkey_cluster import ValkeyCluster
from warmline.local.valkey_options import ValkeyOptions
from warmline.local.valkey_sentinel import SentinelSet
from warmline.local.waiting import wait_until

PASSWORD = "opensesame"  # noqa: S105  of servers that live for a second
PAIRS = [(f"conversation-{n % 7}", f"turn {n}") for n in range(200)]


def values(messages):
    return sorted(message.value().decode() for message in messages)


SENT = sorted(value for _, value in PAIRS)


def test_a_real_broker_gives_a_group_all_that_was_produced(kafka, new_topic, unique):
    topic = new_topic("turns", partitions=3)
    produce(kafka.bootstrap, topic, PAIRS)

    messages = read(kafka.bootstrap, topic, len(PAIRS), group=unique("group"))

    assert values(messages) == SENT
    assert messages[0].headers() == [("ce_type", b"test")]
    partitions = {key: {m.partition() for m in messages if m.key().decode() == key} for key, _ in PAIRS}
    assert all(len(where) == 1 for where in partitions.values()), "one conversation, one partition"


def test_both_group_protocols_work(kafka, new_topic, unique):
    topic = new_topic("turns", partitions=2)
    produce(kafka.bootstrap, topic, PAIRS)
    for settings in (
        {"group.protocol": "classic", "partition.assignment.strategy": "cooperative-sticky"},
        {"group.protocol": "consumer"},
    ):
        assert values(read(kafka.bootstrap, topic, len(PAIRS), group=unique("group"), **settings)) == SENT


def test_three_brokers_go_on_when_one_is_killed(kafka3, unique):
    topic = create_topic(kafka3.bootstrap, unique("turns"), partitions=3)
    produce(kafka3.bootstrap, topic, PAIRS[:100])
    kafka3.kill_broker(1)
    try:
        produce(kafka3.bootstrap, topic, PAIRS[100:])
        assert values(read(kafka3.bootstrap, topic, len(PAIRS), group=unique("group"))) == SENT
    finally:
        kafka3.restart_broker(1)


def test_a_broker_takes_a_cluster_id_that_looks_like_an_option(tmp_path):
    """One random id in sixty-four begins with a dash."""
    (tmp_path / "cluster.id").write_text("-" + "A" * 21)
    with KafkaCluster(brokers=1, data_dir=tmp_path) as cluster:
        admin = AdminClient({"bootstrap.servers": cluster.bootstrap})
        assert admin.list_topics(timeout=20).cluster_id == "-" + "A" * 21


def test_a_store_with_an_append_only_file_survives_a_kill():
    with ValkeyServer(ValkeyOptions(append_only=True, password=PASSWORD)) as server:
        with redis.Redis.from_url(server.url) as client:
            for n in range(500):
                client.set(f"key-{n}", n)
        server.kill()
        server.restart()
        with redis.Redis.from_url(server.url) as client:
            assert client.dbsize() == 500
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_a_test_finds_its_database_empty(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


test_another_test_finds_its_database_empty_too = test_a_test_finds_its_database_empty


def test_a_cluster_shares_the_keys_among_its_nodes():
    with ValkeyCluster(3) as cluster, redis.RedisCluster.from_url(cluster.url) as client:
        for n in range(100):
            client.set(f"key-{n}", n)
        assert client.get("key-42") == b"42"
        assert {owner for n in range(100) if (owner := client.get_node_from_key(f"key-{n}").port)} == {
            node.port for node in cluster.nodes
        }


def test_a_sentinel_names_the_replica_when_the_master_is_killed():
    with SentinelSet(password=PASSWORD) as group:
        sentinel = redis.Sentinel([group.address], socket_timeout=2)

        def names(port):
            try:
                return sentinel.discover_master(group.service)[1] == port
            except redis.sentinel.MasterNotFoundError:  # what clients see while the fail-over is under way
                return False

        with sentinel.master_for(group.service, password=PASSWORD) as master, sentinel.sentinels[0]:
            master.set("key", "value")
            assert master.wait(1, 5000) == 1
            group.master.kill()
            wait_until(lambda: names(group.replica.port), timeout=30, what="the fail-over")
            assert master.get("key") == b"value"


def test_no_server_outlives_a_parent_that_is_killed(tmp_path):
    script = (
        "import sys, pathlib\n"
        "from warmline.local.valkey import ValkeyServer\n"
        "print(ValkeyServer(data_dir=pathlib.Path(sys.argv[1])).start().url, flush=True)\n"
        "sys.stdin.read()\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as parent:
        url = parent.stdout.readline().decode().strip()
        assert answers(url)
        parent.send_signal(signal.SIGKILL)
        parent.wait()

    wait_until(lambda: not answers(url), timeout=10, what="the server's end")
