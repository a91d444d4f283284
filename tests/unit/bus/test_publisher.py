"""What is too large for its dead letter must neither block its partition nor have the outcomes sent again."""

import pytest
from confluent_kafka import KafkaError, KafkaException

from warmline.bus.config import producer_config
from warmline.bus.dead_letters import LEFT_OUT, LIGHT_BYTES, OFFSET, PARTITION, REASON, TOPIC, DeadLetter
from warmline.bus.publisher import Publisher
from warmline.bus.record import Record, TransientError
from warmline.bus.topics_command import new_topics
from warmline.bus.transactions import TransactionalPublisher
from warmline.settings import Settings
from warmline.store.outbox import Outcome

OUTCOMES = [Outcome("conversation.scores", "c", "conversation.scored", f"id-{n}", 1, 1, b"{}") for n in range(3)]
LETTERS = "here.scoring.dlq"


class FakeProducer:
    """A client and its broker. What is produced to one topic shares requests, and a request is refused as a whole.

    Args:
        client_limit: Bytes of a value that the client takes.
        broker_limit: Bytes of a request that the broker takes; its headers count.
        request: Bytes of a request that another record may still join.
    """

    def __init__(self, client_limit=10**9, broker_limit=10**9, request=0):
        self.client_limit, self.broker_limit, self.request = client_limit, broker_limit, request
        self.fault = None
        self.waiting, self.taken = [], []

    def produce(self, topic, *, value, key, headers, on_delivery):
        if len(value or b"") > self.client_limit:
            raise KafkaException(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE))
        self.waiting.append(((topic, key, value, headers), on_delivery))

    def poll(self, _seconds):
        self.flush(_seconds)

    def flush(self, _seconds):
        waiting, self.waiting = self.waiting, []
        for request in self.requests(waiting):
            error = self.judged(request)
            self.taken += [] if error else [record for record, _ in request]
            for _, on_delivery in request:
                on_delivery(error, None)
        return 0

    def requests(self, waiting):
        found, room = [], {}
        for each in waiting:
            topic, size = each[0][0], size_of(each[0])
            if topic in room and room[topic][1] + size <= self.request:
                room[topic] = (room[topic][0], room[topic][1] + size)
                room[topic][0].append(each)
            else:
                found.append([each])
                room[topic] = (found[-1], size)
        return found

    def judged(self, request):
        if self.fault:
            return KafkaError(self.fault)
        too_large = sum(size_of(record) for record, _ in request) > self.broker_limit
        return KafkaError(KafkaError.MSG_SIZE_TOO_LARGE) if too_large else None


class FakeTransactions(FakeProducer):
    """The same in transactions: the first refusal aborts before what follows is judged, and spoils the next one too."""

    def __init__(self, **limits):
        super().__init__(**limits)
        self.failed, self.attempts, self.committed, self.skipped = False, 0, [], False

    def init_transactions(self, _seconds): ...

    def begin_transaction(self):
        self.failed, self.taken, self.attempts = False, [], self.attempts + 1

    def judged(self, request):
        if self.failed:
            return KafkaError(KafkaError._PURGE_QUEUE)
        if self.skipped:  # what librdkafka does: the numbers of the refused records are missing
            self.failed, self.skipped = True, False
            return KafkaError(KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER)
        error = super().judged(request)
        self.failed = self.skipped = error is not None
        return error

    def commit_transaction(self, _seconds):
        self.flush(_seconds)
        if self.failed:
            raise KafkaException(KafkaError(KafkaError._INCONSISTENT))
        self.committed += self.taken

    def abort_transaction(self, _seconds):
        self.taken = []


def size_of(record):
    _, key, value, headers = record
    return len(key or b"") + len(value or b"") + sum(len(name) + len(each) for name, each in headers)


def letter_of(value, offset=17, headers=()):
    record = Record("conversation.events", 3, offset, b"k", value, lambda: list(headers), 5)
    return DeadLetter(record, "too_large", "too many bytes")


def publisher_of(producer):
    return Publisher(producer, "scoring", "here.", lambda: None)


def letters_in(records):
    return [record for record in records if record[0] == LETTERS]


def outcomes_in(records):
    return [record for record in records if record[0] != LETTERS]


def test_a_dead_letter_topic_takes_whatever_the_producer_lets_through():
    limit = producer_config(Settings())["message.max.bytes"]
    limits = [int(topic.config["max.message.bytes"]) for topic in new_topics("", 12, 3) if topic.topic.endswith(".dlq")]
    assert limits
    assert min(limits) > limit


def test_a_letter_that_the_client_refuses_for_its_size_goes_without_its_value_and_tells_where_the_record_lies():
    producer = FakeProducer(client_limit=1000)
    publisher_of(producer).publish(OUTCOMES, [letter_of(b"x" * 1001, headers=[("mine", b"kept")])], list)
    ((_, key, value, headers),) = letters_in(producer.taken)
    assert (key, value) == (b"k", None)
    told = dict(headers)
    assert told["mine"] == b"kept"
    assert (told[TOPIC], told[PARTITION], told[OFFSET]) == (b"conversation.events", b"3", b"17")
    assert (told[REASON], told[LEFT_OUT]) == (b"too_large", b"value")
    assert len(outcomes_in(producer.taken)) == len(OUTCOMES)


def test_a_letter_that_the_broker_refuses_for_its_size_goes_without_its_value_and_outcomes_are_sent_once():
    producer = FakeProducer(broker_limit=1000)
    publisher_of(producer).publish(OUTCOMES, [letter_of(b"x" * 1001, 1), letter_of(b"small", 2)], list)
    assert len(outcomes_in(producer.taken)) == len(OUTCOMES)
    kept = {dict(headers)[OFFSET]: value for _, _, value, headers in letters_in(producer.taken)}
    assert kept == {b"1": None, b"2": b"small"}


def test_a_record_within_the_limit_whose_letter_is_above_it_for_its_headers_does_not_block_either():
    producer = FakeProducer(broker_limit=1000)
    publisher_of(producer).publish([], [letter_of(b"x" * 990)], list)
    ((_, _, value, headers),) = letters_in(producer.taken)
    assert (value, dict(headers)[LEFT_OUT]) == (None, b"value")


def test_letters_that_are_only_together_too_large_keep_their_values():
    producer = FakeProducer(broker_limit=1000, request=10_000)
    letters = [letter_of(b"x" * 400, offset) for offset in range(5)] + [letter_of(b"y" * 2000, 5)]
    publisher_of(producer).publish(OUTCOMES, letters, list)
    kept = {dict(headers)[OFFSET]: value for _, _, value, headers in letters_in(producer.taken)}
    assert kept == {b"%d" % offset: b"x" * 400 for offset in range(5)} | {b"5": None}
    assert len(letters_in(producer.taken)) == len(letters), "one letter a record"


def test_letters_without_their_values_that_are_only_together_too_large_arrive():
    producer = FakeProducer(client_limit=1000, broker_limit=1000, request=10_000)
    publisher_of(producer).publish([], [letter_of(b"x" * 1001, offset) for offset in range(20)], list)
    kept = {dict(headers)[OFFSET]: value for _, _, value, headers in letters_in(producer.taken)}
    assert kept == {b"%d" % offset: None for offset in range(20)}


def test_a_record_that_is_large_by_its_headers_loses_those_too():
    producer = FakeProducer(broker_limit=LIGHT_BYTES)
    publisher_of(producer).publish([], [letter_of(b"v", headers=[("h", b"x" * LIGHT_BYTES)])], list)
    ((_, key, value, headers),) = letters_in(producer.taken)
    told = dict(headers)
    assert (key, value, "h" in told) == (None, None, False)
    assert (told[LEFT_OUT], told[OFFSET]) == (b"value,key,headers", b"17")


@pytest.mark.parametrize("code", [KafkaError.NOT_ENOUGH_REPLICAS, KafkaError._MSG_TIMED_OUT, KafkaError.INVALID_MSG])
def test_any_other_refusal_of_a_letter_holds_the_batch_and_the_next_attempt_keeps_the_value(code):
    producer = FakeProducer()
    publisher = publisher_of(producer)
    producer.fault = code
    with pytest.raises(TransientError):
        publisher.publish([], [letter_of(b"value")], list)
    producer.fault = None
    publisher.publish([], [letter_of(b"value")], list)
    assert [value for _, _, value, _ in letters_in(producer.taken)] == [b"value"]


def test_an_outcome_is_never_left_out():
    producer = FakeProducer(broker_limit=10)
    with pytest.raises(TransientError):
        publisher_of(producer).publish(OUTCOMES, [], list)
    with pytest.raises(TransientError):
        publisher_of(FakeProducer(client_limit=1)).publish(OUTCOMES, [], list)


def test_a_broker_that_refuses_even_the_letter_without_its_value_holds_the_batch():
    with pytest.raises(TransientError):
        publisher_of(FakeProducer(broker_limit=10)).publish([], [letter_of(b"value")], list)


def test_many_letters_too_large_for_the_broker_take_a_transaction_few_attempts_and_its_outcomes_are_there_once():
    producer = FakeTransactions(broker_limit=1500, request=10_000)
    publisher = TransactionalPublisher(producer, None, "scoring", "here.", lambda: None)
    letters = [letter_of(b"x" * (2000 - offset), offset) for offset in range(100)] + [letter_of(b"small", 100)]
    while not producer.committed:
        assert producer.attempts < 5, "together, then one by one, each followed by one that is spoilt"
        try:
            publisher.publish(OUTCOMES, letters, list)
        except TransientError:
            assert producer.committed == []
    kept = {dict(headers)[OFFSET]: value for _, _, value, headers in letters_in(producer.committed)}
    assert kept == {b"%d" % offset: None for offset in range(100)} | {b"100": b"small"}
    assert len(outcomes_in(producer.committed)) == len(OUTCOMES)


def test_a_transaction_that_follows_knows_nothing_of_the_sizes_before():
    producer = FakeTransactions(broker_limit=1000)
    publisher = TransactionalPublisher(producer, None, "scoring", "here.", lambda: None)
    batch = [letter_of(b"x" * 2000)]
    for _ in range(4):
        with pytest.raises(TransientError):
            publisher.publish([], batch, list)
    publisher.publish([], batch, list)
    producer.broker_limit = 10_000
    publisher.publish([], [letter_of(b"y" * 3000)], list)
    assert [value for _, _, value, _ in producer.committed] == [None, b"y" * 3000]


def test_a_broker_that_acknowledges_nothing_is_away_once_every_record_has_timed_out_and_not_before():
    """Until then records are under way, and it is tried in vain again; beyond it nobody would say what is wrong."""

    class SilentProducer(FakeProducer):
        waited_s = 0.0

        def flush(self, seconds):
            self.waited_s += seconds
            assert self.waited_s < 2 * timed_out_s, "it waits for ever"
            return len(self.waiting)

    timed_out_s = producer_config(Settings())["message.timeout.ms"] / 1000
    producer, beats = SilentProducer(), []
    with pytest.raises(TransientError, match="not acknowledged"):
        Publisher(producer, "scoring", "here.", lambda: beats.append(producer.waited_s)).publish(OUTCOMES, [], list)
    assert producer.waited_s > timed_out_s
    assert len(beats) > timed_out_s, "and the loop says all the while that it comes round"
