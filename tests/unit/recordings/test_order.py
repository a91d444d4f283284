"""Arrival order, and laying conversations out over time."""

from collections import Counter

from hypothesis import given, strategies as st

from warmline.contracts.agent_state import AgentState
from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.dates import time_of
from warmline.contracts.survey import SurveyResponse
from warmline.contracts.turn import Turn
from warmline.recordings.order import arrival_order
from warmline.recordings.spread import spread


def turn(conversation: str, number: int, at: int) -> Turn:
    return Turn(
        conversation_id=conversation, turn_id=str(number), role="agent", participant_id="a", text="", spoken_at=at
    )


TIMES = st.integers(0, 200)
EVENTS = st.lists(
    st.one_of(
        st.builds(turn, st.sampled_from("abc"), st.integers(0, 99), TIMES),
        st.builds(ConversationEnded, conversation_id=st.sampled_from("abc"), at=TIMES),
        st.builds(AgentState, agent_id=st.just("a"), state=st.just("break"), at=TIMES),
    ),
    max_size=30,
)


def of(events, conversation: str) -> list:
    return [event for event in events if getattr(event, "conversation_id", None) == conversation]


@given(EVENTS)
def test_each_conversation_keeps_its_own_order_and_nothing_is_lost(events):
    ordered = arrival_order(events)
    assert Counter(map(id, ordered)) == Counter(map(id, events))
    assert all(of(ordered, conversation) == of(events, conversation) for conversation in "abc")


@given(EVENTS)
def test_ordering_what_is_ordered_changes_nothing(events):
    ordered = arrival_order(events)
    assert arrival_order(ordered) == ordered


@given(EVENTS)
def test_where_conversations_run_forward_everything_is_in_order_of_time(events):
    events = sorted(events, key=lambda event: (getattr(event, "conversation_id", ""), time_of(event)))
    times = [time_of(event) for event in arrival_order(events)]
    assert times == sorted(times)


def test_a_turn_dated_back_still_arrives_after_the_one_before_it_and_holds_nobody_else_up():
    events = [turn("a", 0, 100), turn("a", 1, 10), turn("b", 0, 50)]
    assert arrival_order(events) == [events[2], events[0], events[1]]


TALKS = st.lists(st.lists(st.integers(0, 5000), min_size=1, max_size=5).map(sorted), min_size=1, max_size=12)


@given(TALKS, st.integers(1, 4), st.integers(0, 3))
def test_spread_conversations_are_never_more_at_once_than_asked_for(talks, concurrency, seed):
    events = [turn(str(number), i, at) for number, talk in enumerate(talks) for i, at in enumerate(talk)]
    laid = spread(events, concurrency, seed)
    assert spread(events, concurrency, seed) == laid
    spans = []
    for number, talk in enumerate(talks):
        times = [event.spoken_at for event in of(laid, str(number))]
        assert [at - times[0] for at in times] == [at - talk[0] for at in talk]
        spans.append((times[0], times[-1]))
    assert min(start for start, _ in spans) == min(talk[0] for talk in talks)
    for moment, _ in spans:
        assert sum(start <= moment <= end for start, end in spans) <= concurrency


def test_spreading_fills_the_lanes():
    events = [turn(str(number), i, at) for number in range(40) for i, at in enumerate((0, 600_000))]
    laid = spread(events, 8, seed=1)
    starts = sorted(event.spoken_at for event in laid if event.turn_id == "0")
    assert max(starts) < 5 * 600_000 + 40 * 20_000 / 8
    assert starts[7] < 20_000 < starts[8]


def test_a_survey_goes_with_its_conversation_and_agent_states_stay():
    start = ConversationStarted(conversation_id="c0", at=0)
    other = [ConversationStarted(conversation_id="c1", at=0), ConversationEnded(conversation_id="c1", at=900)]
    survey = [SurveyResponse(conversation_id=f"c{number}", at=5000, csat=4) for number in range(2)]
    state = AgentState(agent_id="a", state="break", at=77)
    laid = spread([start, *other, *survey, state], 1)
    starts = {event.conversation_id: event.at for event in laid if isinstance(event, ConversationStarted)}
    answered = {event.conversation_id: event.at for event in laid if isinstance(event, SurveyResponse)}
    assert {talk: at - starts[talk] for talk, at in answered.items()} == {"c0": 5000, "c1": 5000}
    assert starts["c0"] != starts["c1"]
    assert laid[-1] == state
    assert spread([state], 3) == [state]
