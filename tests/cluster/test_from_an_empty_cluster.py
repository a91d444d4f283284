"""deploy/README.md as it stands: from an empty cluster to alerts on the topic, with users, least rights and TLS."""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis
import yaml

from tests.cluster.kubernetes import Cluster
from tests.cluster.pauses import tell
from tests.parts.go_tools import require_tool
from tests.parts.obtain import LackingError
from tests.parts.secured_kafka import PASSWORD, password_of, start_secured
from warmline.access.roles import roles
from warmline.local.valkey import ValkeyServer
from warmline.local.valkey_options import ValkeyOptions
from warmline.services import DOORS, SERVICES

ROOT = Path(__file__).parents[2]
HOST = os.environ.get("WARMLINE_CLUSTER_HOST", "10.244.0.1")
IMAGE = os.environ.get("WARMLINE_CLUSTER_IMAGE", "localhost/warmline:dev")
TIMEOUT_S = 1200
SECTION = re.compile(r"^## From an empty cluster.*?(?=^## )", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"(?:^ {4}.*\n|^\n(?= {4}))+", re.MULTILINE)


def blocks():
    """Return the section's commands, block by block."""
    (section,) = SECTION.findall((ROOT / "deploy" / "README.md").read_text("utf-8"))
    found = [re.sub(r"^ {4}", "", block, flags=re.MULTILINE).strip("\n") for block in BLOCK.findall(section)]
    return [block for block in found if block]


def run(folder, script, environment):
    done = subprocess.run(
        ["sh", "-eu"],
        input=script,
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture
def cluster():
    """The namespace of the README; the README makes it."""
    try:
        cluster = Cluster("warmline", "warmline")
    except LackingError as reason:
        pytest.skip(str(reason))
    try:
        yield cluster
    finally:
        cluster.delete()


@pytest.fixture
def parts(tmp_path):
    """Kafka with SASL, TLS and an authorizer, and Valkey with TLS, at the address that pods reach."""
    with ExitStack() as stack:
        kafka = start_secured(stack, tmp_path, HOST)
        # Nobody may come in from a pod but as a user of the ACL file.
        bound = (("bind", f"127.0.0.1 {HOST}"),)
        options = ValkeyOptions(append_only=True, password=PASSWORD, tls=kafka.tls, settings=bound)
        valkey = stack.enter_context(ValkeyServer(options))
        for role in roles().values():
            kafka.make_user(role)
        yield kafka, valkey


def test_the_readme_leads_from_an_empty_cluster_to_alerts(cluster, parts, tmp_path):
    kafka, valkey = parts
    folder = laid_out(tmp_path / "desk", kafka)
    repository, _, tag = IMAGE.rpartition(":")
    given = f"""
        export KAFKA={kafka.sasl_bootstrap} REDIS=rediss://{HOST}:{valkey.port}/0 IMAGE={repository} TAG={tag}
        export ADMIN=admin.env CA=ca.crt
    """
    tools = f"{folder / 'bin'}:{Path(sys.executable).parent}"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WARMLINE_")}
    environment = {**inherited, "PATH": f"{tools}:{os.environ['PATH']}"}
    (granted, *rest) = blocks()[1:]
    run(folder, given + granted, environment)
    load_users(valkey, folder / "users.acl")
    told = ""
    for block in rest:
        tell(block)
        small = block.replace("--values my-values.yaml", "--values my-values.yaml --values small.yaml")
        told = run(folder, given + small, environment)
    alerts = [json.loads(line) for line in told.splitlines() if line.startswith('{"alert_id"')]
    assert {alert["state"] for alert in alerts} >= {"opened"}
    tell(f"{len(alerts)} steps of alerts on the topic")
    assert set(cluster.ready()) == {*SERVICES, *DOORS}
    cluster.helm("uninstall", cluster.release, "--wait")


def laid_out(folder, kafka):
    """What the README takes for granted, in one folder: the chart, the tools, the passwords, the administrator."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "helm").symlink_to(require_tool("helm"))
    (folder / "helm").symlink_to(ROOT / "helm")
    (folder / "passwords").mkdir()
    for name, role in roles().items():
        (folder / "passwords" / name).write_text(password_of(role))
    (folder / "admin.env").write_text(f"export WARMLINE_KAFKA_BROKERS={kafka.admin_bootstrap}\n")
    shutil.copy(kafka.tls.authority, folder / "ca.crt")
    small = {"requests": {"cpu": "50m", "memory": "128Mi"}}
    services = {name: {"replicas": 1, "resources": small} for name in (*SERVICES, *DOORS)}
    (folder / "small.yaml").write_text(
        yaml.safe_dump({"image": {"pullPolicy": "Never"}, "topics": {"replication": 1}, "services": services})
    )
    return folder


def load_users(valkey, file):
    """Take in the ACL file, as `ACL LOAD` would."""
    with redis.Redis.from_url(valkey.url) as admin:
        for line in file.read_text().splitlines():
            admin.execute_command("ACL", "SETUSER", *line.split()[1:])
