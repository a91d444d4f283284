"""Whatever the order of arrival within the lateness, whatever comes twice: the same signals and the same state."""

from itertools import permutations

import msgspec
from hypothesis import given, settings, strategies as st

from tests.unit.wellbeing.shift import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    POLICY,
    SECOND,
    STAMPS,
    abusive,
    goes,
    hard_morning,
    hostile,
    kind,
    plain,
    run,
    thankful,
)
from tests.unit.windows.scene import PLAIN, START, Scene, agent, customer
from warmline.store.keyed import Stamps
from warmline.store.memory import MemoryRun
from warmline.wellbeing.domain import WellbeingDomain
from warmline.wellbeing.state import (
    MAX_BUFFERED,
    MAX_CONTACTS,
    MAX_EVIDENCE,
    MAX_REMEMBERED,
    POINT,
    Account,
)

LATENESS = POLICY.lateness_s * SECOND
END = MONDAY + 12 * DAY
MAKERS = [hostile, hostile, abusive, kind, plain, thankful]
EMPATHIES = ["empathetic", "neutral", "unhelpful"]
ACTIVITIES = ["break", "available", "on_contact", "offline", "training", "wrap_up"]


@st.composite
def shifts(draw, agents=("ana",), most=40):
    """Events of one agent or some, oldest first: mostly seconds apart, sometimes hours."""
    events, at = [], MONDAY
    for number in range(draw(st.integers(1, most))):
        agent = draw(st.sampled_from(agents))
        at += draw(st.one_of(st.integers(0, 90), st.sampled_from([0, 400, 1300, 8000, 60_000]))) * SECOND
        if draw(st.integers(0, 5)) == 0:
            events.append(goes(draw(st.sampled_from(ACTIVITIES)), at, agent))
        else:
            maker = draw(st.sampled_from(MAKERS))
            conversation = draw(st.sampled_from(["a", "b", "c"]))
            peak = draw(st.sampled_from([0.0, 0.9]))
            events.append(maker(conversation, at, turn_id=f"t{number}", peak=peak, agent=agent))
    return events


def times_of(events):
    return [WellbeingDomain(POLICY, "v1").event_time_of(event) for event in events]


@st.composite
def arrivals(draw):
    """A shift and an order in which it may arrive: nothing later than the lateness, some of it twice."""
    events = draw(shifts(("ana", "ben")))
    delays = [draw(st.integers(0, LATENESS)) for _ in events]
    order = sorted(range(len(events)), key=lambda index: times_of([events[index]])[0] + delays[index])
    arrived = [events[index] for index in order]
    for index in draw(st.lists(st.integers(0, len(arrived) - 1), max_size=5)):
        arrived.insert(draw(st.integers(index, len(arrived))), arrived[index])
    return events, arrived


def content(memory):
    """Signals as JSON without their processing times, each agent's in their order."""
    signals = sorted(memory.signals, key=lambda signal: signal.agent_id)
    return [msgspec.json.encode(msgspec.structs.replace(signal, times=None)) for signal in signals]


@given(arrivals())
@settings(max_examples=100, deadline=None)
def test_every_order_of_arrival_within_the_lateness_gives_the_same_signals_and_state(case):
    events, arrived = case
    expected, got = run(events, until=END), run(arrived, until=END)
    assert got.skipped["late"] == 0
    assert content(got) == content(expected)
    assert got.states == expected.states


@st.composite
def conversations(draw):
    """Scored turns of a conversation that is handed on, in order of time, and an arrival with customers' turns late."""
    turns, seconds = [customer(0, turn_id="t00")], 0.0
    for number in range(1, draw(st.integers(2, 25))):
        seconds += draw(st.integers(0, 15))
        name = {"turn_id": f"t{number:02d}"}
        who = draw(st.sampled_from(["customer", "customer", "ana", "ben", "bot"]))
        if who == "customer":
            cues = draw(st.sampled_from([(), ("abuse_of_agent",)]))
            turns.append(customer(seconds, -0.7, draw(st.sampled_from([0.1, 0.8])), cues=cues, emotions=(), **name))
        else:
            role = "bot" if who == "bot" else "agent"
            turns.append(agent(seconds, draw(st.sampled_from(EMPATHIES)), participant_id=who, role=role, **name))
    late = [draw(st.integers(0, PLAIN.lateness_s * SECOND)) if turn.role == "customer" else 0 for turn in turns]
    order = sorted(range(len(turns)), key=lambda index: (turns[index].spoken_at + late[index], index))
    return turns, [turns[index] for index in order]


@given(conversations())
@settings(max_examples=100, deadline=None)
def test_through_windows_a_customers_turn_weighs_on_whom_it_was_spoken_to_however_late_it_comes(case):
    expected, got = (run(Scene().told(turns), until=START + DAY) for turns in case)
    assert content(got) == content(expected)
    assert got.states == expected.states


def test_every_order_of_five_events_gives_the_same():
    events = [
        abusive("a", MONDAY),
        kind("a", MONDAY + 20 * SECOND),
        abusive("b", MONDAY + 40 * SECOND),
        thankful("b", MONDAY + 60 * SECOND),
        goes("break", MONDAY + 80 * SECOND),
    ]
    expected = run(events, until=MONDAY + DAY)
    assert expected.signals == []
    for order in permutations(events):
        assert run(order, until=MONDAY + DAY).account == expected.account


@given(shifts(), st.lists(st.integers(0, 12 * 24 * 60), max_size=20), st.lists(st.integers(0, 39), max_size=8))
@settings(max_examples=50, deadline=None)
def test_where_folding_pauses_and_what_is_replayed_changes_nothing(events, looks, replays):
    """Runs with a watermark that stands still for long, states that go to the store and back, and replays."""
    domain = WellbeingDomain(POLICY, "v1")
    account, signals = None, []
    for event in events:
        account = reload(domain.apply(account, event, STAMPS), signals)
    for index in replays:
        if index < len(events):
            assert domain.apply(account, events[index], STAMPS).verdict == "duplicate"
    for minutes in [*sorted(looks), (END - MONDAY) // MINUTE + 60]:
        watermark = min(MONDAY + minutes * MINUTE, END + LATENESS + 1)
        while (due := domain.due(account)) is not None and due <= watermark:
            account = reload(domain.fire(account, watermark, Stamps(None, 1)), signals)
    expected = run(events, until=END)
    assert [signal.signal_id for signal in signals] == [signal.signal_id for signal in expected.signals]
    assert account == expected.account


def reload(step, signals):
    """Keep a step's signals, and return its state as the store gives it back."""
    signals += [emit.event for emit in step.emits]
    return msgspec.msgpack.decode(msgspec.msgpack.encode(step.state), type=Account)


def test_what_was_folded_already_and_is_new_comes_too_late():
    memory = run([hostile("a", MONDAY), hostile("a", MONDAY + MINUTE)])
    assert memory.apply(hostile("a", MONDAY + 30 * SECOND), STAMPS) == []
    assert memory.skipped["late"] == 1


def test_an_event_exactly_as_late_as_allowed_is_on_time():
    memory = run([hostile("a", MONDAY), hostile("b", MONDAY + LATENESS)], until=MONDAY - 1)
    memory.apply(hostile("a", MONDAY, turn_id="other"), STAMPS)
    assert memory.skipped["late"] == 0
    memory.fire(MONDAY + LATENESS + 1, STAMPS)
    memory.apply(hostile("a", MONDAY, turn_id="another"), STAMPS)
    assert memory.skipped["late"] == 1


def test_a_replay_that_memory_does_not_reach_is_called_a_duplicate_so_that_nothing_it_gave_is_lost():
    events = [plain("a", MONDAY + number * SECOND) for number in range(MAX_REMEMBERED + 50)]
    memory = run(events)
    for event in events:
        memory.apply(event, STAMPS)
    assert memory.skipped == {"duplicate": len(events), "late": 0, "ignored": 0}


def test_the_same_turn_of_a_window_computed_again_counts_once():
    first = hostile("a", MONDAY)
    again = msgspec.structs.replace(first, incarnation="i2", revision=9)
    memory = run([first, again])
    assert memory.skipped["duplicate"] == 1


def test_an_agents_events_wait_for_a_watermark_that_stands_still():
    domain, account = WellbeingDomain(POLICY, "v1"), None
    for number in range(0, 600, 2):
        account = domain.apply(account, abusive(f"c{number}", MONDAY + number * MINUTE), STAMPS).state
    assert account.folded_to == 0
    assert domain.due(account) == MONDAY + LATENESS + 1


def test_an_agent_who_is_no_single_person_stays_bounded():
    domain, account = WellbeingDomain(POLICY, "v1"), None
    for number in range(MAX_BUFFERED + 500):
        maker = (hostile, kind, thankful, abusive)[number % 4]
        account = domain.apply(account, maker(f"c{number}", MONDAY + number), STAMPS).state
    assert len(account.buffer) == MAX_BUFFERED
    assert len(account.seen) == MAX_REMEMBERED
    assert len(account.contacts) == MAX_CONTACTS
    assert len(account.evidence) == MAX_EVIDENCE


@given(shifts())
@settings(max_examples=40, deadline=None)
def test_strain_stays_within_its_scale_and_states_within_their_size(events):
    memory = run(events, until=MONDAY + HOUR)
    account = memory.account
    assert -10 * POINT <= sum(account.acute) <= 100 * POINT
    assert all(signal.acute in range(101) and signal.chronic in range(101) for signal in memory.signals)
    assert len(account.rest.bins) <= 13
    assert len(msgspec.msgpack.encode(account)) < 20_000


def test_a_store_keeps_an_account_as_long_as_the_policy_says():
    assert WellbeingDomain(POLICY, "v1").ttl_s(Account("ana")) == 45 * 86_400


def test_two_agents_in_one_run_do_not_touch_each_other():
    alone = run(hard_morning(), until=MONDAY + DAY)
    theirs = [msgspec.structs.replace(event, agent_id="ben") for event in hard_morning(MONDAY + MINUTE)]
    theirs = [
        msgspec.structs.replace(
            event,
            conversation_id=f"ben-{event.conversation_id}",
            heard=msgspec.structs.replace(
                event.heard, participant_id="ben" if event.heard.role == "agent" else event.heard.participant_id
            ),
        )
        for event in theirs
    ]
    both = sorted([*hard_morning(), *theirs], key=lambda event: event.heard.spoken_at)
    memory = run(both, until=MONDAY + DAY)
    assert len(memory.signals) == 2 * len(alone.signals)
    assert {s.acute for s in memory.signals if s.agent_id == "ana"} == {s.acute for s in alone.signals}
    assert isinstance(memory, MemoryRun)
