"""The samples as the demo tells them."""

import pytest

from warmline.contracts.agent_state import AgentState
from warmline.contracts.conversation import ConversationEnded
from warmline.contracts.dates import time_of
from warmline.local.demo_story import TELLING_S, conversation_of, load_story

NOW = 1_800_000_000_000
LATENESS_S = 120


@pytest.fixture(scope="module")
def story():
    return load_story(None)


def test_every_conversation_of_the_samples_is_told_to_its_end(story):
    ended = {event.conversation_id for event in story.events if isinstance(event, ConversationEnded)}
    assert ended == story.conversations
    assert len(story.conversations) >= 30


def test_a_limit_tells_so_many_conversations_and_their_agents_alone():
    story = load_story(3)
    assert len(story.conversations) == 3
    assert {name for event in story.events if (name := conversation_of(event))} == story.conversations
    assert {event.agent_id for event in story.events if isinstance(event, AgentState)} <= story.agents


def test_the_chosen_speed_tells_the_story_in_a_good_minute(story):
    times = [time_of(event) for event in story.events]
    assert (max(times) - min(times)) / 1000 / story.speed == pytest.approx(TELLING_S)


@pytest.mark.parametrize("speed", [1.0, 30.0, 1000.0])
def test_no_event_is_told_before_its_time_and_the_end_of_the_shift_is_not_ahead_of_the_clock(story, speed):
    dated = story.dated(NOW, speed, LATENESS_S)
    first = time_of(dated.events[0])
    for event in dated.events:
        told_at = NOW + (time_of(event) - first) / speed
        assert time_of(event) <= told_at
    ends = NOW + (max(map(time_of, dated.events)) - first) / speed
    assert all(event.at <= ends for event in dated.shift_end(LATENESS_S))


def test_the_shift_ends_for_every_agent_once_nothing_on_time_can_come(story):
    dated = story.dated(NOW, 30.0, LATENESS_S)
    newest = max(map(time_of, dated.events))
    shift_end = dated.shift_end(LATENESS_S)
    assert {event.agent_id for event in shift_end} == story.agents
    assert all(event.at - newest > LATENESS_S * 1000 for event in shift_end)


def test_labels_have_the_times_of_the_telling(story):
    dated = story.dated(NOW, 30.0, LATENESS_S)
    gold = dated.gold()
    assert gold.keys() == story.conversations
    told = {time_of(event) for event in dated.events}
    assert all(at in told for label in gold.values() for at in label.spoken_at)
