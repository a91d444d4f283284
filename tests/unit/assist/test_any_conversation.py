"""What holds for every conversation, whatever is said, repeated or dismissed."""

import msgspec
from hypothesis import given, settings, strategies as st

from tests.support.assisted import assisted, windows_of, with_dismissals
from tests.support.scripted import Script
from warmline.assist.domain import AssistDomain
from warmline.assist.state import (
    MAX_NEEDS,
    RECENT_FEEDBACKS,
    RECENT_MOVES,
    RECENT_TURNS,
    AssistState,
)
from warmline.contracts.assist import AssistFeedback, AssistMove
from warmline.contracts.lives import RECENT_INCARNATIONS
from warmline.contracts.window import ConversationWindow
from warmline.policy.load import load_policy
from warmline.store.keyed import Emit, Stamps
from warmline.store.memory import MemoryRun

POLICY = load_policy(None)
STAMPS = Stamps(None, 0)
NEVER = 10**15
PROPERTY = settings(max_examples=40, deadline=None)
SEEDS = st.integers(0, 10**6)


def log_of(seed: int) -> list[msgspec.Struct]:
    script = Script(conversations=2, seed=seed, turns=(6, 30), disorder=0.15)
    return with_dismissals(windows_of(assisted(script), POLICY), POLICY, seed, share=0.08)


def play(log, *, codec: bool = False, twice: bool = False) -> tuple[MemoryRun[AssistState], list[Emit]]:
    run: MemoryRun[AssistState] = MemoryRun(AssistDomain(POLICY.assist, POLICY.version))
    emits: list[Emit] = []
    for event in log:
        emits += run.apply(event, STAMPS)
        if twice:
            emits += run.apply(event, STAMPS)
        if codec:
            for key, state in run.states.items():
                run.states[key] = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=AssistState)
    return run, emits + run.fire(NEVER, STAMPS)


def by_conversation(emits: list[Emit]) -> dict[str, list[AssistMove]]:
    found: dict[str, list[AssistMove]] = {}
    for emit in emits:
        found.setdefault(emit.key, []).append(emit.event)
    return found


@PROPERTY
@given(SEEDS)
def test_at_most_one_move_is_live_and_every_one_ends_once(seed):
    for steps in by_conversation(play(log_of(seed))[1]).values():
        live: AssistMove | None = None
        over: set[str] = set()
        for step in steps:
            assert step.move_id not in over
            if live is None:
                assert step.kind != "withdraw"
                assert step.sequence == 1
            else:
                assert step.move_id == live.move_id, "a move came while another was live"
                assert step.sequence == live.sequence + 1
                assert step.as_of <= live.expires_at
            if step.kind == "withdraw":
                over.add(step.move_id)
                live = None
            else:
                live = step
        assert live is None


@PROPERTY
@given(SEEDS)
def test_every_step_is_right_by_its_contract_and_rests_on_turns_of_its_conversation(seed):
    log = log_of(seed)
    turns = {
        (event.conversation_id, event.heard.turn_id)
        for event in log
        if isinstance(event, ConversationWindow) and event.heard
    }
    emits = play(log)[1]
    assert len({emit.id for emit in emits}) == len(emits)
    for emit in emits:
        move = emit.event
        assert msgspec.json.decode(msgspec.json.encode(move), type=AssistMove) == move
        assert 1 <= len(move.evidence) == len(set(move.evidence)) <= POLICY.assist(None).evidence_max
        assert {(move.conversation_id, turn) for turn in move.evidence} <= turns
        assert move.text == POLICY.assist(None).moves[move.move].text
        assert (move.kind == "handoff") <= (move.agent_role == "bot")


@PROPERTY
@given(SEEDS)
def test_nothing_is_given_again_once_it_was_dismissed(seed):
    run: MemoryRun[AssistState] = MemoryRun(AssistDomain(POLICY.assist, POLICY.version))
    key_of: dict[str, str] = {}
    barred: set[tuple[str, str]] = set()
    for event in log_of(seed):
        for emit in run.apply(event, STAMPS):
            move = emit.event
            key_of[move.move_id] = move.move
            assert move.kind == "withdraw" or (move.conversation_id, move.move) not in barred
        if isinstance(event, AssistFeedback) and event.move_id in key_of:
            barred.add((event.conversation_id, key_of[event.move_id]))


@PROPERTY
@given(SEEDS)
def test_new_advice_keeps_its_distance_and_comes_only_while_a_need_is_open_or_a_bot_is_asked(seed):
    policy = POLICY.assist(None)
    run: MemoryRun[AssistState] = MemoryRun(AssistDomain(POLICY.assist, POLICY.version))
    newest: dict[str, int] = {}
    for event in log_of(seed):
        for emit in run.apply(event, STAMPS):
            move = emit.event
            if move.sequence > 1 or move.kind in {"praise", "withdraw"}:
                continue
            state = run.states[move.conversation_id]
            rule = policy.moves[move.move]
            assert state.needs or rule.when.without_need
            if state.episode == 1:
                before = newest.get(move.conversation_id)
                assert before is None or rule.insists or move.as_of - before >= policy.gap_s * 1000
            newest[move.conversation_id] = move.as_of


@PROPERTY
@given(SEEDS)
def test_doubles_and_the_store_between_any_two_events_change_nothing(seed):
    log = log_of(seed)
    once = play(log)[1]
    assert play(log, twice=True)[1] == once
    assert play(log, codec=True)[1] == once


@PROPERTY
@given(SEEDS)
def test_a_state_stays_small(seed):
    for state in play(log_of(seed))[0].states.values():
        assert len(state.said) <= RECENT_TURNS
        assert len(state.answers) <= RECENT_TURNS
        assert len(state.needs) <= MAX_NEEDS
        assert len(state.given) <= RECENT_MOVES
        assert len(state.feedbacks) <= RECENT_FEEDBACKS
        assert len(state.past) <= RECENT_INCARNATIONS
        assert len(msgspec.msgpack.encode(state)) < 6_000
