"""The state means what its set of events means: order of arrival, doubles and the codec change nothing."""

from random import Random
from typing import Any

import msgspec
from hypothesis import given, settings, strategies as st

from tests.unit.windows.scene import NEVER, STAMPS, START, at, checked, domain_of, policy
from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.labels import CUES, EMOTIONS
from warmline.contracts.score import ScoredTurn
from warmline.contracts.summary import ConversationSummary
from warmline.contracts.window import ConversationWindow
from warmline.store.keyed import Emit
from warmline.store.memory import MemoryRun
from warmline.windows.state import WindowsState

RULES = policy(lateness_s=30, quiet_timeout_s=100, missed_after_s=40)
TINY = policy(lateness_s=5, quiet_timeout_s=50, missed_after_s=12)

milli = st.integers(-1000, 1000).map(lambda value: value / 1000)
unit = st.sampled_from([0.0, 0.1, 0.34, 0.35, 0.4, 0.499, 0.5, 0.7, 1.0])


@st.composite
def events(draw: st.DrawFn, most: int = 14, gap: int = 60, fewest: int = 1) -> list[msgspec.Struct]:
    """Events of one conversation in order of time, a few of them in the same second."""
    seconds = 0
    told: list[msgspec.Struct] = []
    for number in range(draw(st.integers(fewest, most))):
        seconds += draw(st.one_of(st.integers(0, 12), st.integers(0, 12), st.integers(0, gap)))
        told.append(draw(event(number, seconds)))
    return list({_identity(each): each for each in told}.values())


@st.composite
def event(draw: st.DrawFn, number: int, seconds: int) -> msgspec.Struct:
    kind = draw(st.sampled_from(["customer"] * 4 + ["agent"] * 4 + ["supervisor", "bot", "system", "started", "ended"]))
    if kind == "started":
        queue = draw(st.sampled_from([None, "a", "b"]))
        return ConversationStarted(conversation_id="c-1", at=at(seconds), channel="chat", queue=queue)
    if kind == "ended":
        reason = draw(st.sampled_from(["completed", "customer_left"]))
        return ConversationEnded(conversation_id="c-1", at=at(seconds), reason=reason)
    base: dict[str, Any] = {
        "conversation_id": "c-1", "turn_id": f"t{draw(st.integers(0, 9))}-{number}", "role": kind,
        "participant_id": f"{kind}-{draw(st.integers(0, 1))}", "spoken_at": at(seconds), "language": "en",
        "model": draw(st.sampled_from(["m1", "m2"])), "queue": draw(st.sampled_from([None, "a", "b"])),
        "valence": draw(milli), "sentiment": draw(st.sampled_from(["negative", "neutral", "positive"])),
        "distress": draw(unit) if kind == "customer" else 0.0,
        "abstained": draw(st.sampled_from([None, None, None, "no_words"])),
    }  # fmt: skip
    if kind == "customer":
        base["cues"] = tuple(draw(st.lists(st.sampled_from(CUES), max_size=2, unique=True)))
        base["emotions"] = tuple(draw(st.lists(st.sampled_from(EMOTIONS), max_size=2, unique=True)))
    elif kind != "system":
        base["empathy"] = draw(st.sampled_from(["empathetic", "neutral", "unhelpful"]))
    return ScoredTurn(**base)


def _identity(told: msgspec.Struct) -> str:
    return domain_of().cause_of(told)


def shuffled(told: list[msgspec.Struct], lateness_ms: int, seed: int) -> list[msgspec.Struct]:
    """An order of arrival in which nothing is later than the lateness."""
    random, time_of = Random(seed), domain_of().event_time_of
    waiting, order, newest = list(told), [], -1
    while waiting:
        oldest = min(time_of(each) for each in waiting)
        # Whoever comes now must not make anyone who still waits too late.
        may_come = [each for each in waiting if max(newest, time_of(each)) - lateness_ms <= oldest]
        chosen = random.choice(may_come)
        waiting.remove(chosen)
        order.append(chosen)
        newest = max(newest, time_of(chosen))
    return order


def tell(told: list[msgspec.Struct], rules: Any = RULES, *, codec: bool = False) -> tuple[MemoryRun, list[Emit]]:
    run: MemoryRun[WindowsState] = MemoryRun(domain_of(rules))
    emits: list[Emit] = []
    for each in told:
        emits += checked(run.apply(each, STAMPS))
        if codec:
            for key, state in run.states.items():
                run.states[key] = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=WindowsState)
    return run, emits


def meaning(emits: list[Emit]) -> tuple[Any, dict[int, Any]]:
    """The newest window and each episode's newest summary, without what depends on the order of arrival."""
    window = [emit.event for emit in emits if isinstance(emit.event, ConversationWindow)][-1]
    bare = {"revision": 1, "times": None, "incarnation": ""}
    summaries = {
        emit.event.episode: msgspec.structs.replace(emit.event, **bare)
        for emit in emits
        if isinstance(emit.event, ConversationSummary)
    }
    gone = {"cause": "", "moments": (), "heard": None, "model": None} | bare
    newest = msgspec.structs.replace(window, **gone)
    return newest, {episode: summary for episode, summary in summaries.items() if episode <= newest.episode}


def plain(emits: list[Emit]) -> list[tuple[Any, ...]]:
    return [(emit.topic, emit.key, emit.type, emit.id, emit.time_ms, msgspec.to_builtins(emit.event)) for emit in emits]


@given(events(), st.integers(0, 10**6))
@settings(max_examples=80, deadline=None)
def test_every_order_of_arrival_within_the_lateness_ends_in_the_same_meaning(told, seed):
    run, emits = tell(told)
    other, others = tell(shuffled(told, RULES.lateness_s * 1000, seed))
    assert meaning(emits) == meaning(others)
    assert run.states["c-1"].head == other.states["c-1"].head
    assert other.skipped == {"duplicate": 0, "late": 0, "ignored": 0}
    assert meaning(emits + run.fire(START + NEVER, STAMPS)) == meaning(others + other.fire(START + NEVER, STAMPS))


@given(events(), st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_doubles_change_nothing_wherever_they_come(told, seed):
    random = Random(seed)
    order = shuffled(told, RULES.lateness_s * 1000, seed)
    doubled: list[msgspec.Struct] = []
    for place, each in enumerate(order):
        doubled += [each, *random.choices(order[: place + 1], k=2)]
    _, once = tell(order)
    run, twice = tell(doubled)
    assert plain(once) == plain(twice)
    assert run.skipped == {"duplicate": 2 * len(order), "late": 0, "ignored": 0}


@given(events(most=60, gap=20), st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_the_codec_between_any_two_events_changes_nothing(told, seed):
    order = shuffled(told, RULES.lateness_s * 1000, seed)
    assert plain(tell(order)[1]) == plain(tell(order, codec=True)[1])


@given(events(), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_in_order_of_time_it_is_the_same_whether_the_timer_or_the_next_event_comes_first(told, step):
    _, emits = tell(told, TINY)
    domain = domain_of(TINY)
    run: MemoryRun[WindowsState] = MemoryRun(domain)
    ticked: list[Emit] = []
    clock = domain.event_time_of(told[0])
    for each in told:
        while clock < domain.event_time_of(each):
            clock += step * 500
            ticked += run.fire(min(clock, domain.event_time_of(each)), STAMPS)
        ticked += run.apply(each, STAMPS)
    assert plain(emits) == plain(ticked)


@given(events(most=150, gap=15), st.integers(0, 10**6))
@settings(max_examples=12, deadline=None)
def test_a_long_conversation_compacted_on_the_way_means_the_same_in_every_order(told, seed):
    run, emits = tell(told)
    other, others = tell(shuffled(told, RULES.lateness_s * 1000, seed))
    assert meaning(emits + run.fire(START + NEVER, STAMPS)) == meaning(others + other.fire(START + NEVER, STAMPS))


@given(events())
@settings(max_examples=30, deadline=None)
def test_revisions_count_without_gaps_and_ids_are_unique(told):
    run, emits = tell(told)
    emits += run.fire(START + NEVER, STAMPS)
    windows = [emit.event for emit in emits if isinstance(emit.event, ConversationWindow)]
    assert [window.revision for window in windows] == list(range(1, len(windows) + 1))
    assert len({emit.id for emit in emits}) == len(emits)
    assert len({window.incarnation for window in windows}) == 1
