"""`docker compose up` as deploy/ says: everything becomes healthy, alerts reach the topic, everything stops cleanly.

Asked for by `make compose-test`; no part of the ordinary run. Skips with its reason where no engine, Compose or image
is.
"""

import os
import subprocess
import sys
import urllib.request

import pytest
import yaml
from confluent_kafka import Consumer

from tests.compose.stack import DEPLOY, ROOT, Stack
from tests.parts.obtain import LackingError
from warmline.contracts.topics import ESCALATION_ALERTS
from warmline.local.waiting import wait_until
from warmline.services import DOORS, SERVICES

pytestmark = pytest.mark.timeout(1800)
OUTSIDE = "localhost:29092"
EXITED = "exited"


@pytest.fixture(scope="module")
def stack():
    try:
        stack = Stack()
    except LackingError as reason:
        pytest.skip(str(reason))
    stack.down()  # what a run that died may have left
    try:
        started = stack.up()
        stack.started = started
        yield stack
    finally:
        stack.down()


def test_compose_itself_reads_every_layer(stack):
    base = ["--file", "compose.yaml"]
    for more in ([], ["compose.observability.yaml"], ["compose.three-brokers.yaml"]):
        files = [*base, *(each for name in more for each in ("--file", name))]
        done = subprocess.run(
            [*stack.compose, *files, "config"], cwd=DEPLOY, check=False, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        assert set(SERVICES) <= set(yaml.safe_load(done.stdout)["services"])


def test_everything_becomes_healthy_and_the_topics_are_made_first(stack):
    assert stack.started.returncode == 0, (
        stack.started.stderr[-3000:] + stack.run("logs", "--tail", "20").stdout[-5000:]
    )
    containers = stack.containers()
    assert set(containers) == {"kafka", "valkey", "topics", *SERVICES, *DOORS}
    topics = containers.pop("topics")
    assert (topics["State"], topics["ExitCode"]) == (EXITED, 0)
    assert {name: each["Health"] for name, each in containers.items()} == dict.fromkeys(containers, "healthy")


def test_the_gateway_answers_where_the_file_opens_it(stack):
    with urllib.request.urlopen("http://localhost:8000/", timeout=30) as answer:
        assert answer.status == 200


def test_replayed_conversations_become_alerts_on_the_topic(stack):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WARMLINE_")}
    done = subprocess.run(
        [sys.executable, "-m", "warmline", "replay", "--speed", "0"],
        cwd=ROOT,
        env={**environment, "WARMLINE_KAFKA_BROKERS": OUTSIDE},
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    consumer = Consumer({"bootstrap.servers": OUTSIDE, "group.id": "compose-test", "auto.offset.reset": "earliest"})
    consumer.subscribe([ESCALATION_ALERTS])
    seen = []
    try:
        wait_until(lambda: seen.extend(consumer.consume(10, 1.0)) or seen, timeout=180, what="an alert on the topic")
    finally:
        consumer.close()
    headers = dict(seen[0].headers())
    assert headers["ce_type"] == b"escalation.alert"


def test_everything_stops_within_its_grace_period_and_by_itself(stack):
    ours = {*SERVICES, *DOORS}
    done = stack.run("stop", timeout=300)
    assert done.returncode == 0, done.stderr
    codes = {name: each["ExitCode"] for name, each in stack.containers().items() if name in ours}
    assert codes == dict.fromkeys(ours, 0)
