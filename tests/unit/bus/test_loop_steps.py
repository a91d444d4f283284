"""The loop's steps: what time brings out is published like the rest, and nobody is told of a thing before it is so."""

from itertools import pairwise

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from tests.unit.bus.script import (
    DRAIN_S,
    TOPIC,
    Clock,
    FakeMessage,
    ScriptedConsumer,
    ScriptedProducer,
    TellingHandler,
    assign,
    away_once,
    loop_over,
    number,
    revoke,
)
from tests.unit.bus.test_loop_faults import BROKEN, RefusingConsumer
from tests.unit.bus.test_transactions import TIMED_OUT, TransactionalProducer
from warmline.bus.loop import HOLD_POLL_S, StoppedEarlyError
from warmline.bus.publisher import Publisher
from warmline.bus.record import TransientError
from warmline.bus.transactions import TransactionalPublisher
from warmline.store.outbox import Outcome

FOUND_AGAIN_S = 5.0  # a dependency that is back is found within this
LATE = Outcome("echoes", "c", "conversation.scored", "id-late", 1, 1, b"late")
MOVED = ["ILLEGAL_GENERATION", "UNKNOWN_MEMBER_ID", "REBALANCE_IN_PROGRESS", "FENCED_INSTANCE_ID"]
MOVED += ["_STATE", "_ASSIGNMENT_LOST"]  # the client's own: it knows already
NO_BROKER = KafkaException(KafkaError(KafkaError._TRANSPORT))


class TimedHandler(TellingHandler):
    """Something falls due once there is a partition. Tells each step in order."""

    due = True

    def begin(self):
        self.told.append(("begun",))

    def assigned(self, committed):
        super().assigned(committed)
        self.offsets = committed

    def committed(self, offsets):
        self.told.append(("committed", *offsets.values()))

    def acknowledged(self, outcomes):
        self.told.append(("acknowledged", *(each.value for each in outcomes)))

    def tick(self):
        if ("assigned", 0) not in self.told or not self.due:
            return []
        self.told.append(("ticked",))
        return [LATE]

    def settle(self):
        if self.told[-1:] != [("settled",)]:
            self.told.append(("settled",))
        self.due = False


class TellingProducer(ScriptedProducer):
    """Tells the handler's list what the broker has taken."""

    def __init__(self, told, *failures):
        super().__init__(*failures)
        self.told = told

    def produce(self, topic, *, value, key, headers, on_delivery):
        super().produce(topic, value=value, key=key, headers=headers, on_delivery=on_delivery)
        self.told.append(("published", value))


def told_with(handler, producer, *script):
    loop_over(ScriptedConsumer(Clock(), *script), handler, Publisher(producer, "s", "", lambda: None)).run()
    return [each for each in handler.told if each[0] != "caught up"]


@pytest.mark.parametrize("failures", [0, 3])
def test_what_falls_due_is_published_then_acknowledged_and_only_then_settled(failures):
    """A due time that is settled before the broker has what it brought out is lost with a crash in between."""
    handler = TimedHandler()
    producer = TellingProducer(handler.told, *[NO_BROKER] * failures)
    told = told_with(handler, producer, [assign(0)], *[[]] * 20)
    due = [("ticked",), ("published", b"late"), ("acknowledged", b"late"), ("settled",)]
    assert told == [("assigned", 0), *due]


def test_a_batch_is_begun_before_each_attempt_and_acknowledged_once():
    """What the attempt before brought out was published by nobody: it has to be brought out again."""
    handler = TimedHandler(away_once())
    handler.due = False
    told = told_with(handler, TellingProducer(handler.told), [assign(0)], [number(7)], [], [])
    steps = [("begun",), ("begun",), ("handled", 7), ("published", b"7"), ("committed", 8), ("acknowledged", b"7")]
    assert [each for each in told if each != ("settled",)] == [("assigned", 0), *steps]


@pytest.mark.parametrize("name", MOVED)
def test_where_the_broker_says_that_the_partitions_moved_it_is_asked_anew_and_nothing_counts_as_committed(name):
    handler = TimedHandler()
    handler.due = False
    consumer = RefusingConsumer(Clock(), [assign(0)], [number(7)], [], errors=[KafkaError(getattr(KafkaError, name))])
    loop_over(consumer, handler).run()
    assert consumer.commits == [{0: 8}], "not tried again"
    assert [each for each in handler.told if each[0] == "assigned"] == [("assigned", 0)] * 2
    assert ("committed", 8) not in handler.told


def test_what_a_commit_without_an_answer_holds_counts_as_published_though_its_partition_goes_meanwhile():
    """The commit is finished as it stands, and with it all that came of the batch."""
    producer = TransactionalProducer(commits=[TIMED_OUT])
    consumer = ScriptedConsumer(Clock(), [assign(0)], [number(7)], [revoke(0)], [], [])
    handler = TimedHandler()
    handler.due = False
    loop_over(consumer, handler, TransactionalPublisher(producer, consumer, "s", "", lambda: None)).run()
    assert producer.seen == [b"7"]
    assert ("acknowledged", b"7") in handler.told
    assert handler.told.count(("begun",)) == 1


def test_a_consumer_that_is_broken_for_good_when_it_commits_ends_the_service():
    consumer = RefusingConsumer(Clock(), [assign(0)], [number(7)], *[[]] * 20, errors=[BROKEN] * 50)
    with pytest.raises(KafkaException):
        loop_over(consumer, TellingHandler()).run()
    assert len(consumer.commits) == 1
    assert consumer.closed


def test_a_partition_of_which_nothing_was_ever_committed_has_no_offset():
    handler = TimedHandler()
    consumer = ScriptedConsumer(Clock(), [assign(0, 1)], [])
    unknown, known = -1001, 5  # as the client says it
    offset_of = {0: unknown, 1: known}
    consumer.committed = lambda wanted, timeout: [
        TopicPartition(each.topic, each.partition, offset_of[each.partition]) for each in wanted
    ]
    loop_over(consumer, handler).run()
    assert handler.offsets == {(TOPIC, 0): None, (TOPIC, 1): known}


def always_away(_numbers):
    raise TransientError("away")


def test_a_stop_is_over_within_its_deadline_though_a_dependency_stays_away():
    def stop(consumer):
        consumer.stop.set()
        stopped_s.append(consumer.clock.now_s)

    def too_late(_consumer):
        raise AssertionError("it waits for ever")

    stopped_s = []
    waits = [[]] * int(3 * DRAIN_S / HOLD_POLL_S)
    consumer = ScriptedConsumer(Clock(), [assign(0)], [number(7)], [], [stop], *waits, [too_late])
    with pytest.raises(StoppedEarlyError):
        loop_over(consumer, TellingHandler(always_away)).run()
    assert DRAIN_S <= consumer.clock.now_s - stopped_s[0] < DRAIN_S + 2 * HOLD_POLL_S
    assert consumer.commits == []


def test_while_a_dependency_is_away_the_probe_hears_that_the_loop_comes_round():
    """Else the process would be killed for what is no fault of its own."""
    seen = []
    look = [lambda consumer: seen.append(consumer.clock() - health.seen_s)]
    consumer = ScriptedConsumer(Clock(), [assign(0)], [number(7)], *[look, [], [], []] * 40)
    loop = loop_over(consumer, TellingHandler(always_away))
    health = loop._health
    with pytest.raises(StoppedEarlyError):
        loop.run()
    assert len(seen) == 40
    assert max(seen) <= 2 * HOLD_POLL_S


def test_a_dependency_that_was_away_for_long_is_found_within_seconds_of_its_return():
    consumer, tried_s = ScriptedConsumer(Clock(), [assign(0)], [number(7)], *[[]] * 400), []

    def before(_numbers):
        tried_s.append(consumer.clock.now_s)
        if len(tried_s) < 15:
            raise TransientError("away")

    loop_over(consumer, TellingHandler(before)).run()
    gaps = [later - earlier for earlier, later in pairwise(tried_s)]
    assert len(gaps) == 14
    assert gaps[0] < 1.0, "and at first sooner"
    assert max(gaps) <= FOUND_AGAIN_S + HOLD_POLL_S


def test_what_is_refused_is_counted_with_its_reason_once_its_letter_is_acknowledged():
    consumer = ScriptedConsumer(Clock(), [assign(0)], [number(7), FakeMessage(0, 8, b"not json")], *[[]] * 20)
    producer = ScriptedProducer(*[NO_BROKER] * 2)
    loop = loop_over(consumer, TellingHandler(), Publisher(producer, "s", "", lambda: None))
    loop.run()
    value = loop._metrics.registry.get_sample_value
    assert value("warmline_dead_letters_total", {"service": "s", "reason": "not_json"}) == 1
    assert value("warmline_records_total", {"service": "s", "outcome": "dead_letter"}) == 1
