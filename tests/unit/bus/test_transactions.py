"""Transactional delivery over a producer that conflicts as librdkafka's does: a commit is finished, come what may."""

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from tests.unit.bus.script import Clock, ScriptedConsumer, TellingHandler, assign, loop_over, number, revoke
from warmline.bus.record import TransientError
from warmline.bus.transactions import TransactionalPublisher
from warmline.store.outbox import Outcome

TIMED_OUT = KafkaError(KafkaError._TIMED_OUT, "no answer in time", retriable=True)
TO_ABORT = KafkaError(KafkaError._INCONSISTENT, "a message was not delivered", txn_requires_abort=True)
FENCED = KafkaError(KafkaError._FENCED, "another has this id", fatal=True)


class TransactionalProducer:
    """Allows what librdkafka allows: a call that timed out has to be finished before any other.

    Args:
        commits: What the first commits end with, one after the other; None for well.
        aborts: The same, of aborts.
    """

    def __init__(self, commits=(), aborts=()):
        self.ends = {"commit": list(commits), "abort": list(aborts)}
        self.state = "new"
        self.pending = None
        self.calls = []
        self.open = []
        self.seen = []
        self.offsets = {}
        self.offsets_open = {}

    def init_transactions(self, timeout_s):
        self._call("init", "new")
        self.state = "ready"

    def begin_transaction(self):
        self._call("begin", "ready")
        self.state, self.open, self.offsets_open = "in transaction", [], {}

    def produce(self, topic, *, value, key, headers, on_delivery):
        if self.state != "in transaction":
            raise KafkaException(KafkaError(KafkaError._STATE))
        self.open.append(value)

    def send_offsets_to_transaction(self, places, metadata, timeout_s):
        self._call("offsets", "in transaction")
        self.offsets_open = {each.partition: each.offset for each in places}

    def commit_transaction(self, timeout_s):
        self._call("commit", "in transaction", "committing")
        self.state = "committing"
        self._end("commit")
        self.seen += self.open
        self.offsets |= self.offsets_open
        self.state = "ready"

    def abort_transaction(self, timeout_s):
        self._call("abort", "in transaction", "to abort", "aborting")
        self.state = "aborting"
        self._end("abort")
        self.state = "ready"

    def _end(self, name):
        error = self.ends[name].pop(0) if self.ends[name] else None
        if error is None:
            self.pending = None
            return
        self.pending = name if error.retriable() else None
        if error.txn_requires_abort():
            self.state = "to abort"
        raise KafkaException(error)

    def _call(self, name, *states):
        self.calls.append(name)
        if self.pending not in {None, name}:
            raise KafkaException(KafkaError(KafkaError._CONFLICT, f"{self.pending} is in progress", retriable=True))
        if self.state not in states:
            raise KafkaException(KafkaError(KafkaError._STATE, f"not valid when {self.state}"))


def publisher_of(producer):
    return TransactionalPublisher(producer, ScriptedConsumer(Clock()), "s", "", lambda: None)


def outcomes(*values):
    return [Outcome("echoes", str(n), "conversation.scored", f"id-{n}", 1, 1, b"%d" % n) for n in values]


def offsets(upto):
    return lambda: [TopicPartition("numbers", 0, upto)]


def test_a_commit_without_an_answer_is_finished_and_its_batch_not_published_again():
    producer = TransactionalProducer(commits=[TIMED_OUT, TIMED_OUT])
    publisher, batch = publisher_of(producer), outcomes(1, 2)
    for _ in range(2):
        with pytest.raises(TransientError, match="no answer yet"):
            publisher.publish(batch, [], offsets(2))
        assert producer.seen == []
    publisher.publish(batch, [], offsets(2))
    assert producer.seen == [b"1", b"2"]
    assert producer.offsets == {0: 2}
    assert producer.calls == ["init", "begin", "offsets", "commit", "commit", "commit"], "and nothing was aborted"
    publisher.publish(outcomes(3), [], offsets(3))
    assert producer.seen == [b"1", b"2", b"3"]


def test_a_commit_that_turns_out_to_have_failed_is_aborted_and_its_batch_published_anew():
    producer = TransactionalProducer(commits=[TIMED_OUT, TO_ABORT])
    publisher, batch = publisher_of(producer), outcomes(1, 2)
    with pytest.raises(TransientError, match="no answer yet"):
        publisher.publish(batch, [], offsets(2))
    with pytest.raises(TransientError, match="aborted"):
        publisher.publish(batch, [], offsets(2))
    publisher.publish(batch, [], offsets(2))
    assert producer.seen == [b"1", b"2"]
    assert producer.offsets == {0: 2}


def test_an_abort_without_an_answer_is_finished_too():
    producer = TransactionalProducer(commits=[TO_ABORT], aborts=[TIMED_OUT])
    publisher, batch = publisher_of(producer), outcomes(1)
    for _ in range(2):
        with pytest.raises(TransientError):
            publisher.publish(batch, [], offsets(1))
    publisher.publish(batch, [], offsets(1))
    assert producer.seen == [b"1"]


def test_another_batch_waits_for_the_commit_that_has_no_answer_and_is_published_after_it():
    producer = TransactionalProducer(commits=[TIMED_OUT])
    publisher = publisher_of(producer)
    with pytest.raises(TransientError):
        publisher.publish(outcomes(1), [], offsets(1))
    publisher.publish(outcomes(2), [], offsets(2))
    assert producer.seen == [b"1", b"2"]


def test_a_producer_that_is_fenced_while_its_commit_has_no_answer_is_broken_for_good():
    producer = TransactionalProducer(commits=[TIMED_OUT, FENCED])
    publisher, batch = publisher_of(producer), outcomes(1)
    with pytest.raises(TransientError):
        publisher.publish(batch, [], offsets(1))
    with pytest.raises(KafkaException, match="another has this id"):
        publisher.publish(batch, [], offsets(1))
    assert "abort" not in producer.calls


def test_the_loop_goes_on_after_commits_without_an_answer_with_each_outcome_once():
    producer = TransactionalProducer(commits=[None, TIMED_OUT, TIMED_OUT, TO_ABORT, TIMED_OUT])
    consumer = ScriptedConsumer(Clock(), [assign(0)], *([number(n)] for n in range(4)), *[[]] * 400)
    handler = TellingHandler()
    publisher = TransactionalPublisher(producer, consumer, "s", "", lambda: None)
    loop_over(consumer, handler, publisher).run()
    # While a batch is held, what the client gives is put back; a broker would give it again.
    assert producer.seen == [b"%d" % n for batch in handler.batches for n in batch]
    assert producer.offsets == {0: handler.batches[-1][-1] + 1} == {0: handler.committed_offsets["numbers", 0]}


def test_a_partition_that_goes_while_its_commit_has_no_answer_keeps_what_was_sent_of_it():
    """Its offsets went with the outcomes: the new owner is told them once the broker has settled the commit."""
    producer = TransactionalProducer(commits=[TIMED_OUT])
    consumer = ScriptedConsumer(Clock(), [assign(0)], [number(7)], [revoke(0)])
    handler = TellingHandler()
    publisher = TransactionalPublisher(producer, consumer, "s", "", lambda: None)
    loop_over(consumer, handler, publisher).run()
    assert producer.seen == [b"7"]
    assert producer.offsets == {0: 8}
    assert handler.committed_offsets == {}, "whose it is now is none of ours"
