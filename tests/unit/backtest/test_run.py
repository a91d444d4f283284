"""What a backtest publishes."""

import random
from collections import Counter

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from tests.unit.backtest.ear import SECOND, START, chat, hear, quarrel, turn
from warmline.backtest.run import Backtest
from warmline.backtest.scores import Scores
from warmline.contracts.agent_state import AgentState
from warmline.contracts.alert import EscalationAlert
from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.events import STRUCT_OF_TYPE
from warmline.contracts.feedback import AlertFeedback
from warmline.contracts.ids import edge_id, scored_id
from warmline.contracts.times import Times
from warmline.contracts.topics import TOPICS
from warmline.policy.load import load_policy
from warmline.recordings.order import arrival_order

POLICY = load_policy(None)


def published(events):
    backtest = Backtest(POLICY)
    return list(backtest.run(Scores(hear, POLICY.scoring).of(events))), backtest


def alerts(events) -> list[EscalationAlert]:
    return [emit.event for emit in published(events)[0] if isinstance(emit.event, EscalationAlert)]


def false_alarm(alert_id: str, at: int) -> AlertFeedback:
    return AlertFeedback(
        feedback_id="f1", alert_id=alert_id, conversation_id="c1", verdict="false_alarm", by="s1", at=at
    )  # fmt: skip


def as_bytes(emits) -> list[bytes]:
    return [msgspec.json.encode([emit.topic, emit.key, emit.type, emit.id, emit.event]) for emit in emits]


def test_every_event_stands_on_its_topic_and_is_right_by_its_contract():
    emits, _ = published(arrival_order(quarrel("c1") + chat("c2", 3)))
    types = {topic.name: topic.types for topic in TOPICS}
    assert {"conversation.scored", "conversation.window", "conversation.summary", "escalation.alert"} <= {
        emit.type for emit in emits
    }
    for emit in emits:
        assert emit.type in types[emit.topic]
        value = msgspec.json.encode(emit.event)
        assert msgspec.json.decode(value, type=STRUCT_OF_TYPE[emit.type]) == emit.event


def test_scores_and_edges_have_the_ids_that_scoring_gives_them():
    started = ConversationStarted(conversation_id="c1", at=START - SECOND)
    ended = ConversationEnded(conversation_id="c1", at=START + 100 * SECOND)
    emits, _ = published([started, *quarrel("c1"), ended])
    ids = [emit.id for emit in emits if emit.topic == "conversation.scores"]
    assert ids[0] == edge_id("conversation.started", "c1", started.at)
    assert ids[1] == scored_id("c1", "c1-0")
    assert ids[-1] == edge_id("conversation.ended", "c1", ended.at)


def test_a_quarrel_opens_an_alert_and_its_end_closes_it():
    told = alerts([*quarrel("c1"), ConversationEnded(conversation_id="c1", at=START + 100 * SECOND)])
    assert told[0].state == "opened"
    assert "ended" in [alert.reason for alert in told]


def test_what_is_due_after_the_last_line_fires_at_its_own_time():
    emits, _ = published(quarrel("c1"))
    told = [emit.event for emit in emits if isinstance(emit.event, EscalationAlert)]
    last = max(event.spoken_at for event in quarrel("c1"))
    closed = next(alert for alert in told if alert.state == "closed")
    assert closed.reason == "ended"  # windows ends the quiet conversation before the alert would expire
    assert last < closed.as_of <= closed.times.published < last + 86_400 * SECOND


def test_a_conversation_that_fell_silent_ends_before_a_later_one_makes_its_alert_expire():
    told = alerts(arrival_order(quarrel("c1") + chat("c2", from_s=50_000)))
    assert "expired" not in [alert.reason for alert in told if alert.rule != "call_back"]


def test_the_same_recording_twice_gives_the_same_bytes():
    events = arrival_order(quarrel("c1") + quarrel("c2", 7) + chat("c3", 11))
    assert as_bytes(published(events)[0]) == as_bytes(published(events)[0])


@given(st.randoms(use_true_random=False), st.lists(st.booleans(), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_the_order_of_conversations_in_the_file_changes_neither_ids_nor_content(shuffler: random.Random, kinds):
    talks = [(quarrel if kind else chat)(f"c{n}", from_s=n * 13.7, gap_s=11 + n * 0.3) for n, kind in enumerate(kinds)]
    shuffled = list(talks)
    shuffler.shuffle(shuffled)
    straight, mixed = (
        published(arrival_order([event for talk in order for event in talk]))[0] for order in (talks, shuffled)
    )
    assert Counter(as_bytes(straight)) == Counter(as_bytes(mixed))


def test_an_id_never_stands_for_two_contents():
    emits, _ = published(arrival_order(quarrel("c1") + quarrel("c2", 7) + chat("c3", 11)))
    assert len({emit.id for emit in emits}) == len(emits)


def test_a_turn_twice_is_counted_as_duplicate_and_changes_no_outcome():
    once = published(quarrel("c1"))[0]
    events = [again for event in quarrel("c1") for again in (event, event)]
    twice, backtest = published(events)
    assert backtest.skipped["windows"]["duplicate"] == len(quarrel("c1"))
    assert {emit.id for emit in twice} == {emit.id for emit in once}


def test_partial_turns_are_left_out_and_counted():
    scores = Scores(hear, POLICY.scoring)
    events = [turn("c1", 0, "customer", "fur", 0, final=False), turn("c1", 0, "customer", "furious", 1)]
    assert len(list(scores.of(events))) == 1
    assert (scores.turns, scores.partials) == (1, 1)


def test_scores_come_out_in_the_order_of_the_turns_however_many():
    events = [turn("c1", number, "agent", "hello", number) for number in range(1000)]
    assert [score.turn_id for score in Scores(hear, POLICY.scoring).of(events)] == [e.turn_id for e in events]


def test_feedback_in_the_recording_reaches_its_alert():
    opened = alerts(quarrel("c1"))[0]
    said = false_alarm(opened.alert_id, opened.opened_at + 1)
    told = alerts(arrival_order([*quarrel("c1"), said]))
    assert "false_alarm" in [alert.reason for alert in told]


def test_feedback_that_stands_before_its_alert_in_the_recording_is_heard_at_its_own_time():
    opened = alerts(quarrel("c1"))[0]
    said = false_alarm(opened.alert_id, opened.opened_at + 1)
    early, in_place = alerts([said, *quarrel("c1")]), alerts(arrival_order([*quarrel("c1"), said]))
    assert "false_alarm" in [alert.reason for alert in early]
    assert [msgspec.structs.replace(alert, times=Times(spoken=0)) for alert in early] == [
        msgspec.structs.replace(alert, times=Times(spoken=0)) for alert in in_place
    ]


def test_feedback_on_an_alert_that_never_comes_changes_nothing():
    said = false_alarm("a", START)
    assert alerts([said, *quarrel("c1")]) == alerts(quarrel("c1"))


def test_agent_states_reach_wellbeing():
    state = AgentState(agent_id="agent-1", state="available", at=START)
    emits, backtest = published([state, *quarrel("c1")])
    assert sum(backtest.skipped["wellbeing"].values()) == 0
    assert emits


@pytest.mark.parametrize("gap_s", [10, 120, 3000])
def test_processing_times_are_never_before_the_event_time(gap_s):
    for emit in published(quarrel("c1", gap_s=gap_s))[0]:
        times = getattr(emit.event, "times", None)
        if times:
            assert times.published >= times.spoken
