"""Whoever resumes by its last id gets every later event once and in order, or is told of the gap."""

import re

import pytest
from hypothesis import given, settings, strategies as st

from warmline.contracts.topics import CONVERSATION_WINDOWS, ESCALATION_ALERTS
from warmline.gateway.hub import QUEUE_EVENTS, Hub, Subscriber
from warmline.gateway.positions import read_id, segment

TOPICS = (ESCALATION_ALERTS, CONVERSATION_WINDOWS)
NAMES = {b"alert": ESCALATION_ALERTS, b"window": CONVERSATION_WINDOWS}
FRAME = re.compile(rb"event: (\w+)\nid: (\S+)\ndata: (.*)\n\n")

published = st.lists(st.tuples(st.sampled_from(TOPICS), st.integers(0, 2)), max_size=60)
"""Topic and partition of each event, in the order in which they happen."""


def log_of(events):
    """Give each event its offset in its partition, with a gap now and then, as transactions leave."""
    counts = {}
    found = []
    for number, (topic, partition) in enumerate(events):
        offset = counts.get((topic, partition), 0)
        counts[topic, partition] = offset + (3 if number % 7 == 6 else 1)
        found.append((topic, partition, offset, b'{"n":%d}' % number))
    return found


def fed(hub, log):
    for topic in TOPICS:
        for partition in range(3):
            hub.begin(topic, partition, 0)
    for event in log:
        hub.publish(*event)


def read(data):
    """Return event name, id and value of each frame."""
    return FRAME.findall(data)


def listening(hub, topics=TOPICS, since=None):
    subscriber = Subscriber(topics)
    first = b"".join(hub.subscribe(subscriber, since))
    return subscriber, first


def in_partition_order(frames, log):
    places = {value: (topic, partition, offset) for topic, partition, offset, value in log}
    newest = {}
    for _, _, value in frames:
        topic, partition, offset = places[value]
        if newest.get((topic, partition), -1) >= offset:
            return False
        newest[topic, partition] = offset
    return True


@given(published, st.data())
@settings(max_examples=200, deadline=None)
def test_a_reader_that_goes_on_at_another_gateway_misses_nothing_and_gets_nothing_twice(events, data):
    log = log_of(events)
    wanted = data.draw(st.sampled_from([TOPICS, TOPICS[:1], TOPICS[1:]]))
    due = {value for topic, _, _, value in log if topic in wanted}

    first = Hub()
    for topic in TOPICS:
        for partition in range(3):
            first.begin(topic, partition, 0)
    subscriber, mark = listening(first, wanted)
    last = mark.decode().removeprefix("id: ").strip()
    for event in log:
        first.publish(*event)
    frames = read(subscriber.take())
    assert {value for _, _, value in frames} == due
    seen = data.draw(st.integers(0, len(frames)))
    had = frames[:seen]
    last = had[-1][1].decode() if had else last

    # Another gateway sees the partitions interleaved in another way.
    order = data.draw(st.permutations(sorted({(topic, partition) for topic, partition, _, _ in log})))
    second = Hub()
    fed(second, [event for place in order for event in log if event[:2] == place])
    subscriber, missed = listening(second, wanted, read_id(last))
    rest = read(missed)
    assert {value for _, _, value in had} | {value for _, _, value in rest} == due
    assert len(had) + len(rest) == len(due)
    assert in_partition_order(had + rest, log)

    # And what comes then is live, with ids that go on.
    second.publish(wanted[0], 1, 500, b'{"n":"new"}')
    (new,) = read(subscriber.take())
    _, again = listening(second, wanted, read_id(new[1].decode()))
    assert again == b""


@given(published, st.integers(0, 3000))
@settings(max_examples=200, deadline=None)
def test_a_gap_is_told_and_never_passed_over(events, retained):
    log = log_of(events)
    small = Hub(retained)
    fed(small, log)
    _, missed = listening(small, TOPICS, {topic: dict.fromkeys(range(3), 0) for topic in TOPICS})
    values = [value for _, _, value in read(missed)]
    if b"event: reset" in missed:
        assert retained < 250 * len(log)
    else:
        assert values == [value for _, _, _, value in log]


@pytest.mark.parametrize("offset", [4, 10**15])
def test_an_id_from_before_a_topic_was_made_anew_is_a_gap(offset):
    hub = Hub()
    fed(hub, [(TOPICS[0], 0, 0, b"{}")])
    _, first = listening(hub, TOPICS, {TOPICS[0]: {0: offset}})
    assert first.startswith(b"event: reset\n")


def test_a_partition_that_was_added_is_read_from_its_start():
    hub = Hub()
    fed(hub, [(TOPICS[0], 0, 0, b'{"n":0}')])
    hub.begin(TOPICS[0], 3, 0)
    hub.publish(TOPICS[0], 3, 0, b'{"n":1}')
    _, missed = listening(hub, TOPICS[:1], {TOPICS[0]: {0: 1, 1: 0, 2: 0}})
    assert [value for _, _, value in read(missed)] == [b'{"n":1}']


def test_a_slow_reader_is_let_go_and_the_others_are_not_held_up():
    hub = Hub()
    gone = []
    slow, quick = Subscriber(TOPICS, let_go=lambda: gone.append(1)), Subscriber(TOPICS)
    for subscriber in (slow, quick):
        list(hub.subscribe(subscriber, None))
    for number in range(QUEUE_EVENTS + 5):
        hub.publish(TOPICS[0], 0, number, b"{}")
        assert len(read(quick.take())) == 1
    assert slow.dropped
    assert gone == [1]
    assert slow.take() == b""


def test_a_line_break_in_a_value_does_not_break_the_stream():
    hub = Hub()
    subscriber, _ = listening(hub)
    hub.publish(TOPICS[0], 0, 0, b'{"a":\n\n1}\r')
    assert read(subscriber.take())[0][2] == b'{"a":  1} '


offsets = st.dictionaries(st.integers(0, 20), st.integers(0, 2**62), min_size=1)


@given(offsets)
def test_an_id_says_what_it_was_made_of(held):
    found = read_id(segment(TOPICS[0], held))
    assert {partition: offset for partition, offset in found[TOPICS[0]].items() if offset} == {
        partition: offset for partition, offset in held.items() if offset
    }


@given(st.text(max_size=40))
def test_what_is_no_id_is_told_from_one(text):
    found = read_id(text)
    assert found is None or "-".join(segment(topic, held) for topic, held in found.items())


@pytest.mark.parametrize(
    "text", ["", "x1", "w", "w1.", "w1-", "w-1", "w1.2;a", "w1" * 10_000, "w\u0661", "w" + "9" * 30]
)
def test_a_wrong_id_is_none(text):
    assert read_id(text) is None


def test_a_topic_that_is_made_anew_while_we_read_is_a_gap_for_who_had_read_it_and_starts_again_for_all():
    hub = Hub()
    fed(hub, [(TOPICS[0], 0, number, b"{}") for number in range(4)])
    hub.publish(TOPICS[0], 0, 0, b'{"n":"new"}')
    _, first = listening(hub, TOPICS[:1], {TOPICS[0]: {0: 4}})
    assert first.startswith(b"event: reset\n")
    _, first = listening(hub, TOPICS[:1], {TOPICS[0]: {0: 0}})
    assert [value for _, _, value in read(first)] == [b'{"n":"new"}']
