"""Whatever crashes, stalls or repeats: the same states, the same ids, the same content as a run without faults."""

from collections.abc import Sequence

import msgspec
from hypothesis import example, given, settings, strategies as st

from tests.support.memory_store import MemoryStore
from tests.support.schedules import Schedule, logs, run_schedule, schedules
from tests.support.tally import QUIET_MS, SECOND, Mark, Tally, TallyDomain, TallyState
from tests.support.world import STEPS, Looks, World, oracle, oracle_states
from warmline.store.keyed import Stamps
from warmline.store.memory import MemoryRun
from warmline.store.store import Write

faults = st.sets(
    st.tuples(st.sampled_from(["load before", "write before", "write after", "settle before"]), st.integers(1, 30)),
    max_size=6,
)
looks: st.SearchStrategy[Looks] = st.sampled_from(["between batches", "within batches"])
PROPERTY = settings(max_examples=120, deadline=None)


def assert_equals_the_oracle(world: World, store: MemoryStore, log: list[Mark]) -> None:
    expected = oracle(TallyDomain(), log)
    published = {outcome.id: outcome.value for outcome in world.published}
    assert published == expected
    assert all(expected[outcome.id] == outcome.value for outcome in world.published), "a repeat differs"
    assert {key: stored.state for key, stored in store.states.items()} == oracle_states(TallyDomain(), log)


def assert_nothing_is_overtaken(world: World) -> None:
    """Repeats aside, each key's revisions come in the order in which they were stored: readers drop older ones."""
    newest: dict[str, int] = {}
    seen: set[str] = set()
    for outcome in world.published:
        tally = msgspec.json.decode(outcome.value, type=Tally)
        if outcome.id not in seen:
            assert tally.revision > newest.get(tally.key, 0), f"{outcome.id} comes after something newer"
            newest[tally.key] = tally.revision
            seen.add(outcome.id)


DIES_BEFORE_IT_PUBLISHES = [("run", STEPS.index("publish")), ("crash", 1)]
"""One batch is stored; the next owner fires what the saved watermark makes due before it reads that batch again."""


@PROPERTY
@example([Mark("a", "a:0", 1_000), Mark("b", "b:1", 5_000)], DIES_BEFORE_IT_PUBLISHES, 2, set(), "between batches")
@example([Mark("a", "a:0", 1_000), Mark("b", "b:1", 5_000)], DIES_BEFORE_IT_PUBLISHES, 2, set(), "within batches")
@given(logs(), schedules, st.integers(1, 9), faults, looks)
def test_crashes_stalls_and_store_faults_between_any_two_steps_change_nothing(
    log: list[Mark], schedule: Schedule, batch: int, fail_at: set[tuple[str, int]], looks: Looks
) -> None:
    store = MemoryStore()
    store.fail_at = fail_at
    world = World(TallyDomain(), store, log, looks=looks)
    run_schedule(world, schedule, batch)
    assert_equals_the_oracle(world, store, log)
    assert_nothing_is_overtaken(world)


@PROPERTY
@given(logs(), st.integers(1, 9), st.data(), looks)
def test_a_replay_from_any_point_changes_nothing(
    log: list[Mark], batch: int, data: st.DataObject, looks: Looks
) -> None:
    store = MemoryStore()
    world = World(TallyDomain(), store, log, looks=looks)
    run_schedule(world, [], batch)
    states = dict(store.states)
    world.committed = data.draw(st.integers(0, len(log)), label="replay from")
    run_schedule(world, [], batch)
    assert_equals_the_oracle(world, store, log)
    assert {key: stored.state for key, stored in states.items()} == {k: s.state for k, s in store.states.items()}


@PROPERTY
@given(logs(), logs(), st.integers(1, 9))
def test_a_topic_created_anew_has_its_new_events_taken_in(first: list[Mark], more: list[Mark], batch: int) -> None:
    """The offsets start at 0 again; nothing new may be taken for old because of that."""
    store = MemoryStore()
    world = World(TallyDomain(), store, first)
    run_schedule(world, [], batch)
    newest = max(mark.at for mark in first)
    later = [Mark(mark.key, f"{mark.key}:new:{mark.mark_id}", mark.at + newest, mark.amount) for mark in more]
    anew = World(TallyDomain(), store, later)
    run_schedule(anew, [], batch)
    world.published += anew.published
    assert_equals_the_oracle(world, store, first + later)


@PROPERTY
@given(logs(keys=2), schedules, st.integers(1, 9), st.integers(1, 9), looks)
def test_two_owners_that_race_on_the_same_states_end_as_one_would(
    log: list[Mark], schedule: Schedule, batch: int, other_batch: int, looks: Looks
) -> None:
    """Between an owner's load and its write another owner gets on: the write must not fit, and nothing is lost."""
    store = MemoryStore()
    world = World(TallyDomain(), store, log, looks=looks)
    moves = iter(schedule)

    def interfere() -> None:
        action = next(moves, None)
        if action is not None:
            store.before_write = lambda: None
            other = World(TallyDomain(), store, log[: action[1] % (len(log) + 1)], looks=looks)
            run_schedule(other, [], other_batch)
            store.before_write = interfere

    store.before_write = interfere
    run_schedule(world, [], batch)
    expected = oracle(TallyDomain(), log)
    assert {outcome.id for outcome in world.published} <= set(expected)
    assert all(expected[outcome.id] == outcome.value for outcome in world.published)
    assert {key: stored.state for key, stored in store.states.items()} == oracle_states(TallyDomain(), log)


@PROPERTY
@given(logs(), st.integers(1, 9), looks)
def test_a_run_without_faults_publishes_each_id_once_though_inputs_repeat(
    log: list[Mark], batch: int, looks: Looks
) -> None:
    store = MemoryStore()
    world = World(TallyDomain(), store, log, looks=looks)
    run_schedule(world, [], batch)
    assert len(world.published) == len({outcome.id for outcome in world.published})


@PROPERTY
@given(logs(), st.integers(1, 9))
def test_what_falls_due_within_a_batch_is_published_as_it_would_be_without_batches(log: list[Mark], batch: int) -> None:
    """Before the record that passes its time, by when it was due, whatever batch both came in."""
    domain = TallyDomain()
    world = World(domain, MemoryStore(), log, looks="within batches")
    run_schedule(world, [], batch)
    one_by_one = World(domain, MemoryStore(), log, looks="within batches")
    run_schedule(one_by_one, [], 1)
    order = [outcome.id for outcome in world.published]
    assert order == [outcome.id for outcome in one_by_one.published]
    newest = 0
    for each in world.published:
        cause = msgspec.json.decode(each.value, type=Tally).cause
        if cause.startswith("quiet:"):
            assert newest < int(cause.removeprefix("quiet:")) + QUIET_MS, f"{each.id} comes after what made it due"
        newest = max(newest, each.time_ms)


def test_what_is_shown_beside_a_state_is_the_newest_that_came_of_a_batch_and_both_live_as_long_as_the_domain_says() -> (
    None
):
    """A state that expires while its conversation goes on is lost."""
    ttls_ms: list[int] = []

    class WatchedStore(MemoryStore):
        def compare_and_set(self, writes: Sequence[Write]) -> list[bool]:
            ttls_ms.extend(write.ttl_ms for write in writes)
            return super().compare_and_set(writes)

    store, domain = WatchedStore(), TallyDomain()
    marks = [Mark("a", f"a:{number}", number + 1) for number in range(3)]
    run_schedule(World(domain, store, marks), [], len(marks))
    assert msgspec.json.decode(store.now["a"], type=Tally).cause == "a:2"
    assert set(ttls_ms) == {domain.ttl_s(TallyState()) * SECOND}


def test_in_a_run_in_memory_keys_fall_due_earliest_first_by_when_they_are_due_now() -> None:
    """Not by when they were before another record of theirs came."""
    run: MemoryRun[TallyState] = MemoryRun(TallyDomain())
    for mark in [Mark("a", "a:0", 1), Mark("b", "b:0", 500), Mark("a", "a:1", 900)]:
        run.apply(mark, Stamps(None, 0))
    assert [emit.id for emit in run.fire(10 * QUIET_MS, Stamps(None, 0))] == ["b/quiet:500", "a/quiet:900"]
