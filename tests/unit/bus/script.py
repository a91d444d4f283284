"""A consumer and a producer that do what a test wrote down, under a clock that only they move, and a loop over them."""

import json
import threading
from concurrent.futures import Future
from types import SimpleNamespace

from confluent_kafka import IsolationLevel, KafkaError, KafkaException, TopicPartition
from prometheus_client import CollectorRegistry

from tests.support.loops import EchoHandler
from warmline.bus.dead_letters import DeadLetterLimit
from warmline.bus.ends import Ends
from warmline.bus.loop import Loop, LoopOptions
from warmline.bus.publisher import Publisher
from warmline.bus.record import TransientError
from warmline.telemetry.health import Health
from warmline.telemetry.metrics import Metrics

TOPIC = "numbers"
DRAIN_S = 20.0


class Clock:
    def __init__(self):
        self.now_s = 1_000.0

    def __call__(self):
        return self.now_s

    def ms(self):
        return round(self.now_s * 1_000)


class FakeMessage:
    """A record, or what the client reports of a partition."""

    def __init__(self, partition, offset, value=b"", code=None):
        self._place = (TOPIC, partition, offset)
        self._value = value
        self._error = None if code is None else KafkaError(code)

    def error(self):
        return self._error

    def topic(self):
        return self._place[0]

    def partition(self):
        return self._place[1]

    def offset(self):
        return self._place[2]

    def key(self):
        return None

    def value(self):
        return self._value

    def timestamp(self):
        return (1, 1)

    def headers(self):
        return None


def number(n, partition=0, offset=None):
    return FakeMessage(partition, n if offset is None else offset, json.dumps({"n": n}).encode())


def end(partition=0, offset=0):
    return FakeMessage(partition, offset, code=KafkaError._PARTITION_EOF)


def assign(*partitions):
    return lambda consumer: consumer.on_assign(consumer, [TopicPartition(TOPIC, each) for each in partitions])


def revoke(*partitions):
    return lambda consumer: consumer.on_revoke(consumer, [TopicPartition(TOPIC, each) for each in partitions])


class ScriptedConsumer:
    """Gives what stands in the script, a line a poll: messages, and what the group does meanwhile. Then: stop."""

    def __init__(self, clock, *script):
        self.clock = clock
        self.script = [list(line) for line in script]
        self.ends = {}
        self.rest = []
        self.stop = threading.Event()
        self.commits = []
        self.sought = []
        self.closed = False

    def subscribe(self, topics, *, on_assign, on_revoke, on_lost):
        self.on_assign, self.on_revoke, self.on_lost = on_assign, on_revoke, on_lost

    def poll(self, wait_s):
        assert not self.rest, "the loop took only a part of what was there"
        if not self.script:
            self.stop.set()
            self.clock.now_s += wait_s
            return None
        self.rest = self._happens(self.script.pop(0))
        if not self.rest:
            self.clock.now_s += wait_s
            return None
        return self.rest.pop(0)

    def consume(self, most, wait_s):
        assert wait_s == 0
        messages, self.rest = self.rest[:most], self.rest[most:]
        return messages

    def _happens(self, line):
        messages = []
        for each in line:
            if isinstance(each, FakeMessage):
                messages.append(each)
                self.ends[each.partition()] = each.offset() + (each.error() is None)
            else:
                each(self)
        return messages

    def incremental_assign(self, partitions): ...

    def incremental_unassign(self, partitions): ...

    def pause(self, partitions): ...

    def resume(self, partitions): ...

    def seek(self, place):
        self.sought.append((place.partition, place.offset))

    def committed(self, wanted, timeout):
        return [TopicPartition(each.topic, each.partition, -1001) for each in wanted]

    def commit(self, *, offsets, asynchronous):
        assert not asynchronous
        self.commits.append({each.partition: each.offset for each in offsets})

    def consumer_group_metadata(self):
        return "the group"

    def get_watermark_offsets(self, place, *, cached):
        assert cached
        return (0, -1)

    def close(self):
        self.closed = True


class ScriptedBroker:
    """Answers at once what it is asked for: the ends of the partitions, None while it is out of reach."""

    def __init__(self, ends):
        self.ends = ends
        self.asked = []

    def list_offsets(self, wanted, *, isolation_level, request_timeout):
        assert isolation_level is IsolationLevel.READ_UNCOMMITTED, "an open transaction hides what follows"
        self.asked.append(sorted(each.partition for each in wanted))
        return {each: self._answer(each.partition) for each in wanted}

    def _answer(self, partition):
        answer, ends = Future(), self.ends()
        if ends is None:
            answer.set_exception(KafkaException(KafkaError(KafkaError._TIMED_OUT)))
        else:
            answer.set_result(SimpleNamespace(offset=ends.get(partition, -1)))
        return answer


class ScriptedProducer:
    """Acknowledges whatever it is given; but first it fails as often as it is told to."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.sent = []

    def produce(self, topic, *, value, key, headers, on_delivery):
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((topic, value))

    def flush(self, wait_s):
        return 0


class TellingHandler(EchoHandler):
    """Tells in order what it is told."""

    def __init__(self, before=lambda _numbers: None):
        super().__init__("echoes", before)
        self.told = []
        self.as_of_ms = []

    def handle(self, batch):
        outcomes = super().handle(batch)
        self.told.append(("handled", *self.batches[-1]))
        return outcomes

    def assigned(self, committed):
        self.told.append(("assigned", *sorted(partition for _, partition in committed)))

    def caught_up(self, topic, partition, as_of_ms):
        self.told.append(("caught up", partition))
        self.as_of_ms.append(as_of_ms)


def loop_over(consumer, handler, publisher=None, limit=None, batch_max=1_000, broker=None):
    metrics = Metrics(CollectorRegistry())
    health = Health(consumer.clock)
    return Loop(
        consumer=consumer,
        ends=Ends(broker or ScriptedBroker(lambda: consumer.ends), consumer.clock.ms, consumer.clock),
        publisher=publisher or Publisher(ScriptedProducer(), "s", "", health.beat),
        handler=handler,
        limit=limit or DeadLetterLimit(0.5, 1_000_000),
        options=LoopOptions((TOPIC,), "", batch_max, 0.1, DRAIN_S, "s"),
        metrics=metrics,
        health=health,
        stop=consumer.stop,
        monotonic=consumer.clock,
    )


def away_once():
    """What a handler does before it works: the first time, its dependency is away."""
    faults = [TransientError("away")]

    def before(_numbers):
        if faults:
            raise faults.pop()

    return before
