"""`warmline topics` and `warmline state` against real parts."""

import asyncio
import os
from collections.abc import Callable

import pytest
import redis
from click.testing import CliRunner
from confluent_kafka.admin import AdminClient, ConfigResource

from tests.parts.kafka import KafkaPart
from tests.support.quiet_store import quiet_store
from tests.support.scripted import Script
from warmline.access.check import try_store
from warmline.access.roles import roles
from warmline.cli import main
from warmline.contracts.topics import TOPICS
from warmline.gateway.store_reader import StoreAwayError, StoreReader
from warmline.local.ports import LOOPBACK, free_ports
from warmline.policy.load import load_policy
from warmline.services import SERVICES
from warmline.settings import Secret, Settings, load_settings
from warmline.store.incoming import Incoming
from warmline.store.keys import Keys
from warmline.store.processor import Processor
from warmline.store.store import StoreUnavailableError
from warmline.windows.domain import WindowsDomain


def invoke(*arguments: str) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_topics_are_created_as_declared_and_creating_them_again_does_no_harm(
    kafka: KafkaPart, unique: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = unique("declared") + "."
    monkeypatch.setenv("WARMLINE_KAFKA_BROKERS", kafka.bootstrap)
    monkeypatch.setenv("WARMLINE_TOPIC_PREFIX", prefix)
    first = invoke("topics", "create", "--partitions", "6")
    assert first.count(": created") == len(TOPICS) + len(SERVICES)
    assert invoke("topics", "create", "--partitions", "6").count("there already") == len(TOPICS) + len(SERVICES)
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    for topic in TOPICS:
        assert len(admin.list_topics(prefix + topic.name, timeout=10).topics[prefix + topic.name].partitions) == 6
        resource = ConfigResource(ConfigResource.Type.TOPIC, prefix + topic.name)
        config = admin.describe_configs([resource])[resource].result()
        assert config["retention.ms"].value == str(topic.retention_ms)
        assert int(config["segment.ms"].value) <= topic.retention_ms / 3


def test_partitions_that_do_not_divide_the_buckets_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    result = CliRunner().invoke(main, ["topics", "create", "--partitions", "7"])
    assert result.exit_code == 1
    assert "WARMLINE_STORE_BUCKETS" in result.output


def test_a_conversation_s_state_is_shown_in_words(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = load_policy(None)
    domain = WindowsDomain(policy.windows, policy.version)
    settings = Settings(redis_url=Secret(redis_url))
    keys = Keys(settings.redis_prefix, "windows", settings.store_buckets)
    store = quiet_store(settings, keys)
    events = Script(conversations=1, ends=0).events()
    incomings = [Incoming("conversation.scores", 0, offset, event, None) for offset, event in enumerate(events)]
    Processor(domain, store, lambda: 0).process(incomings)
    monkeypatch.setenv("WARMLINE_REDIS_URL", redis_url)
    shown = invoke("state", "show", "talk-1-0")
    for word in ('"service": "windows"', '"version": 1', '"outbox"', '"expires_in_s"', '"due"', '"mood"', '"turns"'):
        assert word in shown
    unknown = CliRunner().invoke(main, ["state", "show", "nobody"])
    assert unknown.exit_code == 1
    assert "nothing is held" in unknown.output


def test_what_is_held_of_a_conversation_can_be_erased_and_nothing_else_goes(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = load_policy(None)
    settings = Settings(redis_url=Secret(redis_url))
    keys = Keys(settings.redis_prefix, "windows", settings.store_buckets)
    events = Script(conversations=2, ends=0).events()
    incomings = [Incoming("conversation.scores", 0, offset, event, None) for offset, event in enumerate(events)]
    store = quiet_store(settings, keys)
    Processor(WindowsDomain(policy.windows, policy.version), store, lambda: 0).process(incomings)
    monkeypatch.setenv("WARMLINE_REDIS_URL", redis_url)
    with redis.Redis.from_url(redis_url) as client:
        ring = Keys(settings.redis_prefix, "scoring", settings.store_buckets).ring(keys.bucket("talk-1-0"), "talk-1-0")
        client.zadd(ring, {b"digest": 1})
        asked = CliRunner().invoke(main, ["state", "erase", "talk-1-0"], input="n\n")
        assert asked.exit_code == 1
        assert client.exists(ring)
        assert invoke("state", "erase", "--yes", "talk-1-0") == "erased from scoring, windows\n"
        left = [key.decode() for key in client.scan_iter("*")]
        assert [key for key in left if "talk-1-0" in key] == []
        assert client.zscore(keys.due(keys.bucket("talk-1-0")), "talk-1-0") is None
    assert '"turns"' in invoke("state", "show", "talk-1-1"), "the other conversation stands"
    assert invoke("state", "erase", "--yes", "talk-1-0") == "nothing was held of 'talk-1-0'\n"
    Processor(WindowsDomain(policy.windows, policy.version), store, lambda: 0).process(
        [Incoming("conversation.scores", 0, len(events) + offset, event, None) for offset, event in enumerate(events)]
    )
    assert '"turns"' in invoke("state", "show", "talk-1-0"), "what comes after begins anew"


def test_a_cluster_of_which_no_node_answers_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("WARMLINE_REDIS_URL", f"redis+cluster://{LOOPBACK}:{port}")
    shown = CliRunner().invoke(main, ["state", "show", "talk-1-0"])
    assert shown.exit_code == 1
    assert shown.output.startswith("Error: Redis does not answer: Redis Cluster cannot be connected")
    settings = load_settings(os.environ)
    with pytest.raises(StoreUnavailableError, match="Redis Cluster cannot be connected"):
        try_store(settings, roles()["windows"])
    with pytest.raises(StoreAwayError, match="RedisClusterException"):
        asyncio.run(StoreReader(settings).newest("windows", "talk-1-0"))
