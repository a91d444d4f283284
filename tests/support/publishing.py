"""Publishes events to topics as the services would, headers and all."""

from collections.abc import Sequence

import msgspec
from confluent_kafka import KafkaError, Message, Producer
from msgspec import Struct

from warmline.bus.envelope import headers_of
from warmline.contracts.agent_state import AgentState
from warmline.contracts.assist import AssistFeedback
from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.events import (
    AGENT_ASSIST_FEEDBACK,
    AGENT_STATE,
    CONVERSATION_ENDED,
    CONVERSATION_SCORED,
    CONVERSATION_STARTED,
    CONVERSATION_TURN,
    ESCALATION_FEEDBACK,
)
from warmline.contracts.feedback import AlertFeedback
from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn

TYPES: dict[type[Struct], str] = {
    Turn: CONVERSATION_TURN,
    ScoredTurn: CONVERSATION_SCORED,
    ConversationStarted: CONVERSATION_STARTED,
    ConversationEnded: CONVERSATION_ENDED,
    AlertFeedback: ESCALATION_FEEDBACK,
    AssistFeedback: AGENT_ASSIST_FEEDBACK,
    AgentState: AGENT_STATE,
}


class EventProducer:
    """Sends events in order; `flush` awaits every acknowledgement and fails where one is missing."""

    def __init__(self, bootstrap: str) -> None:
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "partitioner": "murmur2_random",
                "enable.idempotence": True,
                "linger.ms": 5,
                "compression.type": "lz4",
            }
        )
        self._failures: list[KafkaError] = []

    def send(self, topic: str, events: Sequence[Struct]) -> None:
        """Queue events; the key is the conversation, or the agent of an agent state."""
        for event in events:
            key = event.agent_id if isinstance(event, AgentState) else event.conversation_id  # type: ignore[attr-defined]
            headers = headers_of(TYPES[type(event)], "test", 0, "test", key)
            while True:
                try:
                    self._producer.produce(
                        topic, msgspec.json.encode(event), key.encode(), headers=headers, on_delivery=self._delivered
                    )
                except BufferError:
                    self._producer.poll(0.05)
                else:
                    break
            self._producer.poll(0)

    def flush(self) -> None:
        """Await every acknowledgement."""
        assert self._producer.flush(60) == 0
        assert not self._failures

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failures.append(error)
