"""The account of how far a service is behind."""

from prometheus_client import CollectorRegistry

from warmline.bus.lag import TELL_EVERY_S, Lag
from warmline.bus.record import Record
from warmline.telemetry.metrics import Metrics

ENDS = {("turns", 0): 100, ("turns", 1): 50, ("words", 0): 10}


class Account:
    """A lag with a clock of its own and what its gauge says."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.now = 100.0
        self.lag = Lag("s", ("turns", "words"), Metrics(self.registry).consumer_lag, lambda: self.now)

    def told(self, ends=ENDS) -> tuple[float, float]:
        self.now += TELL_EVERY_S
        self.lag.tell(ends.get)
        labels = [{"service": "s", "topic": topic} for topic in ("turns", "words")]
        return tuple(self.registry.get_sample_value("warmline_consumer_lag", each) for each in labels)


def record(topic, partition, offset):
    return Record(topic, partition, offset, None, b"", list, 0)


def test_lag_is_what_lies_between_the_committed_offset_and_the_end_by_topic():
    account = Account()
    account.lag.assign({("turns", 0): 90, ("turns", 1): 20, ("words", 0): 10})
    assert account.told() == (40, 0)
    account.lag.done({("turns", 1): 45})
    assert account.told() == (15, 0)


def test_a_partition_without_a_committed_offset_counts_from_the_first_record_in_hand():
    account = Account()
    account.lag.assign({("turns", 0): None, ("turns", 1): 50, ("words", 0): None})
    assert account.told() == (0, 0)
    account.lag.begin([record("turns", 0, 30), record("turns", 0, 31)])
    assert account.told() == (70, 0)


def test_a_batch_in_hand_is_still_to_do_though_the_partition_was_read_to_its_end():
    account = Account()
    account.lag.assign({("turns", 0): 90})
    account.lag.read_to_end(("turns", 0), 100)
    assert account.told() == (10, 0)
    account.lag.done({("turns", 0): 99})  # the last offset is the mark of a transaction: no record, never committed
    account.lag.settled()
    assert account.told() == (0, 0)


def test_a_partition_that_has_gone_does_not_count_any_more():
    account = Account()
    account.lag.assign({("turns", 0): 90, ("turns", 1): 20})
    account.lag.read_to_end(("turns", 1), 50)
    account.lag.assign({("turns", 0): 90})
    account.lag.settled()
    assert account.told() == (10, 0)


def test_an_end_that_nobody_has_told_yet_and_one_behind_the_commit_count_for_nothing():
    account = Account()
    account.lag.assign({("turns", 0): 120, ("turns", 1): 20})
    assert account.told({("turns", 0): 100}) == (0, 0)


def test_ends_are_looked_up_once_a_second_at_most():
    account = Account()
    account.lag.assign({("turns", 0): 90})
    asked = []

    def end_of(place):
        asked.append(place)
        return 100

    for _ in range(50):
        account.now += 0.05
        account.lag.tell(end_of)
    assert 2 <= len(asked) <= 4
