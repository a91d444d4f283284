"""Publish a batch's outcomes and dead letters, and come back only when the broker has acknowledged every one."""

from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer, TopicPartition

from warmline.bus.dead_letters import DeadLetter
from warmline.bus.envelope import headers_of
from warmline.bus.record import TransientError
from warmline.contracts.topics import dead_letter_topic
from warmline.store.outbox import Outcome
from warmline.telemetry.traces import ContextOf, Traces

POLL_S = 0.1  # how long one wait for acknowledgements takes before the caller may look at its deadline
FLUSH_S = 70.0  # longer than message.timeout.ms: by then every record is acknowledged or has failed


OffsetsNow = Callable[[], list[TopicPartition]]
"""Returns the offsets to commit, of the partitions owned at that moment."""


class Publisher:
    """Writes outcomes as CloudEvents and waits for their acknowledgement.

    Attributes:
        commits: Whether publishing commits the offsets too; else that is the next step of the loop.

    Args:
        producer: Idempotent producer, murmur2 partitioner.
        service: Name of the service, for ce_source and the dead-letter topic.
        prefix: Setting `topic_prefix`.
        beat: Called while waiting, so that the loop is seen to be alive.
        traces: Says which context each outcome's record carries.
    """

    commits = False

    def __init__(
        self, producer: Producer, service: str, prefix: str, beat: Callable[[], None], traces: Traces | None = None
    ) -> None:
        self._producer = producer
        self._traces = traces or Traces()
        self._service = service
        self._source = f"warmline/{service}"
        self._prefix = prefix
        self._beat = beat
        self._failure: KafkaError | None = None

    def publish(self, outcomes: Sequence[Outcome], letters: Sequence[DeadLetter], _offsets: OffsetsNow) -> None:
        """Send and await all acknowledgements. May be called again with the same outcomes: their ids are the same.

        Raises:
            TransientError: Not everything was acknowledged.
        """
        with self._traces.sending(outcomes) as context_of:
            self._send_all(outcomes, letters, context_of)
            self._await_all()

    def _send_all(self, outcomes: Sequence[Outcome], letters: Sequence[DeadLetter], context_of: ContextOf) -> None:
        self._failure = None
        for outcome in outcomes:
            headers = headers_of(outcome.type, outcome.id, outcome.time_ms, self._source, outcome.key)
            headers += context_of(outcome)
            self._send(outcome.topic, outcome.key.encode("utf-8", "surrogatepass"), outcome.value, headers)
        for letter in letters:
            record = letter.record
            headers = letter.headers(self._prefix + self._service)
            self._send(dead_letter_topic(self._service), record.key, record.value, headers)

    def _await_all(self) -> None:
        waited = 0.0
        while self._producer.flush(POLL_S) > 0:
            self._beat()
            waited += POLL_S
            if waited > FLUSH_S:
                raise TransientError("the broker has not acknowledged every record")
        if self._failure is not None:
            raise TransientError(f"the broker refused a record: {self._failure}")

    def _send(self, topic: str, key: bytes | None, value: bytes | None, headers: Any) -> None:
        while True:
            try:
                self._producer.produce(
                    self._prefix + topic, value=value, key=key, headers=headers, on_delivery=self._delivered
                )
            except BufferError:  # the producer's queue is full: let it send
                self._beat()
                self._producer.poll(POLL_S)
            except KafkaException as error:
                raise TransientError(f"cannot produce: {error}") from error
            else:
                return

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failure = error
