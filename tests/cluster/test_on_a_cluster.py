"""The chart's pods do the work: through a roll, deleted pods, a drain and a restart of Redis, to the backtest's ids."""

import json
import os
import random
from contextlib import ExitStack

import pytest
import yaml

from tests.chaos.test_the_whole_chain import OUTPUTS, PARTITIONS, POLICY, Sender, clock_spoken, expected, of_a_clock
from tests.cluster.kubernetes import Cluster
from tests.parts.obtain import LackingError
from tests.support.comparing import assert_same_events, await_events, published_of
from tests.support.loops import await_that, read_all
from tests.support.spoken import spoken_stream
from warmline.contracts.topics import CONVERSATION_EVENTS, ESCALATION_ALERTS
from warmline.local.kafka_jvm import KafkaCluster
from warmline.local.ports import free_ports
from warmline.local.valkey import ValkeyServer
from warmline.local.valkey_options import ValkeyOptions
from warmline.policy.load import load_policy
from warmline.recordings.recorded import time_of
from warmline.services import SERVICES

HOST = os.environ.get("WARMLINE_CLUSTER_HOST", "10.244.0.1")
IMAGE = os.environ.get("WARMLINE_CLUSTER_IMAGE", "localhost/warmline:dev")
TURNS = int(os.environ.get("WARMLINE_CLUSTER_TURNS", "1500"))
DAY_MS = 86_400_000
SMALL = {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "768Mi"}}


@pytest.fixture
def cluster():
    try:
        cluster = Cluster("warmline-test", "warmline")
    except LackingError as reason:
        pytest.skip(str(reason))
    cluster.create()
    try:
        yield cluster
    finally:
        cluster.delete()


@pytest.fixture
def parts(tmp_path):
    """Kafka and Valkey on this machine, on the loopback address and on the one that pods reach."""
    (port,) = free_ports(1)
    listeners = {
        "listeners": f"{{default}},PODS://{HOST}:{port}",
        "listener.security.protocol.map": "{default},PODS:PLAINTEXT",
    }
    open_to_pods = ValkeyOptions(append_only=True, settings=(("bind", f"127.0.0.1 {HOST}"), ("protected-mode", "no")))
    with ExitStack() as stack:
        kafka = stack.enter_context(KafkaCluster(settings=listeners))
        valkey = stack.enter_context(ValkeyServer(open_to_pods, tmp_path / "valkey"))
        yield kafka, f"{HOST}:{port}", valkey


def test_the_chart_does_its_work_while_pods_come_and_go(cluster, parts, tmp_path):
    kafka, brokers, valkey = parts
    repository, _, tag = IMAGE.rpartition(":")
    services = {name: {"replicas": 2, "resources": SMALL} for name in SERVICES}
    values = tmp_path / "values.yaml"
    values.write_text(
        yaml.safe_dump(
            {
                "image": {"repository": repository, "tag": tag, "pullPolicy": "Never"},
                "kafka": {"brokers": brokers},
                "redis": {"url": f"redis://{HOST}:{valkey.port}/0"},
                "topics": {"partitions": PARTITIONS, "replication": 1},
                "settings": {"batch_max": 100},
                "policy": {"content": POLICY},
                "services": services,
            }
        )
    )
    policy_file = tmp_path / "policy.yaml"
    policy_file.write_text(POLICY)
    policy = load_policy(policy_file)
    events = spoken_stream(TURNS)
    newest = max(map(time_of, events))
    clocks = [*clock_spoken(newest + 2 * policy.windows(None).quiet_timeout_s * 1000)]
    later = [*clock_spoken(newest + DAY_MS)]
    whole = expected([*events, *clocks, *later], policy)

    cluster.install(values)
    cluster.helm("test", cluster.release, "--timeout", "5m")

    def published():
        found = published_of(message for topic in OUTPUTS for message in read_all(kafka.bootstrap, topic))
        return {each: value for each, value in found.items() if not of_a_clock(value)}

    sender = Sender(kafka.bootstrap, CONVERSATION_EVENTS, events)
    sender.start()
    await_that(lambda: sender.progress > 0.1, "the stream", timeout_s=600)
    cluster.upgrade(values, "--set", "pod.annotations.rolled=yes")  # every pod, one after the other
    rng = random.Random(TURNS)
    for _ in range(4):
        pod = rng.choice(cluster.pods(rng.choice([*SERVICES])))["metadata"]["name"]
        cluster.kubectl("delete", "pod", pod, "--grace-period=0", "--force")
    drain_takes_one_pod_at_a_time(cluster, "windows")
    valkey.kill()
    valkey.restart()
    sender.join()
    sender.finish(clocks)
    summaries = {each for each, value in whole.items() if "end_reason" in value}
    await_that(lambda: summaries <= published().keys(), f"{len(summaries)} summaries", timeout_s=600)
    sender.finish(later)
    await_events(published, whole, timeout_s=600)
    assert_same_events(published(), whole)
    assert read_all(kafka.bootstrap, ESCALATION_ALERTS), "alerts are on the topic"
    for service in SERVICES:
        assert read_all(kafka.bootstrap, f"{service}.dlq") == [], f"{service} refused something"

    cluster.helm("test", cluster.release, "--timeout", "5m")
    cluster.helm("uninstall", cluster.release, "--wait")
    await_that(lambda: cluster.of_release() == [], "nothing to be left", timeout_s=120)


def drain_takes_one_pod_at_a_time(cluster, service):
    """Cordon and evict: where one instance has gone and its successor has no place, the budget keeps the other."""
    (node, *_) = cluster.get("node")
    name = node["metadata"]["name"]
    cluster.kubectl("cordon", name)
    try:
        first, second = cluster.pods(service)
        evict(cluster, first)
        await_that(lambda: len(ready(cluster.pods(service))) == 1, "one to be gone", timeout_s=120)
        with pytest.raises(AssertionError, match="disruption budget"):
            evict(cluster, second)
    finally:
        cluster.kubectl("uncordon", name)
    await_that(lambda: len(ready(cluster.pods(service))) == 2, "both to be back", timeout_s=300)


def evict(cluster, pod):
    name = pod["metadata"]["name"]
    body = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": name, "namespace": cluster.namespace},
    }
    path = f"/api/v1/namespaces/{cluster.namespace}/pods/{name}/eviction"
    cluster.kubectl_with(json.dumps(body), "create", "--raw", path, "--filename", "-")


def ready(pods):
    return [
        pod
        for pod in pods
        if any(each["type"] == "Ready" and each["status"] == "True" for each in pod["status"].get("conditions", []))
    ]
