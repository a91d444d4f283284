"""Where recorded events go, and what is counted."""

import msgspec
import pytest
from confluent_kafka import KafkaError, KafkaException

from tests.unit.recordings.test_order import turn
from warmline.contracts.agent_state import AgentState
from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.events import STRUCT_OF_TYPE
from warmline.contracts.feedback import AlertFeedback
from warmline.contracts.ids import edge_id
from warmline.contracts.score import ScoredTurn
from warmline.contracts.survey import SurveyResponse
from warmline.contracts.topics import TOPICS
from warmline.recordings.publish import InputPublisher, address
from warmline.recordings.recorded import UnreadableError

EVENTS = [
    turn("c", 1, 1000),
    ConversationStarted(conversation_id="c", at=900),
    ConversationEnded(conversation_id="c", at=2000),
    AgentState(agent_id="a", state="break", at=3000),
    AlertFeedback(feedback_id="f", alert_id="x", conversation_id="c", verdict="confirmed", by="s", at=4000),
    SurveyResponse(conversation_id="c", at=5000, csat=5),
]


class FakeProducer:
    """A client that holds `room` records until it is polled, and refuses values that hold `poison`."""

    def __init__(self, room: int = 2) -> None:
        self.room, self.waiting, self.produced, self.stuck = room, [], [], False

    def produce(self, topic, *, value, key, headers, on_delivery):
        if b"huge" in value:
            raise KafkaException(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE))
        if len(self.waiting) >= self.room:
            raise BufferError
        self.produced.append((topic, key, dict(headers), value))
        self.waiting.append((KafkaError(KafkaError._MSG_TIMED_OUT) if b"poison" in value else None, on_delivery))

    def poll(self, _seconds):
        waiting, self.waiting = self.waiting, []
        for error, on_delivery in waiting:
            on_delivery(error, None)

    def flush(self, seconds):
        if not self.stuck:
            self.poll(seconds)
        return len(self.waiting)


def test_each_event_goes_to_a_topic_that_carries_its_type_under_that_topics_key():
    topics = {topic.name: topic for topic in TOPICS}
    for event in EVENTS:
        to = address(event)
        assert to.type in topics[to.topic].types
        assert isinstance(event, STRUCT_OF_TYPE[to.type])
        assert to.key == getattr(event, topics[to.topic].key)


def test_ids_are_the_same_each_time_and_differ_between_events():
    assert [address(event) for event in EVENTS] == [address(event) for event in EVENTS]
    assert len({address(event).id for event in EVENTS}) == len(EVENTS)
    assert address(EVENTS[1]).id == edge_id("conversation.started", "c", 900)
    assert address(turn("c", 1, 1000)).id == address(turn("c", 1, 7777)).id


def test_a_score_is_no_input():
    score = ScoredTurn(
        conversation_id="c", turn_id="t", role="agent", participant_id="a", spoken_at=1, valence=0.0,
        sentiment="neutral", distress=0.0, language="en", model="m",
    )  # fmt: skip
    with pytest.raises(UnreadableError, match="ScoredTurn is no input event"):
        address(score)


def test_records_are_cloud_events_and_a_full_queue_is_waited_for():
    producer = FakeProducer()
    publisher = InputPublisher(producer, "here.")
    for event in EVENTS:
        publisher.send(event)
    assert publisher.flush()
    assert (publisher.sent, publisher.acknowledged, publisher.failed) == (6, 6, 0)
    topic, key, headers, value = producer.produced[0]
    assert (topic, key) == ("here.conversation.events", b"c")
    assert headers["ce_type"] == b"conversation.turn"
    assert headers["ce_time"] == b"1970-01-01T00:00:01.000Z"
    assert headers["ce_source"] == b"warmline/replay"
    assert msgspec.json.decode(value, type=STRUCT_OF_TYPE["conversation.turn"]) == EVENTS[0]


def test_what_fails_is_counted_with_the_first_reason():
    publisher = InputPublisher(FakeProducer(), "")
    for conversation in ("poison", "fine", "huge"):
        publisher.send(turn(conversation, 1, 1000))
    assert publisher.flush()
    assert (publisher.sent, publisher.acknowledged, publisher.failed) == (3, 1, 2)
    assert publisher.first_failure


def test_waiting_for_acknowledgements_has_an_end():
    producer = FakeProducer()
    publisher = InputPublisher(producer, "")
    publisher.send(EVENTS[0])
    producer.stuck = True
    assert not publisher.flush(within_s=0.3)
