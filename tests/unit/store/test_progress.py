"""Silence is believed as far as the service upstream has come, and no further, in whatever order things happen."""

from itertools import product

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.support.handlers import stateful
from tests.support.memory_progress import MemoryProgress
from tests.support.memory_store import MemoryStore
from tests.support.tally import QUIET_MS, Mark, TallyDomain
from warmline.bus.record import Record
from warmline.bus.stateful import TICK_MS
from warmline.contracts.services import SERVICES, is_followed, upstream_of
from warmline.contracts.topics import CONVERSATION_SCORES
from warmline.store.murmur2 import murmur2_positive
from warmline.store.processor import DUE_LIMIT
from warmline.store.progress import NOTHING_MS, Progress, Told, Upstream

START_MS = 1_700_000_000_000
ASKED = 4  # latest questions of which the answers are looked at
PLACE = (CONVERSATION_SCORES, 0)


class Clock:
    def __init__(self) -> None:
        self.ms = START_MS

    def __call__(self) -> int:
        return self.ms


def upstream_of_store(store: MemoryProgress, clock: Clock) -> Upstream:
    return Upstream(store, clock, lambda _behind_s: None)


def test_where_nobody_stands_before_silence_is_what_the_broker_says() -> None:
    clock = Clock()
    upstream = upstream_of_store(MemoryProgress(), clock)
    upstream.look([0], 1)
    assert upstream.sure_ms(0, START_MS + 5) == START_MS + 5


def test_before_it_was_ever_looked_and_while_nothing_can_be_heard_no_silence_is_believed() -> None:
    clock, store = Clock(), MemoryProgress()
    upstream = upstream_of_store(store, clock)
    assert upstream.sure_ms(0, START_MS) == NOTHING_MS
    store.away = True
    upstream.look([0], 1)
    assert upstream.sure_ms(0, START_MS) == NOTHING_MS


def test_what_was_heard_last_counts_while_the_store_is_away() -> None:
    clock, store = Clock(), MemoryProgress()
    upstream = upstream_of_store(store, clock)
    store.tell(Told(1, {0: START_MS - 7}))
    upstream.look([0], 1)
    store.away = True
    upstream.look([0], 1)
    assert upstream.sure_ms(0, START_MS + 900) == START_MS - 7


def test_of_a_partition_of_which_nothing_is_told_beside_others_an_earlier_version_may_be_in_charge() -> None:
    clock, store = Clock(), MemoryProgress()
    store.tell(Told(2, {0: START_MS}))
    upstream = upstream_of_store(store, clock)
    upstream.look([0, 1], 2)
    assert [upstream.sure_ms(part, START_MS + 1) for part in (0, 1)] == [START_MS, START_MS + 1]


def test_with_other_numbers_of_partitions_the_one_that_is_furthest_behind_counts() -> None:
    store = MemoryProgress()
    upstream = upstream_of_store(store, Clock())
    store.tell(Told(2, {0: START_MS, 1: START_MS - 50}))
    upstream.look([0, 5], 6)
    assert {upstream.sure_ms(part, START_MS + 1) for part in (0, 5)} == {START_MS - 50}
    assert upstream.is_mixed


def test_where_keys_are_not_where_they_are_looked_for_the_one_that_is_furthest_behind_counts() -> None:
    store = MemoryProgress()
    store.tell(Told(2, {0: START_MS, 1: START_MS - 50}, aligned=False))
    store.tell(Told(2, {0: START_MS + 5}))
    upstream = upstream_of_store(store, Clock())
    upstream.look([0], 2)
    assert upstream.sure_ms(0, START_MS + 10) == START_MS - 50
    assert upstream.is_mixed


def test_where_each_key_has_its_partition_they_are_not_mixed() -> None:
    store = MemoryProgress()
    store.tell(Told(2, {0: START_MS, 1: START_MS - 50}))
    upstream = upstream_of_store(store, Clock())
    upstream.look([0, 1], 2)
    assert not upstream.is_mixed


def test_an_end_that_is_minutes_old_is_held_against_what_was_known_by_then() -> None:
    clock, store = Clock(), MemoryProgress()
    upstream = upstream_of_store(store, clock)
    for _ in range(400):
        store.tell(Told(1, {0: clock.ms}))
        clock.ms += TICK_MS
        upstream.look([0], 1)
    as_of_ms = clock.ms - 150_000
    assert as_of_ms - 2 * TICK_MS <= upstream.sure_ms(0, as_of_ms) <= as_of_ms


def test_where_keys_are_mixed_records_move_time_no_further_than_all_is_known_to_be_handled() -> None:
    world = Followed()
    world.before.tell(Told(2, {0: START_MS, 1: START_MS}))
    world.take("halted")
    world.fired()
    for number in range(10):
        world.clock.ms += QUIET_MS
        world.before.tell(Told(2, {0: world.clock.ms}))
        world.take(f"going-on-{number}")
        assert world.fired() == [], "the partition of a call that stands still may be the other one"
    world.before.tell(Told(2, {0: world.clock.ms, 1: world.clock.ms}))
    assert world.fired() == [], "what was published there may lie unread"
    assert f"halted/quiet:{START_MS}" in world.fired()


def test_how_far_the_service_before_is_behind_is_told() -> None:
    clock, store, told = Clock(), MemoryProgress(), []
    upstream = Upstream(store, clock, told.append)
    upstream.look([0, 1], 2)
    store.tell(Told(2, {0: START_MS - 2_000, 1: START_MS - 500}))
    upstream.look([0, 1], 2)
    upstream.look([1], 2)
    assert told == [0, 2.0, 0.5]


def test_before_anything_is_heard_of_the_service_before_nothing_is_told() -> None:
    world = Followed()
    world.before.tell(Told(1, {0: START_MS}))
    world.handler.caught_up(*PLACE, world.clock.ms)
    world.handler.tick()
    world.handler.settle()
    assert world.own.told is None


def test_what_is_untold_of_a_partition_that_has_gone_is_not_told() -> None:
    store = MemoryProgress()
    progress = Progress(store)
    progress.handled(0, START_MS)
    progress.handled(1, START_MS)
    progress.keep({1})
    progress.tell(2)
    assert store.told == Told(2, {1: START_MS})


def test_progress_that_could_not_be_told_is_told_the_next_time() -> None:
    store = MemoryProgress()
    progress = Progress(store)
    progress.handled(0, START_MS)
    store.away = True
    progress.tell(1)
    store.away = False
    progress.tell(1)
    assert store.told == Told(1, {0: START_MS})


def test_every_service_but_scoring_follows_another_that_tells_how_far_it_has_come() -> None:
    follows = {service.name: upstream_of(service.name) for service in SERVICES if service.grouped}
    assert follows == {
        "scoring": None,
        "windows": "scoring",
        "escalation": "windows",
        "wellbeing": "windows",
        "assist": "windows",
    }
    assert {name for name in follows if is_followed(name)} == {"scoring", "windows"}


class Followed:
    """A service's handler between a store of what the one before tells, and one of what itself tells."""

    def __init__(self, partitions: int = 1) -> None:
        self.clock = Clock()
        self.before, self.own = MemoryProgress(), MemoryProgress()
        self.handler = stateful(
            TallyDomain(),
            MemoryStore(buckets=4),
            self.clock,
            partitions=partitions,
            upstream=upstream_of_store(self.before, self.clock),
            progress=Progress(self.own),
        )
        self.handler.assigned({PLACE: 0})

    def take(self, key: str) -> None:
        mark = Mark(key, f"{key}:0", self.clock.ms)
        self.handler.handle([(Record(*PLACE, 0, None, None, lambda: None, self.clock.ms), mark)])
        self.handler.acknowledged([])

    def fired(self) -> list[str]:
        """Return what time makes due within a while in which nothing comes, and the broker says so."""
        self.clock.ms += 1
        self.handler.caught_up(*PLACE, self.clock.ms)
        self.clock.ms += TICK_MS
        ids = [outcome.id for outcome in self.handler.tick()]
        self.handler.acknowledged([])
        self.handler.settle()
        return ids


def test_what_silence_makes_due_waits_while_the_service_before_stands_still_and_comes_when_it_goes_on() -> None:
    world = Followed()
    world.before.tell(Told(1, {0: START_MS}))
    world.take("call")
    world.fired()
    for _ in range(3):
        world.clock.ms += QUIET_MS
        assert world.fired() == []
    assert world.own.told == Told(1, {0: START_MS}), "who follows this one waits as well"
    world.before.tell(Told(1, {0: world.clock.ms}))
    world.fired()
    assert world.fired() == [f"call/quiet:{START_MS}"]
    world.fired()
    assert world.own.told is not None
    assert world.own.told.reached[0] > START_MS + 3 * QUIET_MS


def test_progress_is_told_only_after_what_was_due_by_then_is_published() -> None:
    world = Followed()
    world.take("call")
    world.fired()
    world.clock.ms += 2 * QUIET_MS
    world.handler.caught_up(*PLACE, world.clock.ms)
    world.clock.ms += TICK_MS
    before = world.own.told
    assert [outcome.id for outcome in world.handler.tick()] == [f"call/quiet:{START_MS}"]
    world.handler.acknowledged([])
    assert world.own.told == before
    world.handler.settle()
    assert world.own.told == Told(1, {0: world.clock.ms - TICK_MS})


def test_progress_is_not_told_while_more_is_due_than_is_taken_in_at_once() -> None:
    world = Followed()
    for number in range(5 * DUE_LIMIT):
        world.take(f"call-{number}")
    world.fired()
    before = world.own.told
    world.clock.ms += 2 * QUIET_MS
    first = len(world.fired())
    assert DUE_LIMIT < first < 5 * DUE_LIMIT
    assert world.own.told == before
    assert first + len(world.fired()) == 5 * DUE_LIMIT
    assert world.own.told is not None
    assert world.own.told.reached[0] > START_MS + 2 * QUIET_MS


def test_a_key_in_another_partition_than_its_own_is_told_to_those_who_follow() -> None:
    world = Followed(partitions=2)
    keys = {murmur2_positive(key.encode()) % 2: key for key in ("a", "b", "c", "d", "e")}
    world.take(keys[0])
    world.fired()
    world.fired()
    assert world.own.told is not None
    assert world.own.told.aligned
    world.take(keys[1])
    world.fired()
    assert not world.own.told.aligned


class Chain(RuleBasedStateMachine):
    """Records arrive at a service that others follow; one of these asks for its own end and looks up, at any time.

    What must hold: of a silence that is believed up to a wall clock, everything that had arrived at the service before
    by then was published before the follower's end was asked for, so that it lies before that end.
    """

    @initialize(upstream=st.integers(1, 3), own=st.integers(1, 3))
    def begin(self, upstream: int, own: int) -> None:
        self.clock, self.store = Clock(), MemoryProgress()
        self.store.tell(Told(upstream, dict.fromkeys(range(upstream), NOTHING_MS)))
        self.parts, self.own = range(upstream), range(own)
        self.arrived: list[tuple[int, int]] = []  # partition upstream, wall clock
        self.published: dict[tuple[int, int], int] = {}  # record to when it was published
        self.progress = Progress(self.store)
        self.upstream = upstream_of_store(self.store, self.clock)
        self.asked: list[int] = []

    @rule(ms=st.integers(1, 50))
    def time_passes(self, ms: int) -> None:
        self.clock.ms += ms

    @rule(part=st.integers(0, 2))
    def arrives(self, part: int) -> None:
        self.clock.ms += 1
        self.arrived.append((part % len(self.parts), self.clock.ms))

    @rule(part=st.integers(0, 2))
    def is_handled_to_the_end(self, part: int) -> None:
        part %= len(self.parts)
        as_of_ms = self.clock.ms
        self.clock.ms += 1
        for record in self.arrived:
            if record[0] == part and record[1] <= as_of_ms:
                self.published.setdefault(record, self.clock.ms)
        self.progress.handled(part, as_of_ms)

    @rule()
    def tells(self) -> None:
        self.clock.ms += 1
        self.progress.tell(len(self.parts))

    @rule(partly=st.sampled_from(["tells", "looks"]))
    def finds_the_store_away(self, partly: str) -> None:
        self.store.away = True
        getattr(self, partly)()
        self.store.away = False

    @rule()
    def looks(self) -> None:
        self.clock.ms += 1
        self.upstream.look(self.own, len(self.own))

    @rule()
    def asks(self) -> None:
        self.clock.ms += 1
        self.asked.append(self.clock.ms)

    @invariant()
    def what_is_believed_is_true(self) -> None:
        alike = len(self.own) == len(self.parts)
        for as_of_ms, part in product(self.asked[-ASKED:], self.own):
            sure_ms = self.upstream.sure_ms(part, as_of_ms)
            assert sure_ms <= as_of_ms
            for record in self.arrived:
                if record[1] <= sure_ms and (not alike or record[0] == part):
                    assert self.published.get(record, as_of_ms + 1) <= as_of_ms


TestChain = Chain.TestCase
TestChain.settings = settings(max_examples=400, stateful_step_count=30, deadline=None)
