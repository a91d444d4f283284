"""Publish recorded events as the outside world would: each on its topic, as a CloudEvent, keyed as the topic says."""

from typing import Any, NamedTuple

import msgspec
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from warmline.bus.envelope import headers_of
from warmline.contracts import events, topics
from warmline.contracts.agent_state import AgentState
from warmline.contracts.assist import AssistFeedback
from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.dates import time_of
from warmline.contracts.feedback import AlertFeedback
from warmline.contracts.ids import deterministic_id, edge_id
from warmline.contracts.survey import SurveyResponse
from warmline.contracts.turn import Turn
from warmline.recordings.recorded import Recorded, UnreadableError

SOURCE = "warmline/replay"
POLL_S = 0.1
FLUSH_S = 70.0  # longer than message.timeout.ms: by then every record is acknowledged or has failed

FEEDBACKS: dict[type, tuple[str, str]] = {
    AlertFeedback: (topics.ESCALATION_FEEDBACK, events.ESCALATION_FEEDBACK),
    AssistFeedback: (topics.AGENT_ASSIST_FEEDBACK, events.AGENT_ASSIST_FEEDBACK),
}
"""What people say about an output, by its struct: the topic and the type."""


class Addressed(NamedTuple):
    """Where an event goes and what it is called."""

    topic: str
    type: str
    id: str
    key: str


def address(event: Recorded) -> Addressed:
    """Return an event's topic, type, id and key.

    A turn's id is the same in every replay; those of starts, ends, states and surveys depend on their time too.

    Raises:
        UnreadableError: It is a score, which a service publishes, and nobody else.
    """
    match event:
        case Turn(conversation_id=key, turn_id=turn):
            name = events.CONVERSATION_TURN
            return Addressed(topics.CONVERSATION_EVENTS, name, deterministic_id(name, key, turn), key)
        case ConversationStarted(conversation_id=key, at=at):
            name = events.CONVERSATION_STARTED
            return Addressed(topics.CONVERSATION_EVENTS, name, edge_id(name, key, at), key)
        case ConversationEnded(conversation_id=key, at=at):
            name = events.CONVERSATION_ENDED
            return Addressed(topics.CONVERSATION_EVENTS, name, edge_id(name, key, at), key)
        case AgentState(agent_id=key, at=at, state=state):
            name = events.AGENT_STATE
            return Addressed(topics.AGENT_STATES, name, deterministic_id(name, key, at, state), key)
        case (
            AlertFeedback(conversation_id=key, feedback_id=said) | AssistFeedback(conversation_id=key, feedback_id=said)
        ):
            topic, name = FEEDBACKS[type(event)]
            return Addressed(topic, name, deterministic_id(name, said), key)
        case SurveyResponse(conversation_id=key, at=at):
            name = events.SURVEY_RESPONSE
            return Addressed(topics.SURVEY_RESPONSES, name, deterministic_id(name, key, at), key)
        case _:
            raise UnreadableError(f"{type(event).__name__} is no input event: only scoring publishes it")


class InputPublisher:
    """Sends events and counts what became of them.

    Attributes:
        sent: Handed to the client.
        acknowledged: Confirmed by the broker.
        failed: Refused by the client or the broker.
        first_failure: Why the first of them failed.

    Args:
        producer: Idempotent producer, murmur2 partitioner.
        prefix: Setting `topic_prefix`.
    """

    def __init__(self, producer: Producer, prefix: str) -> None:
        self._producer = producer
        self._prefix = prefix
        self.sent = 0
        self.acknowledged = 0
        self.failed = 0
        self.first_failure: str | None = None

    def send(self, event: Recorded) -> None:
        """Hand one event to the client; waits only while the client's queue is full."""
        to = address(event)
        headers: Any = headers_of(to.type, to.id, time_of(event), SOURCE, to.key)
        value, key = msgspec.json.encode(event), to.key.encode("utf-8", "surrogatepass")
        self.sent += 1
        while True:
            try:
                self._producer.produce(
                    self._prefix + to.topic, value=value, key=key, headers=headers, on_delivery=self._delivered
                )
            except BufferError:
                self.wait(POLL_S)
            except KafkaException as error:
                self._fail(str(error))
                return
            else:
                return

    def wait(self, seconds: float) -> None:
        """Take acknowledgements for up to so long."""
        self._producer.poll(seconds)

    def flush(self, *, within_s: float = FLUSH_S) -> bool:
        """Wait for what is under way; False where something still is after so long."""
        waited = 0.0
        while self._producer.flush(POLL_S) > 0:
            waited += POLL_S
            if waited >= within_s:
                return False
        return True

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is None:
            self.acknowledged += 1
        else:
            self._fail(error.str())

    def _fail(self, why: str) -> None:
        self.failed += 1
        self.first_failure = self.first_failure or why
