"""A policy changes while conversations go on: they go on by the new one."""

from itertools import pairwise

import msgspec
from hypothesis import given, settings, strategies as st

from tests.unit.windows.scene import NEVER, STAMPS, agent, at, checked, customer, policy
from tests.unit.windows.test_arrival_order import events
from warmline.contracts.summary import ConversationSummary
from warmline.contracts.window import ConversationWindow
from warmline.store.keyed import Emit
from warmline.store.memory import MemoryRun
from warmline.windows.domain import WindowsDomain
from warmline.windows.history import COMPACT_AT
from warmline.windows.policy import WindowsPolicy
from warmline.windows.state import WindowsState

policies = st.builds(
    policy,
    moment_distress=st.sampled_from([0.36, 0.45, 0.5, 0.65]),
    missed_after_s=st.sampled_from([12, 40, 120]),
    answer_within_turns=st.integers(1, 3),
    lateness_s=st.sampled_from([5, 30]),
    quiet_timeout_s=st.sampled_from([50, 600]),
)


def run_under(rules: WindowsPolicy, version: str, states: dict[str, WindowsState]) -> MemoryRun[WindowsState]:
    run: MemoryRun[WindowsState] = MemoryRun(WindowsDomain(lambda _queue: rules, version))
    for key, state in states.items():
        run._keep(key, state)
    return run


def told(rules: list[WindowsPolicy], told_events: list[msgspec.Struct], changes: list[int]) -> list[Emit]:
    """Return what is published where the rules change before the events of these places."""
    emits: list[Emit] = []
    states: dict[str, WindowsState] = {}
    bounds = [0, *sorted(changes), len(told_events)]
    for number, (start, end) in enumerate(pairwise(bounds)):
        run = run_under(rules[number], f"v{number}", states)
        for event in told_events[start:end]:
            emits += checked(run.apply(event, STAMPS))
        states = run.states
    return emits + checked(run.fire(at(NEVER), STAMPS))


@given(
    events(fewest=COMPACT_AT + 16, most=COMPACT_AT + 32, gap=20), st.lists(policies, min_size=3, max_size=3), st.data()
)
@settings(max_examples=40, deadline=None)
def test_no_change_of_policy_stops_a_conversation(
    told_events: list[msgspec.Struct], rules: list[WindowsPolicy], data: st.DataObject
) -> None:
    changes = [data.draw(st.integers(0, len(told_events))) for _ in range(2)]
    emits = told(rules, told_events, changes)
    summaries = [emit.event for emit in emits if isinstance(emit.event, ConversationSummary)]
    assert summaries, "it ends, at the latest by time"
    newest = max(summaries, key=lambda each: each.revision)
    assert newest.moments_met + newest.moments_missed + newest.moments_moot >= len(newest.moments)


def test_a_moment_that_only_the_new_policy_knows_is_one_from_then_on_and_is_settled_once() -> None:
    """It lies before the change; the base comes to hold it, long after."""
    tense = [customer(number * 5, valence=-0.2, distress=0.47) for number in range(2)]
    plain = [agent(10 + number * 5) for number in range(COMPACT_AT)]
    late = [customer(10 + (COMPACT_AT + number) * 5, valence=-0.6, distress=0.8) for number in range(COMPACT_AT)]
    talk = [*tense, *plain, *late]
    change = len(tense) + len(plain) - 3
    under_both = told([policy(), policy(moment_distress=0.45)], talk, [change])
    under_new = told([policy(moment_distress=0.45)] * 2, talk, [len(talk)])
    missed_before, missed_after = (missed_at(under_both, talk[place].turn_id) for place in (change - 1, change))
    assert (missed_before, missed_after) == (0, missed_at(under_new, talk[change].turn_id))
    assert missed_after == len(tense)
    assert moments_of(under_both) == moments_of(under_new)
    assert moments_of(under_new)[: len(tense)] == [each.turn_id for each in tense]


def test_what_the_base_comes_to_hold_by_the_new_policy_takes_no_open_moment_from_the_head() -> None:
    """By the old one there were none before the change, so that the head's only moment would have been taken."""
    change = COMPACT_AT - 3
    talk = [
        agent(number * 5)
        if number % 2
        else customer(number * 5, valence=-0.4, distress=0.47 if number < change else 0.7)
        for number in range(2 * COMPACT_AT)
    ]
    emits = told([policy(), policy(moment_distress=0.45)], talk, [change])
    windows = {emit.event.cause: emit.event for emit in emits if isinstance(emit.event, ConversationWindow)}
    assert windows.keys() >= {each.turn_id for each in talk}
    assert windows[talk[-2].turn_id].moments_pending > 0


def missed_at(emits: list[Emit], cause: str) -> int:
    windows = [emit.event for emit in emits if isinstance(emit.event, ConversationWindow)]
    (window,) = [each for each in windows if each.cause == cause]
    return window.moments_missed


def moments_of(emits: list[Emit]) -> list[str]:
    (summary,) = [emit.event for emit in emits if isinstance(emit.event, ConversationSummary)]
    return [each.turn_id for each in summary.moments]
