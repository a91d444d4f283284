"""The consumer loop over a scripted consumer: what is believed when, what is counted, and when a stop is over."""

from itertools import pairwise

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from tests.unit.bus.script import (
    DRAIN_S,
    Clock,
    ScriptedBroker,
    ScriptedConsumer,
    ScriptedProducer,
    TellingHandler,
    assign,
    away_once,
    end,
    loop_over,
    number,
    revoke,
)
from warmline.bus.dead_letters import DeadLetterLimit, DeadLetterLimitError
from warmline.bus.loop import HOLD_POLL_S, StoppedEarlyError
from warmline.bus.publisher import POLL_S, Publisher


def told(*script, handler=None, **parts):
    handler = handler or TellingHandler()
    loop_over(ScriptedConsumer(Clock(), *script), handler, **parts).run()
    return handler.told


def test_an_end_is_believed_after_the_record_that_was_read_before_it():
    assert told([assign(0)], [number(7), end(offset=8)]) == [("assigned", 0), ("handled", 7), ("caught up", 0)]


def test_an_end_that_comes_with_the_assignment_is_believed_after_it():
    assert told([assign(0, 1), end(1)]) == [("assigned", 0, 1), ("caught up", 1)]


def test_an_end_that_a_record_follows_is_none():
    script = [[assign(0)], [number(7), end(offset=8), number(8)], [number(9)], [end(offset=10)]]
    assert told(*script) == [("assigned", 0), ("handled", 7, 8), ("handled", 9), ("caught up", 0)]


def test_an_end_is_believed_again_as_often_as_the_broker_confirms_it_and_as_of_when_it_was_asked():
    handler, clock = TellingHandler(), Clock()
    began = clock.ms()
    consumer = ScriptedConsumer(clock, [assign(0)], [end()], *[[]] * 25, [number(0)], *[[]] * 25)
    loop_over(consumer, handler).run()
    believed = [("caught up", 0)] * 3
    assert handler.told == [("assigned", 0), *believed, ("handled", 0), *believed], "and after another record"
    first = began + 100
    assert handler.as_of_ms == [first + 1_000 * number for number in range(6)]


def test_an_end_behind_which_something_waits_unread_is_none():
    """What a frozen process or one that was cut off from its broker meets when it goes on."""
    handler, clock = TellingHandler(), Clock()
    consumer = ScriptedConsumer(clock, [assign(0)], [end(offset=3)], *[[]] * 40)
    behind = 3
    broker = ScriptedBroker(lambda: {0: behind + (clock.now_s > 1_001.5)})
    loop_over(consumer, handler, broker=broker).run()
    assert handler.told == [("assigned", 0), *[("caught up", 0)] * 2]
    assert len(broker.asked) > 3, "it goes on asking"


def test_while_the_broker_does_not_answer_no_end_is_believed_and_nothing_waits_for_it():
    handler = TellingHandler()
    broker = ScriptedBroker(lambda: None)
    script = [[assign(0)], [end()], *[[]] * 25, [number(7)], []]
    loop_over(ScriptedConsumer(Clock(), *script), handler, broker=broker).run()
    assert handler.told == [("assigned", 0), ("handled", 7)]
    assert broker.asked == [[0]] * 2, "and it is asked less often"


def test_of_a_partition_that_is_never_at_its_end_when_somebody_looks_all_is_believed_that_is_done():
    handler, clock = TellingHandler(), Clock()

    def a_while(_consumer):
        clock.now_s += 0.25

    consumer = ScriptedConsumer(clock, [assign(0)], *([number(n), a_while] for n in range(40)))
    broker = ScriptedBroker(lambda: {0: consumer.ends.get(0, 0) + 2})
    loop_over(consumer, handler, broker=broker).run()
    assert 4 <= handler.told.count(("caught up", 0)) <= 10, "about once a second"
    gaps = [later - earlier for earlier, later in pairwise(handler.as_of_ms)]
    assert max(gaps) <= 2_000


def test_a_log_that_is_shorter_than_what_was_committed_is_read_before_its_end_is_believed():
    """It was lost, or made anew, while nobody read it: the client does not know yet that it has to go back."""
    handler = TellingHandler()
    consumer = ScriptedConsumer(Clock(), [assign(0)], *[[]] * 15, [number(0)], [end(offset=1)])
    consumer.committed = lambda wanted, timeout: [TopicPartition(each.topic, each.partition, 51) for each in wanted]
    loop_over(consumer, handler, broker=ScriptedBroker(lambda: {0: 1})).run()
    assert handler.told[:2] == [("assigned", 0), ("handled", 0)]
    assert ("caught up", 0) in handler.told[2:]


def test_the_end_of_one_partition_says_nothing_of_another():
    script = [[assign(0, 1)], [end(1), number(7)]]
    broker = ScriptedBroker(lambda: {0: 9, 1: 0})
    assert told(*script, broker=broker) == [("assigned", 0, 1), ("handled", 7), ("caught up", 1)]


def test_an_end_that_is_met_while_a_batch_is_held_back_is_believed_after_the_batch():
    handler = TellingHandler(away_once())
    script = [[assign(0)], [number(7)], [end(offset=8)], []]
    assert told(*script, handler=handler) == [("assigned", 0), ("handled", 7), ("caught up", 0)]


def test_an_end_of_what_was_assigned_while_a_batch_was_held_back_is_believed_after_that_was_told():
    handler = TellingHandler(away_once())
    script = [[assign(0)], [number(7)], [assign(1)], [end(1)]]
    expected = [("assigned", 0), ("handled", 7), ("assigned", 0, 1), ("caught up", 1)]
    assert told(*script, handler=handler) == expected


def test_an_end_that_was_met_before_the_partition_went_and_came_back_is_none():
    """Another owner had it meanwhile: what is there to read is not known before the next end."""
    handler = TellingHandler(away_once())
    script = [[assign(0, 1)], [number(7)], [end(1)], [revoke(1)], [assign(1)], [], [end(1)]]
    expected = [("assigned", 0, 1), ("handled", 7), ("assigned", 0, 1), ("caught up", 1)]
    consumer = ScriptedConsumer(Clock(), *script[:-2])
    loop_over(consumer, handler).run()
    assert handler.told == expected[:3]
    handler = TellingHandler(away_once())
    assert told(*script, handler=handler) == expected


def test_a_record_that_slips_through_a_pause_is_put_back_and_ends_what_was_met_before_it():
    handler = TellingHandler(away_once())
    consumer = ScriptedConsumer(Clock(), [assign(0)], [number(7)], [end(offset=8)], [number(8)])
    loop_over(consumer, handler).run()
    assert handler.told == [("assigned", 0), ("handled", 7)]
    assert consumer.sought == [(0, 8)]


def test_records_that_processing_refuses_count_towards_the_limit_of_dead_letters():
    def two_of_three(numbers):
        if any(n % 3 for n in numbers):
            raise ZeroDivisionError

    batches = [[number(n) for n in range(start, start + 30)] for start in range(0, 3_000, 30)]
    consumer, producer = ScriptedConsumer(Clock(), [assign(0)], *batches), ScriptedProducer()
    publisher = Publisher(producer, "s", "", lambda: None)
    loop = loop_over(consumer, TellingHandler(two_of_three), publisher, DeadLetterLimit(0.5, 100))
    with pytest.raises(DeadLetterLimitError, match="80 of the last 120"):
        loop.run()
    letters = [value for topic, value in producer.sent if topic == "s.dlq"]
    assert len(letters) == 60, "those of the batch that reached the limit are not published"
    assert consumer.commits[-1] == {0: 90}, "nor its offsets committed"
    assert consumer.closed


def test_refusals_of_the_decoder_and_of_processing_are_counted_together():
    def each_third(numbers):
        if any(n % 3 == 0 for n in numbers):
            raise ZeroDivisionError

    records = [number("no number" if n % 3 == 1 else n, offset=n) for n in range(600)]
    consumer = ScriptedConsumer(Clock(), [assign(0)], *(records[start : start + 30] for start in range(0, 600, 30)))
    loop = loop_over(consumer, TellingHandler(each_third), limit=DeadLetterLimit(0.5, 100))
    with pytest.raises(DeadLetterLimitError, match="70 of the last 120"):
        loop.run()


def test_refusals_below_the_limit_stop_nothing():
    def one_of_three(numbers):
        if any(n % 3 == 0 for n in numbers):
            raise ZeroDivisionError

    batches = [[number(n) for n in range(start, start + 30)] for start in range(0, 3_000, 30)]
    consumer = ScriptedConsumer(Clock(), [assign(0)], *batches)
    loop_over(consumer, TellingHandler(one_of_three), limit=DeadLetterLimit(0.5, 100)).run()
    assert consumer.commits[-1] == {0: 3_000}


def test_a_partition_that_went_and_came_back_while_its_records_were_held_is_not_committed():
    """They left the batch when it went, and nobody may have handled them since."""
    handler = TellingHandler(away_once())
    script = [[assign(0, 1)], [number(7), number(4, partition=1)], [revoke(0)], [assign(0)]]
    consumer = ScriptedConsumer(Clock(), *script)
    producer = ScriptedProducer(KafkaException(KafkaError(KafkaError._TRANSPORT)))
    loop_over(consumer, handler, Publisher(producer, "s", "", lambda: None)).run()
    assert handler.batches == [[4]]
    assert consumer.commits == [{1: 5}]


class AwayProducer(ScriptedProducer):
    """Has no broker. The order to stop comes in the midst of a wait for acknowledgements."""

    def __init__(self, consumer, waits_before_the_order):
        super().__init__()
        self.consumer = consumer
        self.waits_left = waits_before_the_order
        self.stopped_s = 0.0

    def flush(self, wait_s):
        self.consumer.clock.now_s += wait_s
        self.waits_left -= 1
        if self.waits_left == 0:
            self.consumer.stop.set()
            self.stopped_s = self.consumer.clock.now_s
        return 1


@pytest.mark.parametrize("waits", [1, 300, 1_000])
def test_a_stop_is_over_within_its_deadline_though_the_broker_acknowledges_nothing(waits):
    consumer = ScriptedConsumer(Clock(), [assign(0)], [number(1)], *[[]] * 10_000)
    producer = AwayProducer(consumer, waits)
    loop = loop_over(consumer, TellingHandler(), Publisher(producer, "s", "", lambda: None))
    with pytest.raises(StoppedEarlyError):
        loop.run()
    took_s = consumer.clock.now_s - producer.stopped_s
    assert DRAIN_S <= took_s <= DRAIN_S + POLL_S + HOLD_POLL_S
    assert consumer.commits == []
    assert consumer.closed
