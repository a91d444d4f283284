"""Over the store, with crashes, stalls, repeats and replays, assist publishes what it does in memory."""

from hypothesis import given, settings, strategies as st
from msgspec import Struct

from tests.support.assisted import assisted, windows_of, with_dismissals
from tests.support.memory_store import MemoryStore
from tests.support.schedules import Schedule, run_schedule, schedules
from tests.support.scripted import Script
from tests.support.world import World, oracle, oracle_states
from warmline.assist.domain import AssistDomain
from warmline.policy.load import load_policy

POLICY = load_policy(None)
PROPERTY = settings(max_examples=25, deadline=None)

faults = st.sets(
    st.tuples(st.sampled_from(["load before", "write before", "write after", "settle before"]), st.integers(1, 30)),
    max_size=5,
)


def domain() -> AssistDomain:
    return AssistDomain(POLICY.assist, POLICY.version)


@st.composite
def logs(draw: st.DrawFn) -> list[Struct]:
    """Windows of a few overlapping conversations with turns out of order, and dismissals; some come again later."""
    script = Script(
        conversations=draw(st.integers(1, 4)),
        seed=draw(st.integers(0, 10**6)),
        turns=(4, 12),
        disorder=0.2,
        repeats=0.1,
    )
    told = with_dismissals(windows_of(assisted(script), POLICY), POLICY, script.seed, share=0.1)
    for place in sorted(draw(st.sets(st.integers(0, len(told) - 1), max_size=6)), reverse=True):
        told.insert(draw(st.integers(place + 1, len(told))), told[place])
    return told


def assert_equals_the_oracle(world: World, store: MemoryStore, log: list[Struct]) -> None:
    expected = oracle(domain(), log)
    assert {outcome.id: outcome.value for outcome in world.published} == expected
    assert all(expected[outcome.id] == outcome.value for outcome in world.published), "a repeat differs"
    assert {key: stored.state for key, stored in store.states.items()} == oracle_states(domain(), log)


@PROPERTY
@given(logs(), schedules, st.integers(1, 40), faults)
def test_crashes_stalls_and_store_faults_between_any_two_steps_change_nothing(
    log: list[Struct], schedule: Schedule, batch: int, fail_at: set[tuple[str, int]]
) -> None:
    store = MemoryStore("assist")
    store.fail_at = fail_at
    world = World(domain(), store, log)
    run_schedule(world, schedule, batch)
    assert_equals_the_oracle(world, store, log)


@PROPERTY
@given(logs(), st.integers(1, 40), st.data())
def test_a_replay_from_any_point_changes_nothing(log: list[Struct], batch: int, data: st.DataObject) -> None:
    store = MemoryStore("assist")
    world = World(domain(), store, log)
    run_schedule(world, [], batch)
    world.committed = data.draw(st.integers(0, len(log)), label="replay from")
    run_schedule(world, [], batch)
    assert_equals_the_oracle(world, store, log)


def test_the_scripts_bring_every_kind_of_step() -> None:
    log = with_dismissals(windows_of(assisted(Script(conversations=80, disorder=0.2)), POLICY), POLICY, 1, share=0.05)
    steps = oracle(domain(), log).values()
    for part in (b'"kind":"suggest"', b'"kind":"praise"', b'"kind":"handoff"'):
        assert any(part in step for step in steps), part
    for why in ("met", "done", "settled", "replaced", "handed_over", "dismissed", "expired", "ended"):
        assert any(b'"reason":"%s"' % why.encode() in step for step in steps), why
