"""Ten thousand hostile inputs straight into the topic: no crash, and each is scored, ignored or dead-lettered."""

import base64
import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from confluent_kafka import Producer

from tests.parts.kafka import KafkaPart
from tests.support.hostile import hostile_inputs
from tests.support.loops import await_that, produce, read_all
from warmline.bus.dead_letters import DETAIL, LEFT_OUT, OFFSET, PARTITION, REASON
from warmline.bus.decode import MAX_VALUE_BYTES
from warmline.bus.envelope import header
from warmline.cli import main
from warmline.contracts.topics import CONVERSATION_EVENTS, CONVERSATION_SCORES, CONVERSATION_WINDOWS
from warmline.local.stack import Stack

COUNT = 10_000
PARTITIONS = 4


def test_every_hostile_input_is_accounted_for_and_nothing_crashes(
    kafka: KafkaPart, redis_url: str, tmp_path: Path, unique: Callable[[str], str]
) -> None:
    prefix = unique("hostile") + "."
    inputs = list(hostile_inputs(COUNT, seed=7))
    with Stack(kafka.bootstrap, redis_url, tmp_path, {"topic_prefix": prefix}) as stack:
        stack.create_topics(PARTITIONS)
        produce(kafka.bootstrap, prefix + CONVERSATION_EVENTS, inputs)
        stack.start_all(("scoring", "windows", "escalation"))
        scoring, windows = stack.services[:2]

        def records(service: object, **labels: str) -> int:
            return int(service.metric("warmline_records_total", **labels))  # type: ignore[attr-defined]

        def all_read() -> bool:
            stack.check()
            return records(scoring) >= COUNT

        await_that(all_read, "scoring has read everything", timeout_s=120)
        dead = read_all(kafka.bootstrap, prefix + "scoring.dlq")
        scores = read_all(kafka.bootstrap, prefix + CONVERSATION_SCORES)
        unscored = records(scoring, outcome="ignored") + records(scoring, outcome="duplicate")
        assert len(scores) + len(dead) + unscored == COUNT
        places = {(header(m.headers(), PARTITION), header(m.headers(), OFFSET)) for m in dead}  # type: ignore[arg-type]
        assert len(places) == len(dead), "one letter a record"
        sent = Counter(value for _, value in inputs)
        assert all(sent[letter.value() or b""] or sent[letter.value()] for letter in dead), "raw bytes, untouched"
        reasons = Counter((header(m.headers(), REASON) or b"").decode() for m in dead)  # type: ignore[arg-type]
        assert reasons.keys() == {"empty", "not_json", "wrong_schema", "unknown_type", "future_time"}, reasons
        assert not any(b"parcel" in (header(m.headers(), DETAIL) or b"") for m in dead), "no words in a reason"

        await_that(lambda: records(windows) >= len(scores), "windows has read everything", timeout_s=60)
        assert read_all(kafka.bootstrap, prefix + "windows.dlq") == []
        assert read_all(kafka.bootstrap, prefix + "escalation.dlq") == []
        shown = read_all(kafka.bootstrap, prefix + CONVERSATION_WINDOWS)
        assert len({header(m.headers(), "ce_id") for m in shown}) == len(shown), "ids are unique"  # type: ignore[arg-type]
        logs = "".join(service.process.log.read_text(errors="replace") for service in stack.services)
        assert "parcel" not in logs, "no words in a log"
        stack.check()


def test_a_record_too_large_for_its_dead_letter_does_not_hold_what_follows(
    kafka: KafkaPart, redis_url: str, tmp_path: Path, unique: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compressed it is small, and a broker looks at nothing else; what reads it has all of it."""
    prefix = unique("hostile") + "."
    topic = prefix + CONVERSATION_EVENTS
    turns = [good_turn(1, "my parcel is late"), good_turn(2, "x" * 5_000_000), largest_turn(3)]
    with Stack(kafka.bootstrap, redis_url, tmp_path, {"topic_prefix": prefix}) as stack:
        stack.create_topics(1)
        sender = Producer(
            {"bootstrap.servers": kafka.bootstrap, "compression.type": "gzip", "message.max.bytes": 10_000_000}
        )
        for turn in turns:
            sender.produce(topic, turn, b"talk")
            assert sender.flush(30) == 0
        stack.start_all(("scoring",))
        (scoring,) = stack.services

        def all_read() -> bool:
            stack.check()
            return scoring.metric("warmline_records_total") >= len(turns)

        await_that(all_read, "scoring has read everything", timeout_s=60)
        (letter,) = read_all(kafka.bootstrap, prefix + "scoring.dlq")
        headers = letter.headers() or []
        assert (letter.key(), letter.value()) == (b"talk", None)
        assert header(headers, REASON) == b"too_large"
        assert (header(headers, OFFSET), header(headers, LEFT_OUT)) == (b"1", b"value")
        scores = read_all(kafka.bootstrap, prefix + CONVERSATION_SCORES)
        assert [json.loads(score.value() or b"")["turn_id"] for score in scores] == ["1", "3"], "each once"

    monkeypatch.setenv("WARMLINE_KAFKA_BROKERS", kafka.bootstrap)
    monkeypatch.setenv("WARMLINE_TOPIC_PREFIX", prefix)
    replayed = CliRunner().invoke(main, ["dlq", "replay", "scoring"])
    assert "0 dead letters sent back" in replayed.output
    assert f"{CONVERSATION_EVENTS}/0/1: left out of its letter" in replayed.output


def good_turn(number: int, text: str, **more: object) -> bytes:
    turn = {"conversation_id": "talk", "turn_id": str(number), "role": "customer", "participant_id": "someone"}
    return json.dumps({**turn, "text": text, "spoken_at": 1_767_600_000_000 + number, **more}).encode()


def largest_turn(number: int) -> bytes:
    """As large as is let in, and nothing compresses it. What is made of it is larger, and has to be taken as well."""
    text = "where is my parcel"
    left = MAX_VALUE_BYTES - len(good_turn(number, text, vendor={"raw": ""}))
    raw = base64.b64encode(random.Random(number).randbytes(left)).decode()[:left]
    return good_turn(number, text, vendor={"raw": raw})
