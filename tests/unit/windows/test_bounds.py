"""The state stays small, whatever comes."""

from random import Random

import msgspec

from tests.unit.windows.scene import SECOND, STAMPS, START, agent, checked, customer, domain_of, ended, policy
from warmline.windows.history import COMPACT_AT, COMPACT_EVERY, MAX_RECORDS
from warmline.windows.record import TURN, Record, unpack
from warmline.windows.state import MAX_POINTS, MAX_SIGNS, WindowsState

KIB = 1024
LONG_ID = "conversation-0123456789abcdef-"


def long_conversation(turns: int, gap: float, seed: int = 1) -> list[msgspec.Struct]:
    random = Random(seed)
    told: list[msgspec.Struct] = []
    for place in range(turns):
        name = {"turn_id": f"{LONG_ID}{place:05d}", "queue": "billing", "customer_id": "customer-1"}
        if place % 2:
            empathy = random.choice(["empathetic", "neutral", "unhelpful"])
            told.append(agent(gap * place, empathy, participant_id=f"agent-{place // 100}", **name))
        else:
            told.append(customer(gap * place, round(random.uniform(-1, 1), 3), round(random.random(), 3), **name))
    return told


def test_five_thousand_turns_stay_under_64_kib_and_the_summary_counts_them_all():
    domain, state, largest = domain_of(), None, 0
    for place, turn in enumerate(long_conversation(5000, 6)):
        state = domain.apply(state, turn, STAMPS).state
        if place % 50 == 0:
            largest = max(largest, len(msgspec.msgpack.encode(state)))
    assert state is not None
    assert largest < 32 * KIB
    assert len(state.records) < COMPACT_AT + COMPACT_EVERY
    summary = checked(domain.apply(state, ended(30_000), STAMPS).emits)[-1].event
    assert len(state.head.signs) <= MAX_SIGNS
    assert (summary.turns, summary.customer_turns, len(summary.moments)) == (5000, 2500, 200)
    assert summary.moments_met + summary.moments_missed + summary.moments_moot > 1000


def test_a_flood_within_the_lateness_shrinks_the_lateness_and_not_the_memory():
    domain, state = domain_of(policy(lateness_s=3600)), None
    for turn in long_conversation(1000, 0.05):
        state = domain.apply(state, turn, STAMPS).state
    assert state is not None
    assert len(state.records) < MAX_RECORDS + COMPACT_EVERY
    assert len(state.head.times) <= MAX_POINTS
    assert len(msgspec.msgpack.encode(state)) < 64 * KIB
    for turn_id, before_ms, verdict in (("a", 1, "late"), ("b", 0, "late"), ("c", -1, "applied")):
        turn = customer((state.horizon - before_ms - START) / SECOND, turn_id=turn_id)
        assert domain.apply(state, turn, STAMPS).verdict == verdict
    assert domain.apply(state, long_conversation(1, 0.05)[0], STAMPS).verdict == "duplicate"


def test_turns_all_in_one_millisecond_are_each_taken_once():
    domain, state = domain_of(), None
    told = [customer(0, turn_id=f"t{place:03d}") for place in range(150)]
    for turn in [*told, *told]:
        state = domain.apply(state, turn, STAMPS).state
    assert state is not None
    assert (state.head.turns, state.revision) == (150, 150)


def test_a_record_comes_back_as_it_was_packed():
    record = Record(253_402_300_799_999, TURN, 300, -1000, 1000, -1, -1, 511, glad=True, unused=True)
    assert unpack(record.pack()) == record


def test_the_state_of_a_usual_conversation_is_small():
    domain, state = domain_of(), None
    for turn in long_conversation(20, 8):
        state = domain.apply(state, turn, STAMPS).state
    encoded = msgspec.msgpack.encode(state)
    assert len(encoded) < 3 * KIB
    assert msgspec.msgpack.decode(encoded, type=WindowsState) == state
