"""End to end: from producing a turn to receiving its window and its alert, every service but the gateway running."""

import contextlib
import threading
import time
from dataclasses import dataclass, field

import msgspec
from confluent_kafka import Consumer, Producer, TopicPartition
from msgspec import Struct, structs

from tests.benchmarks.conversations import endless_turns
from tests.benchmarks.rig import PARTITIONS, BenchError, Rig, Running, create_topics, service
from warmline.bus.envelope import headers_of
from warmline.contracts.events import CONVERSATION_TURN
from warmline.contracts.topics import CONVERSATION_EVENTS, CONVERSATION_WINDOWS, ESCALATION_ALERTS
from warmline.services import SERVICES

RATE_PER_S = 100
LASTS_S = 60
WARM_UP_S = 10
READY_S = 180.0
STRAGGLERS_S = 10.0  # what has not come by then counts as lost
MS = 1000

Place = tuple[str, int]
"""Conversation, and when the turn was spoken, ms UTC: one conversation has one turn a millisecond."""


class _Times(Struct):
    spoken: int


class _Outcome(Struct):
    conversation_id: str
    times: _Times


@dataclass
class Latency:
    """Milliseconds from producing a turn to receiving what came of it.

    Attributes:
        rate: Turns a second.
        turns: Turns measured.
        window_ms: Of each turn's window.
        alert_ms: Of each step of an alert that a turn caused.
    """

    rate: int
    turns: int = 0
    window_ms: list[float] = field(default_factory=list)
    alert_ms: list[float] = field(default_factory=list)


def quantile(values: list[float], share: float) -> float:
    """Return the value that `share` of the values do not exceed."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


class _Receiver(threading.Thread):
    """Notes when what topic has brought what came of which turn."""

    def __init__(self, rig: Rig, prefix: str) -> None:
        super().__init__(daemon=True)
        self._consumer = Consumer({"bootstrap.servers": rig.bootstrap, "group.id": "warmline-bench-receiver"})
        self._topics = {prefix + CONVERSATION_WINDOWS: "window", prefix + ESCALATION_ALERTS: "alert"}
        self._consumer.assign([TopicPartition(topic, n, 0) for topic in self._topics for n in range(PARTITIONS)])
        self.received: dict[str, list[tuple[Place, float]]] = {"window": [], "alert": []}
        self.stop = threading.Event()

    def run(self) -> None:
        decode = msgspec.json.Decoder(_Outcome).decode
        while not self.stop.is_set():
            message = self._consumer.poll(0.2)
            if message is None or message.error() is not None:
                continue
            now = time.time()
            outcome = decode(message.value())
            self.received[self._topics[message.topic()]].append(((outcome.conversation_id, outcome.times.spoken), now))
        self._consumer.close()


class _Sender:
    """Sends turns at a fixed rate, each on its date whatever became of the one before."""

    def __init__(self, rig: Rig, prefix: str) -> None:
        self._producer = Producer(
            {"bootstrap.servers": rig.bootstrap, "partitioner": "murmur2_random", "linger.ms": 0, "acks": "all"}
        )
        self._topic = prefix + CONVERSATION_EVENTS
        self._turns = endless_turns()
        self._encode = msgspec.json.Encoder().encode

    def send(self, rate: int, seconds: float) -> dict[Place, float]:
        """Send for a while, and return when each turn was handed to the producer."""
        sent: dict[Place, float] = {}
        began = time.monotonic()
        for number in range(int(rate * seconds)):
            self._producer.poll(0)
            wait = began + number / rate - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            now = time.time()
            turn = structs.replace(next(self._turns), spoken_at=int(now * MS))
            key = turn.conversation_id
            headers = headers_of(CONVERSATION_TURN, f"{key}-{turn.turn_id}", turn.spoken_at, "warmline/bench", key)
            sent[key, turn.spoken_at] = now
            self._producer.produce(self._topic, self._encode(turn), key, headers=headers)
        self._producer.flush(30)
        return sent


def measure(rig: Rig, prefix: str, rate: int, seconds: float) -> Latency:
    """Run all services, warm up, then send at the rate and collect."""
    create_topics(rig, prefix)
    receiver = _Receiver(rig, prefix)
    receiver.start()
    sender = _Sender(rig, prefix)
    try:
        with contextlib.ExitStack() as stack:
            processes = [stack.enter_context(service(rig, name, prefix)) for name in SERVICES]
            _await_first(sender, receiver, processes)
            sender.send(rate, WARM_UP_S)
            sent = sender.send(rate, seconds)
            until = time.monotonic() + STRAGGLERS_S
            while time.monotonic() < until and not _all_there(sent, receiver):
                time.sleep(0.2)
    finally:
        receiver.stop.set()
        receiver.join()
    result = Latency(rate, len(sent))
    for kind, values in (("window", result.window_ms), ("alert", result.alert_ms)):
        values += [(at - sent[place]) * MS for place, at in receiver.received[kind] if place in sent]
    if len(result.window_ms) < len(sent):
        raise BenchError(f"{len(result.window_ms)} windows of {len(sent)} turns within {STRAGGLERS_S:.0f} s")
    return result


def _await_first(sender: _Sender, receiver: _Receiver, processes: list[Running]) -> None:
    until = time.monotonic() + READY_S
    while not receiver.received["window"]:
        if time.monotonic() > until:
            raise BenchError(f"no window within {READY_S:.0f} s")
        for process in processes:
            process.check()
        sender.send(2, 1)


def _all_there(sent: dict[Place, float], receiver: _Receiver) -> bool:
    return len({place for place, _ in receiver.received["window"]} & sent.keys()) == len(sent)
