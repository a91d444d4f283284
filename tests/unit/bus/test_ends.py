"""Which ends are confirmed, and which partitions are asked for how often."""

from concurrent.futures import Future
from types import SimpleNamespace

import pytest
from confluent_kafka import KafkaError, KafkaException

from tests.unit.bus.script import Clock
from warmline.bus.ends import ASK_EVERY_S, ASK_LEAST_EVERY_S, Ends

NO_ANSWER = -1001  # what librdkafka gives for a partition whose leader is away, and calls no error
LEADER_FENCED = KafkaException(KafkaError(KafkaError.FENCED_LEADER_EPOCH))
ROUND_S = 0.25


class Broker:
    """Answers at once, for each partition what `says` holds: an offset or an error."""

    def __init__(self, clock, **says):
        self.clock = clock
        self.says = says
        self.asked_s = {name: [] for name in says}

    def list_offsets(self, wanted, *, isolation_level, request_timeout):
        answers = {}
        for each in wanted:
            self.asked_s[each.topic].append(self.clock.now_s)
            answer = answers[each] = Future()
            said = self.says[each.topic]
            if isinstance(said, Exception):
                answer.set_exception(said)
            else:
                answer.set_result(SimpleNamespace(offset=said))
        return answers


def rounds(ends, clock, met, seconds):
    """Return what is confirmed in so many seconds, by the topic's name."""
    found = []
    for _ in range(round(seconds / ROUND_S)):
        found += [topic for (topic, _), _ in ends.confirmed(met)]
        clock.now_s += ROUND_S
    return found


def met_of(broker, offset):
    return {(name, 0): offset for name in broker.says}


@pytest.mark.parametrize("said", [NO_ANSWER, -1, LEADER_FENCED, 8])
def test_an_end_is_confirmed_by_an_offset_and_by_nothing_else(said):
    clock = Clock()
    broker = Broker(clock, here=7, elsewhere=said)
    ends = Ends(broker, clock.ms, clock)
    assert set(rounds(ends, clock, met_of(broker, 7), 5)) == {"here"}


def test_a_partition_without_an_answer_is_asked_for_less_and_less_and_the_others_as_ever():
    clock = Clock()
    broker = Broker(clock, here=7, away=NO_ANSWER)
    ends = Ends(broker, clock.ms, clock)
    met = met_of(broker, 7)
    assert len(rounds(ends, clock, met, 60)) == 60
    gaps = [later - earlier for earlier, later in zip(broker.asked_s["away"], broker.asked_s["away"][1:], strict=False)]
    slack = 2 * ASK_EVERY_S
    assert gaps == sorted(gaps)
    assert all(gap <= ASK_LEAST_EVERY_S + slack for gap in gaps), "and is found again when it is back"
    assert len(gaps) < 60 / ASK_LEAST_EVERY_S + 5
    assert gaps[0] <= slack, "what failed once may be answered the next time"


def test_a_partition_that_is_answered_for_again_is_asked_for_as_ever():
    clock = Clock()
    broker = Broker(clock, away=NO_ANSWER)
    ends = Ends(broker, clock.ms, clock)
    assert rounds(ends, clock, met_of(broker, 7), 60) == []
    broker.says["away"] = 7
    rounds(ends, clock, met_of(broker, 7), ASK_LEAST_EVERY_S + ASK_EVERY_S)
    assert len(rounds(ends, clock, met_of(broker, 7), 10)) == 10


def test_a_partition_that_went_and_came_back_is_asked_for_at_once():
    clock = Clock()
    broker = Broker(clock, away=NO_ANSWER)
    ends = Ends(broker, clock.ms, clock)
    rounds(ends, clock, met_of(broker, 7), 60)
    rounds(ends, clock, {}, ASK_EVERY_S)
    broker.says["away"] = 7
    assert rounds(ends, clock, met_of(broker, 7), 2 * ROUND_S) == ["away"]


HERE = ("here", 0)


def test_an_end_is_kept_until_it_is_reached_and_holds_as_of_when_it_was_asked_for():
    clock = Clock()
    broker = Broker(clock, here=10)
    ends = Ends(broker, clock.ms, clock)
    believed = []
    for done, end in ((0, 12), (5, 14), (9, 16), (10, 18), (13, 20), (21, 22)):
        believed.append([as_of_ms - Clock().ms() for _, as_of_ms in ends.confirmed({HERE: done})])
        broker.says["here"] = end
        clock.now_s += ASK_EVERY_S
    assert believed == [[], [], [], [0], [], [3_000]], "the end that was asked for first, then the one after that"


def test_of_a_log_that_has_lost_its_end_the_new_one_counts():
    clock = Clock()
    broker = Broker(clock, here=10)
    ends = Ends(broker, clock.ms, clock)
    assert rounds(ends, clock, {HERE: 3}, ASK_EVERY_S) == []
    broker.says["here"] = 3
    assert rounds(ends, clock, {HERE: 3}, 3 * ASK_EVERY_S) == ["here"] * 3


def test_what_was_told_of_a_partition_that_has_gone_is_forgotten():
    clock = Clock()
    broker = Broker(clock, here=10)
    ends = Ends(broker, clock.ms, clock)
    rounds(ends, clock, {HERE: 3}, ASK_EVERY_S)
    rounds(ends, clock, {}, ROUND_S)
    broker.says["here"] = 50
    assert rounds(ends, clock, {HERE: 12}, 3 * ASK_EVERY_S) == []
