"""The samples that come with the package."""

from warmline.contracts.agent_state import AgentState
from warmline.contracts.turn import Turn
from warmline.recordings import samples
from warmline.recordings.gold import read_gold
from warmline.recordings.read import read_recording
from warmline.recordings.select_samples import KINDS


def test_the_samples_are_read_without_a_bad_line_and_all_are_labelled():
    turns = [event for event in read_recording(samples.CONVERSATIONS, strict=True) if isinstance(event, Turn)]
    gold = read_gold(samples.CONVERSATIONS)
    assert len(gold) == 40
    assert {turn.conversation_id for turn in turns} == gold.keys()
    assert 600 <= len(turns) <= 700


def test_there_are_enough_of_every_kind():
    gold = read_gold(samples.CONVERSATIONS).values()
    for kind, wanted, is_kind in KINDS:
        assert sum(map(is_kind, gold)) >= wanted, kind


def test_the_agents_with_states_are_those_of_the_conversations_and_several_have_more_than_one():
    events = list(read_recording(samples.FOLDER, strict=True))
    held = {}
    for event in events:
        if isinstance(event, Turn) and event.role == "agent":
            held.setdefault(event.participant_id, set()).add(event.conversation_id)
    assert {event.agent_id for event in events if isinstance(event, AgentState)} == held.keys()
    assert sum(len(talks) > 1 for talks in held.values()) >= 8
