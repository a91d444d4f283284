"""Time goes on without records only as far as the broker confirms that there are none: what waits unread is awaited."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.parts.kafka import KafkaPart
from tests.support.clocks import NAME, clock_turns
from tests.support.comparing import assert_same_events, await_events, expected_of, published_of
from tests.support.loops import await_that, read_all
from tests.support.publishing import EventProducer
from warmline.backtest.run import Backtest
from warmline.contracts.score import ScoredTurn
from warmline.contracts.topics import CONVERSATION_SCORES, CONVERSATION_SUMMARIES, CONVERSATION_WINDOWS
from warmline.local.stack import Stack
from warmline.local.valkey import ValkeyServer
from warmline.local.valkey_options import ValkeyOptions
from warmline.policy.load import load_policy

PARTITIONS = 2
NEIGHBOUR = "elsewhere"  # its partition is the other one
QUIET_S = 8
AWAY_S = 14.0  # longer than a conversation may be quiet, and still counts as going on
POLICY = f"windows:\n  lateness_s: 1\n  quiet_timeout_s: {QUIET_S}\n  missed_after_s: {QUIET_S}\n"
OUTPUTS = {CONVERSATION_WINDOWS, CONVERSATION_SUMMARIES}
MS = 1000


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    with ValkeyServer(ValkeyOptions(append_only=True), tmp_path / "valkey") as server:
        yield server


@contextmanager
def frozen(stack: Stack, _valkey: ValkeyServer) -> Iterator[None]:
    """The process stands still: a node that is out of breath, a virtual machine that moves."""
    stack.services[0].process.signal(signal.SIGSTOP)
    yield
    stack.services[0].process.signal(signal.SIGCONT)


@contextmanager
def without_store(_stack: Stack, valkey: ValkeyServer) -> Iterator[None]:
    valkey.kill()
    yield
    valkey.restart()


@pytest.mark.parametrize("stands_still", [frozen, without_store])
def test_what_falls_due_while_a_service_stands_still_does_not_overtake_the_turn_that_prevents_it(
    kafka: KafkaPart, valkey: ValkeyServer, tmp_path: Path, unique: Callable[[str], str], stands_still: Any
) -> None:
    policy_file, prefix = tmp_path / "policy.yaml", unique("waits") + "."
    policy_file.write_text(POLICY)
    scores = prefix + CONVERSATION_SCORES
    producer = EventProducer(kafka.bootstrap)

    def published() -> dict[str, dict[str, Any]]:
        return published_of(message for topic in OUTPUTS for message in read_all(kafka.bootstrap, prefix + topic))

    settings = {"topic_prefix": prefix, "policy_file": str(policy_file)}
    with Stack(kafka.bootstrap, valkey.url, tmp_path / "logs", settings) as stack:
        stack.create_topics(PARTITIONS)
        stack.start_all(("windows",))
        began_ms = round(time.time() * MS)
        turns = [turn("waiting", number, began_ms + number * MS * QUIET_S // 2) for number in range(3)]
        elsewhere = [turn(NEIGHBOUR, number, began_ms + number) for number in range(2)]
        producer.send(scores, [turns[0], elsewhere[0]])
        producer.flush()
        await_that(lambda: len(published()) == 2, "the first windows", timeout_s=30)
        with stands_still(stack, valkey):
            producer.send(scores, elsewhere[1:])  # held back in hand, while nothing more is read of any partition
            producer.flush()
            for each in turns[1:]:
                wait_for_the_clock(each.spoken_at)
                producer.send(scores, [each])
            producer.flush()
            wait_for_the_clock(began_ms + round(AWAY_S * MS))
        whole = expected([*turns, *elsewhere], policy_file)
        assert sum("end_reason" in value for value in whole.values()) == 2
        await_events(published, whole, timeout_s=60)
        assert_same_events(published(), whole)
        assert stack.stop(), "the service ended in order"


def wait_for_the_clock(at_ms: int) -> None:
    """Return at a wall clock, ms UTC: nothing can be awaited while nothing happens."""
    threading.Event().wait(max(0.0, at_ms / MS - time.time()))


def turn(conversation: str, number: int, at_ms: int) -> ScoredTurn:
    """Return a turn of a customer who writes again and again, and nobody answers."""
    like = clock_turns(at_ms, 1)[0]
    return msgspec.structs.replace(
        like, conversation_id=conversation, turn_id=f"{number:03}", participant_id="customer"
    )


def expected(turns: list[ScoredTurn], policy_file: Path) -> dict[str, dict[str, Any]]:
    """Return what the backtest says of the turns, once they lie far back."""
    much_later = clock_turns(turns[-1].spoken_at + 3_600 * MS, PARTITIONS)
    emits = Backtest(load_policy(policy_file)).run([*turns, *much_later])
    return expected_of((emit for emit in emits if not emit.key.startswith(NAME)), OUTPUTS)
