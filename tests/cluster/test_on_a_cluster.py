"""The chart's pods do the work: through a changed policy, deleted pods, a drain, scaling and a restart of Redis.

What comes out is what the backtest says, to the id. The policy changes in mid-stream, and when a pod is rolled is the
cluster's business; so that there is one right answer all the same, the change is for a queue in which conversations
begin only once the roll is done (and without the change the answer is another, which is checked). Which version of the
policy an event names is checked apart: of that queue the new one, else one of the two.
"""

import json
import os
import random
import secrets
import time
from contextlib import ExitStack

import pytest
import redis
import yaml

from tests.chaos.test_the_whole_chain import PARTITIONS, clock_spoken, of_a_clock
from tests.cluster.acts import (
    await_all_ready,
    await_cluster,
    await_scoring,
    change_policy,
    delete_pods,
    drain,
    refuses_a_careless_pod,
    restart_redis,
)
from tests.cluster.call_centre import NIGHT, CallCentre, Sender
from tests.cluster.kubernetes import Cluster
from tests.cluster.memory import memory_of
from tests.cluster.pauses import Acts, tell
from tests.parts.obtain import LackingError
from tests.support.comparing import assert_same_events, await_events, expected_of, published_of
from tests.support.loops import read_all
from warmline.backtest.run import Backtest
from warmline.backtest.scores import Scores
from warmline.contracts.dates import time_of
from warmline.contracts.topics import (
    AGENT_ASSIST,
    AGENT_WELLBEING,
    CONVERSATION_EVENTS,
    CONVERSATION_SCORES,
    CONVERSATION_SUMMARIES,
    CONVERSATION_WINDOWS,
    ESCALATION_ALERTS,
)
from warmline.gateway.keys import new_key, write_keys
from warmline.local.kafka_jvm import KafkaCluster
from warmline.local.ports import free_ports
from warmline.local.valkey import ValkeyServer
from warmline.local.valkey_options import ValkeyOptions
from warmline.models.memories import Memories
from warmline.models.scorer import load_scorer
from warmline.models.settings import ModelSettings
from warmline.policy.load import load_policy
from warmline.services import DOORS, SERVICES

HOST = os.environ.get("WARMLINE_CLUSTER_HOST", "10.244.0.1")
IMAGE = os.environ.get("WARMLINE_CLUSTER_IMAGE", "localhost/warmline:dev")
CALM = float(os.environ.get("WARMLINE_CLUSTER_PACE", "8"))
RUSH = float(os.environ.get("WARMLINE_CLUSTER_RUSH", "60"))
SCALES = os.environ.get("WARMLINE_CLUSTER_SCALES", "yes") == "yes"
GATEWAY_KEYS = "gateway-keys"
QUIET_S = 20
DAY_MS = 86_400_000
OUTPUTS = (
    CONVERSATION_SCORES,
    CONVERSATION_WINDOWS,
    CONVERSATION_SUMMARIES,
    ESCALATION_ALERTS,
    AGENT_WELLBEING,
    AGENT_ASSIST,
)
# A killed pod's partitions come back after the session time-out: an agent's account waits for what other partitions
# still owe it.
POLICY = {"wellbeing": {"lateness_s": 3600}, "assist": {"lateness_s": 3600}}
NIGHTS = {"windows": {"answer_within_turns": 1}, "escalation": {"open_at": 0.3}}
CHANGED = {**POLICY, "queues": {NIGHT: NIGHTS}}


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
    old, new = policy_of(tmp_path, "old", POLICY), policy_of(tmp_path, "new", CHANGED)
    values = {
        name: values_of(tmp_path, name, brokers, f"redis://{HOST}:{valkey.port}/0", policy)
        for name, policy in (("old", POLICY), ("new", CHANGED))
    }
    acts = Acts()
    refuses_a_careless_pod(cluster)
    give_a_key(cluster, tmp_path / "keys.json")
    empty = cluster.everything()

    with acts.act("helm install --wait"):
        cluster.install(values["old"])
    with acts.act("helm test"):
        cluster.helm("test", cluster.release, "--timeout", "5m")

    centre = CallCentre()
    sender = Sender(kafka.bootstrap, CONVERSATION_EVENTS, centre, CALM)
    sender.start()
    await_cluster(lambda: read_all(kafka.bootstrap, ESCALATION_ALERTS) != [], "the first alert on the topic")
    with acts.act("nothing"):
        time.sleep(QUIET_S)  # what is measured is this time itself
    with acts.act("helm upgrade to a changed policy"):
        change_policy(cluster, values["new"])
    centre.night_falls()
    with acts.act("deleted pods") as act:
        delete_pods(cluster, random.Random(), act)
    with acts.act("kubectl drain") as act:
        drain(cluster, act)
    with acts.act("Redis killed and restarted"):
        restart_redis(cluster, valkey)
    if SCALES:
        scale(cluster, sender, acts)
    await_all_ready(cluster)
    sender.stop()
    with redis.Redis.from_url(valkey.url) as client:
        held = memory_of(client)

    with acts.act("the rest, and the backtest"):
        assert_outputs_are_the_backtests(kafka, sender, old, new)
    for service in SERVICES:
        assert read_all(kafka.bootstrap, f"{service}.dlq") == [], f"{service} refused something"
    with redis.Redis.from_url(valkey.url) as client:
        assert [key for key in client.scan_iter(count=1000) if client.ttl(key) <= 0] == [], "every key has a TTL"
    with acts.act("helm test again"):
        cluster.helm("test", cluster.release, "--timeout", "5m")
    with acts.act("helm uninstall"):
        cluster.helm("uninstall", cluster.release, "--wait")
        await_cluster(lambda: cluster.everything() <= empty, "nothing to be left")
    tell(f"{acts.report(kafka.bootstrap)}\n{held}")


def scale(cluster, sender, acts):
    """More turns a second than one of scoring's small requests answers for, then fewer; the HPA does the rest."""
    await_scoring(cluster, 1)
    sender.pace = RUSH
    with acts.act("scoring from 1 to 3"):
        await_scoring(cluster, 3)
    sender.pace = CALM / 2
    with acts.act("scoring from 3 to 1"):
        await_scoring(cluster, 1)


def give_a_key(cluster, file):
    """Make the Secret with the gateway's file of keys and what two of them sign sessions with: else none starts."""
    _, kept = new_key("cluster-test", ("read",), "")
    write_keys(file, [kept])
    sessions = f"--from-literal=session-secret={secrets.token_hex(32)}"
    cluster.kubectl("create", "secret", "generic", GATEWAY_KEYS, f"--from-file=keys={file}", sessions)


def policy_of(folder, name, content):
    file = folder / f"{name}-policy.yaml"
    file.write_text(yaml.safe_dump(content))
    return load_policy(file)


def values_of(folder, name, brokers, store, policy):
    """Small requests, so that two cores hold all; scoring's so small that some turns a second fill one."""
    repository, _, tag = IMAGE.rpartition(":")
    small = {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "768Mi"}}
    two = {"minReplicas": 2, "maxReplicas": 2}
    services = {each: {"resources": small, "autoscaling": two} for each in (*SERVICES, *DOORS)}
    services["gateway"]["enabled"] = True
    services["scoring"] = {
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}},
        "autoscaling": {"minReplicas": 1, "maxReplicas": 3, "cpuUtilization": 80},
    }
    file = folder / f"{name}-values.yaml"
    file.write_text(
        yaml.safe_dump(
            {
                "image": {"repository": repository, "tag": tag, "pullPolicy": "Never"},
                "kafka": {"brokers": brokers},
                "redis": {"url": store},
                "gateway": {"existingSecret": GATEWAY_KEYS, "keysFile": True},
                "topics": {"partitions": PARTITIONS, "replication": 1},
                "settings": {"batch_max": 100},
                "policy": {"content": yaml.safe_dump(policy)},
                "autoscaling": {
                    "hpa": {"enabled": SCALES},
                    "scaleDownStabilizationSeconds": 30,
                    "scaleUpStabilizationSeconds": 0,
                },
                "services": services,
            }
        )
    )
    return file


def assert_outputs_are_the_backtests(kafka, sender, old, new):
    newest = max(map(time_of, sender.sent))
    clocks = [*clock_spoken(newest + 2 * new.windows(None).quiet_timeout_s * 1000)]
    later = [*clock_spoken(newest + DAY_MS)]
    scorer, memories = load_scorer(ModelSettings()), Memories()
    heard = [*Scores(lambda turns: scorer.score(turns, memories), new.scoring).of([*sender.sent, *clocks, *later])]

    def told_by(policy):
        contents = expected_of(Backtest(policy).run(heard), set(OUTPUTS), "policy")
        return {each: value for each, value in contents.items() if not of_a_clock(value)}

    def published():
        messages = [message for topic in OUTPUTS for message in read_all(kafka.bootstrap, topic)]
        assert_versions(messages, old.version, new.version)
        found = published_of(messages, "policy")
        return {each: value for each, value in found.items() if not of_a_clock(value)}

    whole = told_by(new)
    assert whole != told_by(old), "the change of the policy shows"
    tell(f"{len(sender.sent)} events sent, {len(whole)} expected")
    sender.send(clocks)
    summaries = {each for each, value in whole.items() if "end_reason" in value}
    await_cluster(lambda: summaries <= published().keys(), f"{len(summaries)} summaries")
    sender.send(later)
    await_events(published, whole, timeout_s=300)
    assert_same_events(published(), whole)


def assert_versions(messages, old, new):
    """Events of the queue whose conversations began after the roll name the new policy; others one of the two."""
    for message in messages:
        content = json.loads(message.value())
        if "policy" in content:
            assert content["policy"] in ({new} if content.get("queue") == NIGHT else {old, new})
