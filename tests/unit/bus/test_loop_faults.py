"""The consumer loop where the client is broken for good, or a commit meets what happened in between."""

import threading

import pytest
from confluent_kafka import KafkaError, KafkaException

from tests.unit.bus.script import (
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
from tests.unit.bus.test_transactions import TO_ABORT, TransactionalProducer
from warmline.bus.loop import StoppedEarlyError
from warmline.bus.publisher import Publisher
from warmline.bus.record import TransientError
from warmline.bus.transactions import TransactionalPublisher

BROKEN = KafkaError(KafkaError._FATAL, "and what broke it was told before")
COORDINATOR_AWAY = KafkaError(KafkaError._WAIT_COORD)


class RefusingConsumer(ScriptedConsumer):
    """Its first commits end with errors; what was asked for stands in `commits`."""

    def __init__(self, clock, *script, errors):
        super().__init__(clock, *script)
        self.errors = list(errors)

    def commit(self, *, offsets, asynchronous):
        super().commit(offsets=offsets, asynchronous=asynchronous)
        if self.errors:
            raise KafkaException(self.errors.pop(0))


def test_a_producer_that_is_broken_for_good_ends_the_service_instead_of_holding_it_for_ever():
    """`fatal()` says no to it: the first error that did was heard by nobody."""
    assert not BROKEN.fatal()
    consumer = ScriptedConsumer(Clock(), [assign(0)], [number(7)], *[[]] * 20)
    publisher = Publisher(ScriptedProducer(*[KafkaException(BROKEN)] * 50), "s", "", lambda: None)
    with pytest.raises(KafkaException):
        loop_over(consumer, TellingHandler(), publisher).run()
    assert consumer.commits == []
    assert consumer.closed


def test_a_consumer_that_is_broken_for_good_ends_the_service():
    consumer = ScriptedConsumer(Clock(), [assign(0)], [FakeMessage(0, 0, code=KafkaError._FATAL)], *[[]] * 20)
    with pytest.raises(KafkaException):
        loop_over(consumer, TellingHandler()).run()


def test_a_commit_that_is_tried_again_is_of_what_is_still_ours():
    """The new owner of the rest may have committed further: the broker asks nobody whose a partition is."""
    script = [[assign(0, 1)], [number(7), number(4, partition=1)], [revoke(0)], []]
    consumer = RefusingConsumer(Clock(), *script, errors=[COORDINATOR_AWAY])
    handler = TellingHandler()
    loop_over(consumer, handler).run()
    assert consumer.commits == [{0: 8, 1: 5}, {1: 5}]
    assert handler.committed_offsets == {(TOPIC, 1): 5}


def test_a_transaction_that_is_tried_again_holds_outcomes_of_what_is_still_ours_alone():
    script = [[assign(0, 1)], [number(7), number(4, partition=1)], [revoke(0)], *[[]] * 20]
    consumer, producer = ScriptedConsumer(Clock(), *script), TransactionalProducer(commits=[TO_ABORT])
    publisher = TransactionalPublisher(producer, consumer, "s", "", lambda: None)
    loop_over(consumer, TellingHandler(), publisher).run()
    assert producer.seen == [b"4"]
    assert producer.offsets == {1: 5}


def test_a_stop_is_over_within_its_deadline_though_a_commit_is_never_answered():
    answered = threading.Event()

    class SilentConsumer(ScriptedConsumer):
        def commit(self, *, offsets, asynchronous):
            self.stop.set()
            answered.wait(60)

    clock = Clock()
    consumer = SilentConsumer(clock, [assign(0)], [number(7)])
    loop = loop_over(consumer, TellingHandler())
    beat = loop._committer._beat

    def later_beat():
        clock.now_s += 1.0
        beat()

    loop._committer._beat = later_beat
    with pytest.raises(StoppedEarlyError):
        loop.run()
    assert not consumer.closed, "a thread is in it still"
    answered.set()


def test_a_record_that_cannot_be_read_is_refused_by_its_partition_s_owner_alone():
    """The partition goes while the batch is held: its new owner reads the record, and writes the letter."""
    script = [[assign(0, 1)], [number(7), FakeMessage(1, 0, b"not json")], [revoke(1)], *[[]] * 6]
    consumer, producer = ScriptedConsumer(Clock(), *script), ScriptedProducer()
    loop_over(consumer, TellingHandler(away_once()), Publisher(producer, "s", "", lambda: None)).run()
    assert producer.sent == [("echoes", b"7")]
    assert consumer.commits == [{0: 8}]


@pytest.mark.parametrize("away_again", [False, True])
def test_what_is_done_again_after_a_partition_went_is_what_is_published_whatever_fails_meanwhile(away_again):
    calls = []

    def away_at_the_second_call(numbers):
        calls.append(numbers)
        if away_again and len(calls) == 2:
            raise TransientError("the store is away for a moment")

    lost = [FakeMessage(1, 0, b"not json"), number(8, partition=1, offset=1)]
    consumer = ScriptedConsumer(Clock(), [assign(0, 1)], [number(7), *lost], [revoke(1)], *[[]] * 6)
    producer = ScriptedProducer(KafkaException(KafkaError(KafkaError._TRANSPORT)))
    loop_over(consumer, TellingHandler(away_at_the_second_call), Publisher(producer, "s", "", lambda: None)).run()
    assert producer.sent == [("echoes", b"7")], "not the outcome and the letter of the partition that went"
    assert consumer.commits == [{0: 8}]
