"""windows and assist, each over a store and in batches of its own, publish the moves that the backtest says."""

from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import given, settings, strategies as st
from msgspec import Struct

from tests.support.assisted import assisted
from tests.support.clocks import NAME, clock_turns
from tests.support.comparing import assert_same_events, expected_of, without_processing_times
from tests.support.memory_store import MemoryStore
from tests.support.schedules import run_schedule
from tests.support.scripted import Script, event_time
from tests.support.world import World
from warmline.assist.domain import AssistDomain
from warmline.backtest.run import Backtest
from warmline.contracts.topics import AGENT_ASSIST
from warmline.contracts.window import ConversationWindow
from warmline.policy.load import load_policy
from warmline.windows.domain import WindowsDomain

POLICY = load_policy(None)
DAY_MS = 86_400_000


def published_by(domain: Any, log: Sequence[Struct], batch: int) -> World:
    """Run a log to its end: batch after batch, what is due fired between them."""
    world = World(domain, MemoryStore(domain.name), log)
    run_schedule(world, [], batch)
    return world


@given(st.integers(0, 10**6), st.integers(1, 12), st.sampled_from([1, 7, 40, 1000]), st.sampled_from([1, 7, 40, 1000]))
@settings(max_examples=25, deadline=None)
def test_batches_of_any_size_in_either_service_change_no_move(
    seed: int, conversations: int, windows_batch: int, assist_batch: int
) -> None:
    """A batch moves the watermark far ahead of the conversations that stand last in it; no move may lapse for that."""
    events = assisted(Script(conversations=conversations, seed=seed, turns=(4, 14), disorder=0.1, ends=0.7))
    newest = max(map(event_time, events))
    log = [*events, *clock_turns(newest + 2_000_000, 1), *clock_turns(newest + DAY_MS, 1)]
    windows = published_by(WindowsDomain(POLICY.windows, POLICY.version), log, windows_batch)
    told = [
        msgspec.json.decode(outcome.value, type=ConversationWindow)
        for outcome in windows.published
        if outcome.type == "conversation.window"
    ]
    assist = published_by(AssistDomain(POLICY.assist, POLICY.version), told, assist_batch)
    found = {outcome.id: without_processing_times(outcome.value) for outcome in assist.published}
    emits = Backtest(POLICY).run(log)
    wanted = expected_of((emit for emit in emits if not emit.key.startswith(NAME)), {AGENT_ASSIST})
    assert_same_events(found, wanted)
