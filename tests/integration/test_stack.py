"""The services as child processes over real parts: started, killed, restarted, stopped."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.parts.kafka import KafkaPart
from tests.support.loops import await_that, read_all
from tests.support.publishing import EventProducer
from tests.support.scripted import Script
from warmline.contracts.topics import CONVERSATION_SCORES, CONVERSATION_SUMMARIES
from warmline.local.process import StartFailedError
from warmline.local.stack import Stack
from warmline.local.valkey_cluster import ValkeyCluster

PARTITIONS = 4
WITHOUT_MODEL = ("windows", "escalation")


@pytest.fixture
def prefix(unique: Callable[[str], str]) -> str:
    return unique("stack") + "."


@pytest.fixture
def stack(kafka: KafkaPart, redis_url: str, tmp_path: Path, prefix: str) -> Iterator[Stack]:
    with Stack(kafka.bootstrap, redis_url, tmp_path, {"topic_prefix": prefix}) as stack:
        yield stack


def test_a_killed_service_is_noticed_and_goes_on_where_it_was_when_restarted(
    kafka: KafkaPart, stack: Stack, prefix: str
) -> None:
    stack.create_topics(PARTITIONS)
    told: list[str] = []
    stack.start_all(WITHOUT_MODEL, on_ready=told.append)
    assert told == list(WITHOUT_MODEL)
    stack.check()
    windows = stack.services[0]
    producer = EventProducer(kafka.bootstrap)
    events = Script(conversations=8, ends=1.0).events()
    half = len(events) // 2
    producer.send(prefix + CONVERSATION_SCORES, events[:half])
    producer.flush()
    await_that(lambda: windows.metric("warmline_records_total", outcome="applied") > 0, "the first windows")

    os.kill(windows.process.pid, signal.SIGKILL)
    assert windows.process.wait(10)
    with pytest.raises(StartFailedError, match="windows 1 ended by itself"):
        stack.check()
    assert not windows.ready()

    producer.send(prefix + CONVERSATION_SCORES, events[half:])
    producer.flush()
    windows.start().wait_ready()
    stack.check()

    def all_summed_up() -> bool:
        keys = {message.key() for message in read_all(kafka.bootstrap, prefix + CONVERSATION_SUMMARIES)}
        return len(keys) == 8

    await_that(all_summed_up, "a summary for each conversation", timeout_s=60)
    pids = [service.process.pid for service in stack.services]
    assert stack.stop(), "everything ended in order"
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_a_service_that_starts_while_no_node_of_its_redis_cluster_answers_waits_for_it(
    kafka: KafkaPart, tmp_path: Path, prefix: str
) -> None:
    with ValkeyCluster() as cluster:
        for node in cluster.nodes:
            node.kill()
        address = f"redis+cluster://{cluster.addresses}"
        with Stack(kafka.bootstrap, address, tmp_path, {"topic_prefix": prefix}) as stack:
            stack.create_topics(PARTITIONS)
            windows = stack.start_service("windows")
            await_that(lambda: windows.metric("warmline_paused") == 1, "the service to be held back")
            assert not windows.ready()
            for node in cluster.nodes:
                node.restart()
            windows.wait_ready()
            assert stack.stop(), "the service ended in order"


def test_a_service_that_cannot_start_says_why(kafka: KafkaPart, redis_url: str, tmp_path: Path) -> None:
    stack = Stack(kafka.bootstrap, redis_url, tmp_path, {"no_such_setting": "1"})
    try:
        with pytest.raises(StartFailedError, match="WARMLINE_NO_SUCH_SETTING"):
            stack.start_all(("windows",))
    finally:
        stack.stop()


def test_topics_that_cannot_be_created_say_why(tmp_path: Path, kafka: KafkaPart, redis_url: str) -> None:
    stack = Stack(kafka.bootstrap, redis_url, tmp_path)
    with pytest.raises(StartFailedError, match="do not divide"):
        stack.create_topics(7)
