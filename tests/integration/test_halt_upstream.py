"""A halt upstream is not taken for silence, by any service down the flow: a live call stays a live call."""

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.parts.kafka import KafkaPart
from tests.support.loops import await_that, read_all
from tests.support.publishing import EventProducer
from warmline.contracts.topics import AGENT_ASSIST, CONVERSATION_EVENTS, CONVERSATION_SUMMARIES, CONVERSATION_WINDOWS
from warmline.contracts.turn import Turn
from warmline.local.stack import Stack
from warmline.local.valkey import ValkeyServer
from warmline.local.valkey_options import ValkeyOptions

PARTITIONS = 2
QUIET_S = 8
HALT_S = 20  # longer than a conversation may be quiet, and still counts as going on
POLICY = f"""
windows: {{lateness_s: 1, quiet_timeout_s: {QUIET_S}, missed_after_s: {QUIET_S}}}
assist: {{lateness_s: 1, expire_s: {QUIET_S}, handoff_expire_s: {QUIET_S}, praise_expire_s: {QUIET_S}}}
"""
MS = 1000
SAID = "I am furious, this is the third time that I have to call you about the same broken phone"


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    with ValkeyServer(ValkeyOptions(append_only=True), tmp_path / "valkey") as server:
        yield server


@pytest.mark.parametrize(
    ("halted", "delivery"), [("scoring", "at_least_once"), ("windows", "at_least_once"), ("windows", "transactional")]
)
def test_a_call_that_goes_on_while_a_service_stands_still_is_not_told_to_have_ended(
    kafka: KafkaPart, valkey: ValkeyServer, tmp_path: Path, unique: Callable[[str], str], halted: str, delivery: str
) -> None:
    policy_file, prefix = tmp_path / "policy.yaml", unique("halt") + "."
    policy_file.write_text(POLICY)
    producer, numbers = EventProducer(kafka.bootstrap), count()

    def published(topic: str) -> list[dict[str, Any]]:
        return [json.loads(message.value() or b"") for message in read_all(kafka.bootstrap, prefix + topic)]

    def say() -> None:
        producer.send(prefix + CONVERSATION_EVENTS, [turn(next(numbers))])
        producer.flush()

    settings = {"topic_prefix": prefix, "policy_file": str(policy_file), "delivery": delivery}
    with Stack(kafka.bootstrap, valkey.url, tmp_path / "logs", settings) as stack:
        stack.create_topics(PARTITIONS)
        stack.start_all(("scoring", "windows", "assist"))
        say()
        await_that(lambda: len(published(CONVERSATION_WINDOWS)) == 1, "the first window", timeout_s=30)
        await_that(lambda: published(AGENT_ASSIST), "a move, which waits for an answer", timeout_s=30)
        (stopped,) = [service for service in stack.services if service.name == halted]
        stopped.process.signal(signal.SIGSTOP)
        for _ in range(HALT_S // (QUIET_S // 2)):
            threading.Event().wait(QUIET_S / 2)  # the customer talks on, and nobody hears it
            say()
        before = published(CONVERSATION_SUMMARIES), published(AGENT_ASSIST)
        stopped.process.signal(signal.SIGCONT)
        said = next(numbers)
        await_that(lambda: len(published(CONVERSATION_WINDOWS)) >= said, "windows of all turns", timeout_s=30)
        assert before[0] == [], "a live call was told to have ended"
        assert len(before[1]) == 1, "a move was told to be out of date, though nobody knew what had been said since"
        await_that(lambda: published(CONVERSATION_SUMMARIES), "the end, when there is silence", timeout_s=60)
        (summary,) = published(CONVERSATION_SUMMARIES)
        assert summary["customer_turns"] == said
        assert stack.stop(), "the services ended in order"


def turn(number: int) -> Turn:
    """Return what the customer says now."""
    return Turn(
        conversation_id="call",
        turn_id=f"{number:03}",
        role="customer",
        participant_id="customer",
        text=SAID,
        spoken_at=round(time.time() * MS),
    )
