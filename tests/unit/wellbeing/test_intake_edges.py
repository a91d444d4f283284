"""When the intake is at an end, owes or is owed, and whose records it takes."""

import asyncio
from types import SimpleNamespace

import pytest

from warmline.bus.record import Record
from warmline.contracts.topics import AGENT_STATES, CONVERSATION_WINDOWS
from warmline.wellbeing import intake as intake_module
from warmline.wellbeing.intake import LONG_IDLE_S, Intake
from warmline.wellbeing.ledger import Place

WINDOWS = (CONVERSATION_WINDOWS, 0)
HERE, THERE = Place("our.conversation.windows", 0), Place("our.agent.states", 0)


class Faust:
    """The app and its consumer, as far as the intake looks at them."""

    def __init__(self):
        self.consumer = self
        self.consumer_generation_id = 1
        self.rebalancing = False
        self.sought = []
        self.answers = iter(range(1_000, 9_000))
        self.left = False

    def assignment(self):
        return [HERE, THERE]

    async def starts_of(self, places):
        return dict.fromkeys(places, (None, 10))

    async def seek_to(self, place, offset):
        self.sought.append((place, offset))

    def answered_ms(self, _place):
        return next(self.answers)

    async def left_to_fetch(self, place, _taken_to):
        return self.left if place == HERE else False

    def end_of(self, place):
        return {HERE: 12}.get(place)


class Stream:
    """What Faust hands on: messages, and the end of them."""

    def __init__(self, *messages):
        self.channel = SimpleNamespace(queue=asyncio.Queue())
        self._messages = messages

    def noack(self):
        return self

    async def events(self):
        for message in self._messages:
            yield SimpleNamespace(message=message)


def message(offset, place=HERE, generation=1, headers=(("a", b"1"),), timestamp=1.5):
    topic, partition = place
    return SimpleNamespace(
        topic=topic,
        partition=partition,
        offset=offset,
        generation_id=generation,
        key=b"k",
        value=b"v",
        headers=headers,
        timestamp=timestamp,
    )


@pytest.fixture
def app():
    return Faust()


@pytest.fixture
def intake(app):
    intake = Intake(app, "our.", 100, 0.01)
    asyncio.run(intake.begin_generation())
    return intake


@pytest.fixture
def clock(monkeypatch):
    """The intake's clock."""
    clock = SimpleNamespace(s=1_000.0)
    loop = SimpleNamespace(time=lambda: clock.s)
    monkeypatch.setattr(intake_module, "asyncio", SimpleNamespace(get_running_loop=lambda: loop, Queue=asyncio.Queue))
    return clock


def taken(intake, *messages, most=100):
    """What is taken of these messages, batch by batch, until nothing comes."""

    async def take():
        await intake.feed(Stream(*messages))
        batches = []
        while batch := await intake.take(most):
            batches.append([(record.topic, record.offset) for record in batch])
        return batches

    return asyncio.run(take())


def test_records_are_taken_in_batches_no_larger_than_wanted_and_without_the_prefix(intake):
    batches = taken(intake, *(message(offset) for offset in range(10, 15)), message(10, THERE), most=4)
    windows = [(CONVERSATION_WINDOWS, offset) for offset in range(10, 15)]
    assert batches == [windows[:4], [windows[4], (AGENT_STATES, 10)]]


def test_a_record_has_the_time_and_the_headers_of_its_message(intake):
    async def take():
        await intake.feed(Stream(message(10), message(11, headers=None, timestamp=None)))
        return await intake.take(2)

    whole, bare = asyncio.run(take())
    assert (whole.timestamp_ms, whole.headers) == (1_500, [("a", b"1")])
    assert (bare.timestamp_ms, bare.headers) == (0, [])
    assert (whole.key, whole.value, whole.partition) == (b"k", b"v", 0)


def test_what_comes_within_a_moment_of_the_first_record_is_of_its_batch(intake, monkeypatch):
    monkeypatch.setattr(intake_module, "GATHER_S", 5.0)

    async def take():
        await intake.feed(Stream(message(10)))
        asyncio.get_running_loop().call_later(0.05, intake._arrived.put_nowait, SimpleNamespace(message=message(11)))
        return len(await intake.take(2))

    assert asyncio.run(take()) == 2


def test_records_of_an_earlier_generation_are_left_out_and_those_of_the_next_wait_until_it_has_begun(intake, app):
    app.consumer_generation_id = 2
    events = [message(10), message(11, generation=0), message(10, generation=2), message(11, generation=2)]
    assert taken(intake, *events) == [[(CONVERSATION_WINDOWS, 10)]]
    assert taken(intake) == []
    asyncio.run(intake.begin_generation())
    assert taken(intake) == [[(CONVERSATION_WINDOWS, 10), (CONVERSATION_WINDOWS, 11)]]


def test_records_missing_at_the_start_are_sought_and_again_until_they_come(intake, app):
    assert taken(intake, message(13), message(14)) == []
    asyncio.run(intake.seek_holes())
    assert app.sought == [(HERE, 10)] * 2


def test_what_is_done_is_committed_under_its_full_name_but_not_once_the_group_has_moved(intake, app):
    record = Record(CONVERSATION_WINDOWS, 0, 10, None, None, list, 1)
    intake.done([record])
    assert intake.to_commit() == {HERE: 11}
    intake.done([record])
    app.consumer_generation_id = 2
    assert intake.to_commit() == {}
    assert intake.end_of((CONVERSATION_WINDOWS, 0)) == 12


@pytest.mark.parametrize(
    ("generation", "rebalancing", "moved"),
    [(1, False, False), (2, False, True), (2, True, False), (0, False, False), (-1, False, False)],
)
def test_the_group_has_moved_where_its_assignment_is_not_taken_in(intake, app, generation, rebalancing, moved):
    app.consumer_generation_id, app.rebalancing = generation, rebalancing
    assert intake.moved is moved


def test_a_rebalance_that_does_not_end_is_told_by_how_long_it_takes(intake, app, clock):
    assert intake.stuck_for_s() == 0
    app.rebalancing = True
    for _ in range(4):
        clock.s += LONG_IDLE_S
        stuck = intake.stuck_for_s()
    assert stuck == 4 * LONG_IDLE_S
    app.rebalancing = False
    assert intake.stuck_for_s() == 0


def test_time_in_which_we_were_held_back_ourselves_is_not_laid_at_fausts_door(intake, app, clock):
    intake.stuck_for_s()
    app.rebalancing = True
    intake._owed_since[HERE] = clock.s
    clock.s += LONG_IDLE_S + 1
    assert intake.stuck_for_s() == 0


def test_records_that_are_there_and_do_not_come_are_owed_from_when_they_were_missed_until_one_comes(intake, app, clock):
    intake._stream = Stream()
    intake._arrived_s = {HERE: clock.s, THERE: clock.s}
    intake.stuck_for_s()
    app.left = True
    for _ in range(4):
        clock.s += 2
        asyncio.run(intake.read_to_the_end())
        stuck = intake.stuck_for_s()
    assert stuck == 6
    asyncio.run(intake._admit(SimpleNamespace(message=message(10)), []))
    assert intake.stuck_for_s() == 0


def ends(intake, clock, idle_s):
    """Topics found to be read to their end, so long after the newest record, by the second look."""
    intake._arrived_s = {HERE: clock.s - idle_s, THERE: clock.s - idle_s}
    asyncio.run(intake.read_to_the_end())
    return [topic for (topic, _), _ in asyncio.run(intake.read_to_the_end())]


@pytest.mark.parametrize(
    ("left", "idle_s", "at_end"),
    [
        (False, 0.9, []),
        (False, 1.0, [CONVERSATION_WINDOWS, AGENT_STATES]),
        (None, 5.0, [AGENT_STATES]),
        (None, 5.1, [CONVERSATION_WINDOWS, AGENT_STATES]),
        (True, 60.0, [AGENT_STATES]),
    ],
)
def test_a_partition_is_at_its_end_where_nothing_is_left_or_what_is_left_was_no_record(
    intake, app, clock, left, idle_s, at_end
):
    intake._stream = Stream()
    app.left = left
    assert ends(intake, clock, idle_s) == at_end


def test_a_partition_of_which_nothing_ever_comes_is_at_its_end_after_a_while(intake, clock):
    intake._stream = Stream()
    asyncio.run(intake.begin_generation())
    clock.s += 1
    asyncio.run(intake.read_to_the_end())
    assert [place for place, _ in asyncio.run(intake.read_to_the_end())] == [WINDOWS, (AGENT_STATES, 0)]


def test_what_waits_for_us_is_not_owed_by_faust(intake, app, clock):
    intake._stream, app.left = Stream(), True
    intake._arrived_s = {HERE: clock.s - 60}
    intake._arrived.put_nowait(message(10))
    intake.stuck_for_s()
    asyncio.run(intake.read_to_the_end())
    clock.s += 2
    assert intake.stuck_for_s() == 0


@pytest.mark.parametrize("where", ["nowhere", "ahead", "arrived", "stream", "no stream"])
def test_nothing_is_read_to_its_end_while_something_waits_on_its_way(intake, app, clock, where):
    intake._stream = None if where == "no stream" else Stream()
    if where == "ahead":
        intake._ahead = message(10)
    if where == "arrived":
        intake._arrived.put_nowait(message(10))
    if where == "stream":
        intake._stream.channel.queue.put_nowait(message(10))
    assert bool(ends(intake, clock, 60.0)) == (where == "nowhere")
