"""What a platform does to pods, each act done and awaited."""

import threading
import time

from tests.cluster.kubernetes import COMPONENT
from warmline.services import DOORS, SERVICES

ALL = (*SERVICES, *DOORS)
PAIRS = tuple(name for name in ALL if name != "scoring")
"""Services of which two instances run; scoring is scaled."""
TIMEOUT_S = 300
SCALE_TIMEOUT_S = 600
HELD_S = 15
LOOK_EVERY_S = 1.0  # each look is a kubectl, and the cores belong to the pods


def await_cluster(condition, what, timeout_s=TIMEOUT_S):
    until = time.monotonic() + timeout_s
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < until, f"not within {timeout_s} s: {what}"
        pause.wait(LOOK_EVERY_S)


def await_all_ready(cluster):
    def all_there():
        wanted = {each["metadata"]["labels"][COMPONENT]: each["spec"]["replicas"] for each in cluster.get("deployment")}
        names, ready = cluster.names(), cluster.ready()
        return wanted.keys() == set(ALL) and all(
            len(names[service]) == len(ready[service]) == wanted[service] for service in ALL
        )

    await_cluster(all_there, "every pod to be ready")


def refuses_a_careless_pod(cluster):
    """The namespace's level holds: else the chart's pods would have proved nothing by being let in."""
    try:
        cluster.kubectl("run", "careless", "--image=localhost/none:1", "--dry-run=server")
    except AssertionError as refusal:
        assert 'violates PodSecurity "restricted' in str(refusal)  # noqa: PT017
    else:
        raise AssertionError("a pod without any security context was let in")


def change_policy(cluster, changed):
    """`helm upgrade`: every pod is another afterwards, and carries the new policy's checksum."""
    before, sums = cluster.names(), checksums(cluster)
    cluster.upgrade(changed)
    await_all_ready(cluster)
    assert_others(cluster, before)
    now = checksums(cluster)
    assert len(now) == 1
    assert not now & sums


def assert_others(cluster, before):
    now = cluster.names()
    for service in ALL:
        assert not before[service] & now[service], f"{service} still has a pod of before"


def checksums(cluster):
    pods = cluster.pods()
    return {pod["metadata"]["annotations"]["checksum/policy"] for service in ALL for pod in pods[service]}


def delete_pods(cluster, rng, act):
    """One by one, of services drawn at random: in order, and as a node's power cut would."""
    for options in ((), ("--grace-period=0", "--force"), (), ("--grace-period=0", "--force")):
        service = rng.choice([*SERVICES])
        pod = rng.choice(sorted(cluster.names()[service]))
        cluster.kubectl("delete", "pod", pod, "--wait=false", *options)
        act.told.append(f"{service}{' by force' if options else ''}")
        await_cluster(lambda pod=pod: pod not in set().union(*cluster.names().values()), f"{pod} to go")
        await_all_ready(cluster)


def drain(cluster, act):
    """`kubectl drain` of the only node: the budgets let one of two go; the other goes once there is a place again."""
    (node, *_) = cluster.get("node")
    name = node["metadata"]["name"]
    before = cluster.names()
    draining = cluster.start_kubectl(
        "drain",
        name,
        "--delete-emptydir-data",
        f"--pod-selector=app.kubernetes.io/instance={cluster.release}",
        f"--timeout={TIMEOUT_S}s",
    )
    try:
        await_cluster(
            lambda: {len(each) for service, each in cluster.ready().items() if service in PAIRS} == {1},
            "one of two to have gone",
        )
        until = time.monotonic() + HELD_S
        while time.monotonic() < until:
            ready = cluster.ready()
            kept = {service: len(ready[service] & before[service]) for service in PAIRS}
            assert set(kept.values()) == {1}, f"the budgets did not keep one of each: {kept}"
            assert draining.poll() is None, "the drain got done though there was no place for successors"
        cluster.kubectl("uncordon", name)
        fewest = dict.fromkeys(PAIRS, 2)
        while draining.poll() is None:
            ready = cluster.ready()
            fewest = {service: min(fewest[service], len(ready[service])) for service in PAIRS}
        assert min(fewest.values()) == 1, fewest
        told = draining.communicate()[0]
        assert draining.returncode == 0, told[-2000:]
        put_off = told.count("disruption budget")
        assert put_off > 0
        act.told.append(f"{put_off} evictions put off")
    finally:
        if draining.poll() is None:
            draining.kill()
            draining.communicate()
        cluster.kubectl("uncordon", name)
    await_all_ready(cluster)
    assert_others(cluster, before)


def await_scoring(cluster, instances):
    def are_there():
        return len(cluster.ready()["scoring"]) == instances == len(cluster.names()["scoring"])

    await_cluster(are_there, f"{instances} of scoring", SCALE_TIMEOUT_S)


def restart_redis(cluster, valkey):
    """Kill it, start it again once scoring, which then holds everything back, says that it waits for it."""
    valkey.kill()
    await_cluster(lambda: not cluster.ready()["scoring"], "scoring to be unready")
    valkey.restart()
    await_all_ready(cluster)
