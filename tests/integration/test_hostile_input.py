"""Ten thousand hostile inputs straight into the topic: no crash, and each is scored, ignored or dead-lettered."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.parts.kafka import KafkaPart
from tests.support.hostile import hostile_inputs
from tests.support.loops import await_that, produce, read_all
from warmline.bus.dead_letters import DETAIL, OFFSET, PARTITION, REASON
from warmline.bus.envelope import header
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
