"""Where a rule begins to hold and where it ends, to the millisecond and the micro-point; and steps that are taken."""

import asyncio
import dataclasses
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from types import SimpleNamespace

import pytest
from aiokafka.errors import CommitFailedError, IllegalStateError, NodeNotReadyError
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from tests.support.loops import EchoHandler
from tests.support.memory_store import MemoryStore
from tests.unit.wellbeing.shift import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    POLICY,
    SECOND,
    STAMPS,
    abusive,
    contact,
    goes,
    hard_morning,
    hostile,
    plain,
    run,
    says,
    thankful,
)
from tests.unit.wellbeing.test_faust_publisher import FakeApp, letter_of, publish
from warmline.bus.record import BadRecordError, Record, TransientError
from warmline.contracts.topics import AGENT_STATES, CONVERSATION_WINDOWS
from warmline.policy.load import load_policy
from warmline.settings import Settings
from warmline.store.outbox import Outcome
from warmline.telemetry.health import Health
from warmline.telemetry.metrics import Metrics
from warmline.wellbeing import intake as intake_module, pump as pump_module, service
from warmline.wellbeing.bands import band
from warmline.wellbeing.baseline import GONE, baseline, close_day, day_of
from warmline.wellbeing.domain import WellbeingDomain
from warmline.wellbeing.faust_app import tls_context
from warmline.wellbeing.faust_consumer import ExplicitConsumer
from warmline.wellbeing.intake import LONG_IDLE_S, Intake
from warmline.wellbeing.ledger import Place
from warmline.wellbeing.occupancy import BIN_MS
from warmline.wellbeing.patience import FaustStoppedError, Patience
from warmline.wellbeing.pump import STUCK_S, Pump
from warmline.wellbeing.record import Record as Turn
from warmline.wellbeing.signals import speak
from warmline.wellbeing.state import CALM, ELEVATED, HIGH, HOSTILE, OCCUPANCY, POINT, Account, Day
from warmline.wellbeing.store_bridge import SYNC_MS, TICK_MS, AgentHandler
from warmline.wellbeing.strain import acute
from warmline.wiring import Parts

WINDOWS = (CONVERSATION_WINDOWS, 0)
HERE, THERE = Place("our.conversation.windows", 0), Place("our.agent.states", 0)


def points(events, factor, policy=POLICY):
    return round(run(events, policy).account.acute[factor] / POINT, 1)


# What turns do


def test_a_turn_just_as_distressed_and_as_low_as_the_policy_says_is_hostile():
    assert points([hostile("c", MONDAY, distress=0.5, valence=-0.5, emotions=())], HOSTILE) == 3.0


def test_thanks_in_a_turn_that_is_not_heard_as_pleasant_take_nothing_away():
    assert sum(run([thankful("c", MONDAY, valence=0.0)]).account.acute) == 0
    assert sum(run([thankful("c", MONDAY, valence=0.01)]).account.acute) == -2 * POINT


def test_a_contact_that_was_just_as_distressed_as_a_hostile_turn_can_be_turned_around():
    assert sum(run([thankful("c", MONDAY, peak=0.5)]).account.acute) == -6 * POINT


def test_a_contact_taken_up_again_after_just_an_hour_is_another():
    same, other = (run([abusive("c", MONDAY), plain("c", MONDAY + HOUR - early)]).account for early in (1, 0))
    assert same.contacts[-1].hard
    assert not other.contacts[-1].hard


# Work and rest


def test_a_break_begins_when_it_is_told_and_not_with_the_silence_before_it():
    events = [says("c", MONDAY), goes("break", MONDAY + 15 * MINUTE)]
    assert run(events, until=MONDAY + HOUR).account.rest.resting_since == MONDAY + 15 * MINUTE
    back = run([*events, says("c", MONDAY + 22 * MINUTE)]).account
    assert back.rest.working_since == MONDAY, "seven minutes are no real break"


def test_silence_is_rest_from_the_very_moment_at_which_it_is_long_enough():
    turns = [abusive(f"c{n}", MONDAY + n) for n in range(4)]
    silent = MONDAY + 3 + POLICY.rest.inferred_gap_min * MINUTE
    assert run(turns, until=silent - 1).account.rest.resting_since == 0
    assert run(turns, until=silent).account.rest.resting_since == MONDAY + 3


def test_a_turn_at_the_moment_at_which_silence_becomes_rest_comes_after_a_rest():
    gap = POLICY.rest.inferred_gap_min * MINUTE
    assert run([plain("c", MONDAY), plain("c", MONDAY + gap - 1)]).account.rest.working_since == MONDAY
    assert run([plain("c", MONDAY), plain("c", MONDAY + gap)]).account.rest.working_since == MONDAY + gap


def test_a_break_is_believed_up_to_the_end_of_a_shift():
    stale = POLICY.rest.state_stale_min * MINUTE
    for late, counted in ((0, 0), (1, 8 * POINT)):
        account = run([goes("break", MONDAY), abusive("c", MONDAY + stale + late)]).account
        assert sum(account.acute) == counted


# Occupancy, bands, days, signals


def test_a_day_ends_before_what_happens_in_the_millisecond_of_its_end():
    end = MONDAY + 19 * HOUR  # 03:00 UTC
    account = run([*hard_morning(), plain("c", end)], until=end).account
    assert account.chronic_prior == 16 * POINT
    assert [day.number for day in account.days] == [day_of(MONDAY, POLICY.chronic) + n for n in (0, 1)]


def test_an_hour_without_a_pause_reaches_a_share_of_all_of_it():
    whole = replace(POLICY, acute=replace(POLICY.acute, occupancy=1.0, half_life_min=1440, rest_half_life_min=20))
    assert points(contact("c", MONDAY, 70), OCCUPANCY, whole) > 0


def test_a_band_begins_at_its_points_and_ends_below_its_lower_edge():
    assert [band(30 * POINT - 1, CALM, POLICY.bands), band(30 * POINT, CALM, POLICY.bands)] == [CALM, ELEVATED]
    assert [band(22 * POINT - 1, ELEVATED, POLICY.bands), band(22 * POINT, ELEVATED, POLICY.bands)] == [CALM, ELEVATED]
    assert band(54 * POINT, ELEVATED, POLICY.bands) == ELEVATED, "what is held down to is the band so far alone"
    assert band(54 * POINT, HIGH, POLICY.bands) == HIGH


def test_a_tenth_of_a_point_is_the_least_chronic_strain_that_is_kept():
    daily = replace(POLICY, chronic=replace(POLICY.chronic, half_life_days=1))
    account = Account("ana", chronic_own=2 * GONE, chronic_prior=2 * GONE - 2)
    close_day(account, daily)
    assert (account.chronic_own, account.chronic_prior) == (GONE, 0)


def test_a_conversation_of_just_a_day_ago_is_still_evidence():
    for earlier, evidence in ((0, ("old", "c")), (1, ("c",))):
        old = hostile("old", MONDAY + 3 - DAY - earlier)
        (signal, *_) = run([old, *(abusive("c", MONDAY + n) for n in range(4))]).signals
        assert signal.as_of == MONDAY + 3
        assert signal.evidence == evidence


def test_a_cushion_put_by_below_zero_is_shown_as_no_strain():
    account = run([thankful("c", MONDAY)]).account
    assert (sum(account.acute), acute(account)) == (-2 * POINT, 0)


@pytest.mark.parametrize(("days", "ordinary"), [(9, (40 * POINT, False)), (10, (50 * POINT, True))])
def test_ten_days_are_just_enough_for_a_baseline_of_ones_own(days, ordinary):
    worked = [Day(number, load=50 * POINT) for number in range(days)]
    assert baseline(Account("ana", days=[*worked, Day(days)]), POLICY.chronic) == ordinary


@pytest.mark.parametrize(("later", "days"), [(0, 1), (1, 2)])
def test_a_contact_that_is_no_longer_believed_at_the_end_of_a_day_opens_no_other(later, days):
    end = MONDAY + 19 * HOUR  # 03:00 UTC
    began = end - POLICY.rest.state_stale_min * MINUTE + later
    assert len(run([goes("on_contact", began)], until=end).account.days) == days


def test_chronic_strain_alone_raises_the_band():
    account = run([plain("c", MONDAY)]).account
    account.chronic_own = 40 * POINT
    (emit,) = speak(account, Turn(MONDAY, "c", "t", 1), POLICY, "v1", STAMPS)
    assert (emit.event.kind, emit.event.band, emit.event.acute, emit.event.chronic) == ("raised", "elevated", 0, 40)


def test_contact_across_five_minutes_is_counted_in_both():
    account = run([plain("c", MONDAY - MINUTE), says("c", MONDAY + 30 * SECOND)]).account
    assert account.rest.bins == [(MONDAY // BIN_MS - 1, MINUTE), (MONDAY // BIN_MS, 30 * SECOND)]


def patterns(*days):
    """Days on which a pattern is told, of hard mornings on these days."""
    signals = run([event for number in days for event in hard_morning(MONDAY + number * DAY)]).signals
    return [(signal.as_of - MONDAY) // DAY for signal in signals if signal.kind == "pattern"]


def test_a_pattern_reaches_over_seven_days_and_not_over_eight():
    assert patterns(0, 3, 6) == [6]
    assert patterns(0, 3, 7) == []


def test_a_pattern_is_told_again_after_just_a_week():
    assert patterns(*range(11)) == [2, 9]


def test_a_calm_agent_is_visited_at_the_end_of_the_day_alone():
    memory = run([plain("c", MONDAY), says("c", MONDAY + MINUTE)])
    assert memory._domain.due(memory.account) == MONDAY + 19 * HOUR + POLICY.lateness_s * SECOND + 1


# The intake


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


# What Faust's consumer answers


def consumer(fault=None, **answers):
    """Faust's consumer over a thread that answers, or has a fault."""

    def told(value=None):
        if fault is not None:
            raise fault
        return value

    async def answer(value=None):
        return told(value)

    thread = SimpleNamespace(
        commit_explicit=lambda offsets: answer(answers["committed"].update(offsets)),
        answered_ms=lambda _partition: told(7),
        committed_of=lambda _partition: answer(),
    )
    return SimpleNamespace(
        _thread=thread,
        seek=lambda *where: answer(answers["sought"].append(where)),
        highwater=lambda _partition: told(9),
        earliest_offsets=lambda *wanted: answer(dict.fromkeys(wanted, 0)),
        highwaters=lambda *wanted: answer(dict.fromkeys(wanted, 9)),
        end_of=lambda _place: answers.get("end"),
        position=lambda _partition: answer(answers.get("fetched_to")),
    )


def test_offsets_are_committed_as_told():
    committed = {}
    assert asyncio.run(ExplicitConsumer.commit_explicit(consumer(committed=committed), {HERE: 5}))
    assert committed == {TopicPartition(*HERE): OffsetAndMetadata(5, "")}


@pytest.mark.parametrize("fault", [CommitFailedError(), IllegalStateError()])
def test_a_commit_for_partitions_that_have_moved_is_left_to_their_new_owner(fault):
    assert asyncio.run(ExplicitConsumer.commit_explicit(consumer(fault, committed={}), {HERE: 5})) is False


def test_a_commit_that_the_broker_does_not_answer_is_tried_again():
    with pytest.raises(TransientError):
        asyncio.run(ExplicitConsumer.commit_explicit(consumer(NodeNotReadyError(), committed={}), {HERE: 5}))


@pytest.mark.parametrize("fault", [NodeNotReadyError(), IllegalStateError(), AssertionError()])
def test_of_a_partition_that_has_moved_or_a_broker_that_is_away_nothing_is_known(fault):
    away = consumer(fault, end=9, sought=[])
    with pytest.raises(TransientError):
        asyncio.run(ExplicitConsumer.starts_of(away, [HERE]))
    asyncio.run(ExplicitConsumer.seek_to(away, HERE, 3))
    assert ExplicitConsumer.end_of(away, HERE) is None
    assert ExplicitConsumer.answered_ms(away, HERE) is None
    assert asyncio.run(ExplicitConsumer.left_to_fetch(away, HERE, 3)) is True


def test_what_is_known_of_a_partition_is_passed_on():
    sought = []
    known = consumer(sought=sought)
    asyncio.run(ExplicitConsumer.seek_to(known, HERE, 3))
    assert sought == [(TopicPartition(*HERE), 3)]
    assert (ExplicitConsumer.end_of(known, HERE), ExplicitConsumer.answered_ms(known, HERE)) == (9, 7)


@pytest.mark.parametrize(("end", "fetched_to"), [(None, 9), (9, None), (9, 8)])
def test_something_is_left_where_no_end_is_known_or_it_is_not_fetched_to(end, fetched_to):
    broker = consumer(end=end, fetched_to=fetched_to)
    assert asyncio.run(ExplicitConsumer.left_to_fetch(broker, HERE, 3)) is True


# The pump and its patience


@pytest.fixture
def parts():
    settings = Settings(drain_s=0.2)
    return Parts(settings, load_policy(None), Metrics(CollectorRegistry()), Health(time.monotonic), Event())


def value(parts, name, **labels):
    return parts.metrics.registry.get_sample_value(f"warmline_{name}", {"service": "wellbeing", **labels})


OUTCOMES = [Outcome("agent.wellbeing", "ana", "agent.wellbeing", "id", 1, 1, b"{}")]


class World(EchoHandler):
    """What the pump works with; keeps what it was told, in order. One batch, then the order to stop."""

    def __init__(self, parts):
        super().__init__("echoes")
        self.parts, self.steps, self.moved, self.batches_left = parts, [], True, 1
        self.consumer, self.ours, self.stuck_s, self.due = self, True, 0.0, []

    def _tell(self, step, *what):
        self.steps.append((step, *what))

    async def begin_generation(self):
        self.moved = False
        return {WINDOWS: None}

    async def take(self, most):
        self.batches_left -= 1
        if self.batches_left <= 0:
            self.parts.stop.set()
        return [Record(*WINDOWS, 4, None, b'{"n": 1}', list, 1)] if self.batches_left >= 0 else []

    def stuck_for_s(self):
        return self.stuck_s

    async def seek_holes(self):
        self._tell("seek")

    async def read_to_the_end(self):
        return [(WINDOWS, 5)]

    def end_of(self, _place):
        return 9

    def done(self, records):
        self._tell("done", [record.offset for record in records])

    def to_commit(self):
        return {HERE: 5}

    def bare(self, _place):
        return WINDOWS

    async def commit_explicit(self, offsets):
        self._tell("commit", offsets)
        return self.ours

    async def publish(self, outcomes, letters):
        self._tell("publish", len(outcomes), len(letters))

    def acknowledged(self, outcomes):
        self._tell("acknowledged", len(outcomes))

    def assigned(self, committed):
        self._tell("assigned", committed)

    def committed(self, offsets):
        self._tell("committed", offsets)

    def caught_up(self, topic, partition, as_of_ms):
        self._tell("caught up", topic, partition, as_of_ms)

    def tick(self):
        self._tell("tick")
        return self.due

    def settle(self):
        self._tell("settle")


@pytest.fixture
def world(parts):
    return World(parts)


def pumped(world):
    """What was done until the stop, in order."""
    parts, patience = world.parts, Patience(None, world.parts, "wellbeing")
    with ThreadPoolExecutor(1) as worker:
        pump = Pump(
            app=world, intake=world, handler=world, publisher=world, parts=parts, patience=patience, worker=worker
        )
        asyncio.run(pump.run())
    return world.steps


BATCH = [("publish", 1, 0), ("done", [4]), ("commit", {HERE: 5})]
LOOK = [("seek",), ("caught up", *WINDOWS, 5)]


def test_a_batch_is_published_then_committed_and_only_then_acknowledged(world):
    assert pumped(world) == [
        ("assigned", {WINDOWS: None}),
        *BATCH,
        ("committed", {WINDOWS: 5}),
        ("acknowledged", 1),
        *LOOK,
        ("tick",),
        ("settle",),
    ]


def test_what_is_not_committed_since_the_partitions_moved_is_not_told_as_committed(world):
    world.ours = False
    assert "committed" not in [step for step, *_ in pumped(world)]


def test_what_time_makes_due_is_published_acknowledged_and_settled(world):
    world.due, world.batches_left = OUTCOMES * 2, 0
    assert pumped(world)[-4:] == [("tick",), ("publish", 2, 0), ("acknowledged", 2), ("settle",)]


def test_an_assignment_is_taken_in_once_and_partitions_are_looked_at_now_and_then(world, monkeypatch):
    monkeypatch.setattr(pump_module, "ACROSS_S", 60.0)
    world.batches_left = 3
    steps = [step for step, *_ in pumped(world)]
    assert [steps.count(step) for step in ("assigned", "publish", "seek", "caught up", "tick")] == [1, 3, 1, 1, 3]


def test_a_pump_is_seen_at_work(world, parts):
    pumped(world)
    assert value(parts, "partitions_assigned") == 1
    assert value(parts, "rebalances_total", kind="assigned") == 1
    assert value(parts, "batch_size_sum") == 1
    assert value(parts, "loop_seen_timestamp_seconds") > 0
    for stage in ("process", "publish", "commit", "acknowledge", "timers", "settle"):
        assert value(parts, "stage_seconds_count", stage=stage) == 1
    assert value(parts, "stage_seconds_count", stage="assign") == 2, "asking where to begin, and taking up the clocks"
    assert parts.health.joined
    assert parts.health.live()[0]


def test_where_faust_owes_records_for_too_long_the_service_ends(world):
    world.stuck_s = STUCK_S
    pumped(world)
    world.stuck_s, world.batches_left = STUCK_S + 1, 1
    world.parts.stop.clear()
    with pytest.raises(FaustStoppedError, match="120 s"):
        pumped(world)


def test_what_is_away_for_a_while_is_tried_again_and_seen_to_be_away(parts):
    seen = []

    async def back_at_the_third():
        seen.append((value(parts, "paused"), set(parts.health.waiting_for)))
        if len(seen) < 3:
            raise TransientError("away")
        return 7

    assert asyncio.run(Patience(None, parts, "wellbeing").until_done("publish", back_at_the_third)) == 7
    assert seen[1:] == [(1, {"TransientError"})] * 2
    assert value(parts, "retries_total") == 2
    assert (value(parts, "paused"), parts.health.waiting_for) == (0, set())


def test_what_faust_fails_at_as_it_starts_is_raised(parts):
    async def fails():
        raise OSError("no broker")

    with pytest.raises(OSError, match="no broker"):
        asyncio.run(Patience(None, parts, "wellbeing").meanwhile(fails()))


def test_a_start_that_takes_its_time_is_left_where_there_is_the_order_to_stop(parts):
    parts.stop.set()
    ended = []

    async def never():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def both():
        waiting = asyncio.ensure_future(never())
        await asyncio.sleep(0)
        await Patience(None, parts, "wellbeing").meanwhile(waiting)
        await asyncio.wait({waiting}, timeout=5)

    asyncio.run(both())
    assert ended == [True]


def test_a_faust_that_gave_up_ends_all_patience_and_says_why(parts):
    app = SimpleNamespace(should_stop=True, crash_reason=OSError("no broker"))
    with pytest.raises(FaustStoppedError) as stopped:
        Patience(app, parts, "wellbeing").beat()
    assert stopped.value.__cause__ is app.crash_reason


# The service


def test_a_certificate_of_our_own_is_shown_to_the_brokers(monkeypatch):
    shown = []
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", lambda _self, *files: shown.append(files))
    tls_context(Settings())
    tls_context(Settings(kafka_ssl_cert_file="ours.pem", kafka_ssl_key_file="ours.key"))
    assert shown == [("ours.pem", "ours.key")]


def test_settings_that_faust_does_not_take_are_told(parts, monkeypatch, caplog):
    started = []

    async def starts(parts):
        started.append(parts)

    monkeypatch.setattr(service, "_run", starts)
    service.run(parts)
    assert (started, caplog.messages) == ([parts], [])
    extra = {"kafka_extra": {"linger.ms": "5"}, "delivery": "transactional"}
    service.run(dataclasses.replace(parts, settings=Settings(**extra)))
    assert ["KAFKA_EXTRA" in caplog.messages[0], "at least once" in caplog.messages[1]] == [True, True]


# The handler over the store


class Processor:
    """Keeps what it is told, in order."""

    def __init__(self):
        self.steps = []

    def __getattr__(self, step):
        return lambda *what: self.steps.append((step, *what)) or []

    def last(self, step):
        return [what for name, *what in self.steps if name == step]


@pytest.fixture
def bridge():
    """A handler of two partitions of windows and one of states, over eight buckets; it owns the second of windows."""
    now = SimpleNamespace(ms=MONDAY + HOUR)
    processor, store, counted = Processor(), MemoryStore("wellbeing", 8), []
    store.clocks = {0: (MONDAY + 2 * MINUTE, now.ms), 1: (MONDAY + MINUTE, now.ms), 2: (MONDAY + 3 * MINUTE, now.ms)}
    handler = AgentHandler(
        domain=WellbeingDomain(POLICY, "v1"),
        processor=processor,
        store=store,
        partitions={CONVERSATION_WINDOWS: 2, AGENT_STATES: 1},
        future_tolerance_s=60,
        now_ms=lambda: now.ms,
        count=counted.append,
    )
    handler.assigned({(CONVERSATION_WINDOWS, 1): None})
    return SimpleNamespace(handler=handler, processor=processor, store=store, counted=counted, now=now)


def test_due_times_are_fired_in_the_buckets_of_the_owned_partitions_up_to_what_all_partitions_have_come_to(bridge):
    bridge.handler.tick()
    assert bridge.processor.last("fire") == [[dict.fromkeys((1, 3, 5, 7), MONDAY + MINUTE)]]


def test_due_times_are_looked_for_five_times_a_second_and_others_clocks_once(bridge):
    bridge.handler.tick()
    bridge.store.clocks |= {0: (MONDAY + 9 * MINUTE, 0), 2: (MONDAY + 9 * MINUTE, 0)}
    for _ in range(10):
        bridge.now.ms += TICK_MS // 2
        bridge.handler.tick()
        told = bridge.handler._watermark._others[2][0] - MONDAY
        assert told == (3 if bridge.now.ms - MONDAY - HOUR < SYNC_MS else 9) * MINUTE
    assert len(bridge.processor.last("fire")) == 6


def test_what_was_due_is_settled_once_and_only_where_something_was_fired(bridge):
    bridge.handler.settle()
    assert bridge.processor.last("settle") == []
    bridge.handler.tick()
    bridge.handler.settle()
    bridge.handler.settle()
    assert bridge.processor.last("settle") == [[]]


def test_nothing_is_fired_while_a_partition_has_told_nothing(bridge):
    bridge.store.clocks.clear()
    bridge.handler.assigned({(CONVERSATION_WINDOWS, 0): 7})
    assert bridge.handler.tick() == []
    assert bridge.processor.last("fire") == []


def test_the_processor_hears_of_every_offset_and_forgets_what_another_owner_may_have_changed(bridge):
    bridge.handler.assigned({(CONVERSATION_WINDOWS, 0): 7, (AGENT_STATES, 0): None})
    bridge.handler.committed({(CONVERSATION_WINDOWS, 0): 9})
    assert bridge.processor.steps[-4:] == [
        ("forget_all",),
        ("committed", CONVERSATION_WINDOWS, 0, 7),
        ("committed", AGENT_STATES, 0, 0),
        ("committed", CONVERSATION_WINDOWS, 0, 9),
    ]


def test_outcomes_are_counted_once_they_are_acknowledged(bridge):
    bridge.handler.acknowledged(OUTCOMES)
    assert bridge.counted == [OUTCOMES]
    assert bridge.processor.last("acknowledged") == [[]]


def test_how_far_a_partition_has_come_is_saved_with_its_batch(bridge):
    bridge.handler.assigned({(AGENT_STATES, 0): None})
    record = Record(AGENT_STATES, 0, 4, None, None, list, MONDAY + 5 * MINUTE)
    bridge.handler.handle([(record, goes("break", MONDAY + 4 * MINUTE))])
    assert bridge.store.clocks[2] == (MONDAY + 4 * MINUTE, bridge.now.ms)
    ((incoming,),) = bridge.processor.last("process")[0]
    assert (incoming.topic, incoming.partition, incoming.offset) == (AGENT_STATES, 0, 4)


def test_an_event_dated_too_far_ahead_is_refused(bridge):
    record = Record(AGENT_STATES, 0, 4, None, None, list, 1)
    for ahead, refused in ((60_000, False), (60_001, True)):
        event = goes("break", bridge.now.ms + ahead)
        bridge.handler._decoders = {AGENT_STATES: SimpleNamespace(decode=lambda _record, event=event: event)}
        if refused:
            with pytest.raises(BadRecordError):
                bridge.handler.decode(record)
        else:
            assert bridge.handler.decode(record) is event


# What is published


def test_a_letter_that_goes_without_its_value_is_told(caplog):
    publish(FakeApp(broker_limit=3), [], [letter_of(b"small", 2)])
    assert ["without the value" in message for message in caplog.messages] == [True]
