"""`warmline replay` against a real broker."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from confluent_kafka import Message

import warmline
from tests.parts.kafka import KafkaPart
from tests.parts.topics import create_topic, read
from warmline.cli import main
from warmline.contracts.dates import time_of
from warmline.contracts.events import STRUCT_OF_TYPE
from warmline.contracts.turn import Turn
from warmline.recordings import samples
from warmline.recordings.publish import address
from warmline.recordings.read import read_recording

INPUTS = ("conversation.events", "agent.states", "escalation.feedback")


@pytest.fixture
def prefix(kafka: KafkaPart, unique: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> str:
    """A topic prefix with its input topics, to which the environment points."""
    prefix = unique("replay") + "."
    for topic in INPUTS:
        create_topic(kafka.bootstrap, prefix + topic, partitions=3)
    monkeypatch.setenv("WARMLINE_KAFKA_BROKERS", kafka.bootstrap)
    monkeypatch.setenv("WARMLINE_TOPIC_PREFIX", prefix)
    return prefix


def replay(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["replay", *map(str, arguments)])


def arrived(kafka: KafkaPart, topic: str, count: int) -> list[Message]:
    return read(kafka.bootstrap, topic, count, group=f"{topic}-check", **kafka.consumer_settings)


def decoded(message: Message):
    headers = dict(message.headers())
    return headers, msgspec.json.decode(message.value(), type=STRUCT_OF_TYPE[headers["ce_type"].decode()])


def test_the_samples_arrive_whole_and_each_conversation_in_order(kafka, prefix):
    result = replay("--speed", 0, "--concurrency", 8)
    assert result.exit_code == 0, result.output
    recorded = list(read_recording(samples.CONVERSATIONS, strict=True))
    states = list(read_recording(samples.AGENT_STATES, strict=True))
    assert f"{len(recorded) + len(states)} acknowledged" in result.stderr
    now = time.time() * 1000
    wanted, found = defaultdict(list), defaultdict(list)
    for event in recorded:
        wanted[event.conversation_id].append(getattr(event, "turn_id", type(event).__name__))
    partitions = defaultdict(set)
    for message in arrived(kafka, prefix + "conversation.events", len(recorded)):
        headers, event = decoded(message)
        key = event.conversation_id
        assert message.key().decode() == key == headers["ce_subject"].decode()
        assert headers["ce_id"].decode() == address(event).id
        assert time_of(event) <= now
        found[key].append(getattr(event, "turn_id", type(event).__name__))
        partitions[key].add(message.partition())
    assert found == wanted
    assert all(len(used) == 1 for used in partitions.values())
    assert len(arrived(kafka, prefix + "agent.states", len(states))) == len(states)


def test_turns_are_sent_at_their_pace_and_dated_up_to_now(kafka, prefix, tmp_path):
    file = write(tmp_path, [turn("c", number, 1_700_000_000_000 + number * 10_000) for number in range(4)])
    begun = time.time() * 1000
    assert replay(file, "--speed", 20).exit_code == 0
    ended = time.time() * 1000
    assert ended - begun >= 1500
    events = [decoded(message)[1] for message in arrived(kafka, prefix + "conversation.events", 4)]
    assert [event.spoken_at - events[0].spoken_at for event in events] == [0, 10_000, 20_000, 30_000]
    assert begun + 1499 <= events[-1].spoken_at <= ended


def test_recorded_times_are_kept_where_asked_and_feedback_has_its_topic(kafka, prefix, tmp_path):
    said = {"feedback_id": "f", "alert_id": "x", "conversation_id": "c", "verdict": "confirmed", "by": "s", "at": 9}
    file = write(tmp_path, [turn("c", 1, 1000), said, turn("d", 1, 2000)])
    assert replay(file, "--speed", 0, "--keep-times", "--limit", 1).exit_code == 0
    (message,) = arrived(kafka, prefix + "conversation.events", 1)
    headers, event = decoded(message)
    assert (event.conversation_id, event.spoken_at) == ("c", 1000)
    assert headers["ce_time"] == b"1970-01-01T00:00:01.000Z"
    (message,) = arrived(kafka, prefix + "escalation.feedback", 1)
    assert (message.key(), decoded(message)[1].at) == (b"c", 9)


def test_a_line_that_cannot_be_read_is_named_the_rest_is_sent_and_the_exit_code_says_so(kafka, prefix, tmp_path):
    file = write(tmp_path, [turn("c", 1, 1000), {"role": "ghost", "text": ""}])
    result = replay(file, "--speed", 0)
    assert result.exit_code == 1
    assert "events.jsonl:2: " in result.stderr
    assert "1 of 1 sent, 1 acknowledged" in result.stderr
    result = replay(file, "--speed", 0, "--strict")
    assert result.exit_code == 1
    assert "events.jsonl:2: " in result.stderr
    assert "sent" not in result.stderr


def test_a_missing_topic_or_broker_is_said_at_once(kafka, prefix, tmp_path, monkeypatch):
    file = write(tmp_path, [turn("c", 1, 1000)])
    monkeypatch.setenv("WARMLINE_TOPIC_PREFIX", prefix + "nowhere.")
    result = replay(file)
    assert result.exit_code == 1
    assert f"no topic {prefix}nowhere.conversation.events" in result.stderr
    monkeypatch.setenv("WARMLINE_KAFKA_BROKERS", "127.0.0.1:1")
    monkeypatch.setenv("WARMLINE_KAFKA_EXTRA", "log_level=0")
    result = replay(file)
    assert result.exit_code == 1
    assert "127.0.0.1:1: " in result.stderr


def test_ctrl_c_stops_with_everything_sent_acknowledged(kafka, prefix, tmp_path):
    file = write(tmp_path, [turn("c", number, 1_700_000_000_000 + number * 1000) for number in range(600)])
    process = subprocess.Popen(
        [sys.executable, "-m", "warmline", "replay", str(file), "--speed", "10"],
        env={**os.environ, "PYTHONPATH": str(Path(warmline.__file__).parents[1])},
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        begun = len(arrived(kafka, prefix + "conversation.events", 5))
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    last = errors.strip().splitlines()[-1]
    sent, acknowledged = (int(part.split()[0]) for part in last.removeprefix("stopped: ").split(", ")[:2])
    assert begun <= sent == acknowledged < 600


def turn(conversation: str, number: int, at: int) -> dict:
    event = Turn(
        conversation_id=conversation, turn_id=str(number), role="agent", participant_id="a", text="hi", spoken_at=at
    )
    return msgspec.to_builtins(event)


def write(folder: Path, events: list[dict]) -> Path:
    file = folder / "events.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in events))
    return file
