"""Publish a batch's outcomes and dead letters, and come back only when the broker has acknowledged every one.

A record can be too large for its dead letter; to send that again and again would block its partition for good. So a
letter that is refused for its size goes without its value. Whatever else is refused holds the batch.

Crash between any two lines: the offsets are committed only after this comes back, so the batch is read again, and its
outcomes are sent again with the same ids, its letters with the same places.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer, TopicPartition

from warmline.bus.dead_letters import DeadLetter
from warmline.bus.envelope import headers_of
from warmline.bus.faults import is_fatal
from warmline.bus.record import TransientError
from warmline.contracts.topics import dead_letter_topic
from warmline.store.outbox import Outcome
from warmline.telemetry.traces import ContextOf, Traces

log = logging.getLogger(__name__)

POLL_S = 0.1  # how long one wait for acknowledgements takes before the caller may look at its deadline
FLUSH_S = 70.0  # longer than message.timeout.ms: by then every record is acknowledged or has failed
TOO_LARGE = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG_SIZE, KafkaError.RECORD_LIST_TOO_LARGE})
"""Kafka's codes for a record that is refused for its size: sending it again as it is is no use."""


Heard = Callable[[KafkaError | None, Message], None]
"""Told what became of a record."""

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
        self._refused: list[DeadLetter] = []  # for their size, of the batch that is being tried
        self._too_large: int | None = None  # and the size of the smallest that was so while it was alone

    @property
    def unsure(self) -> bool:
        """Whether a commit was begun and has no answer yet: the batch has to stay as it is."""
        return False

    def while_waiting(self, beat: Callable[[], None]) -> None:
        """Call this while waiting, in place of what was given. It may raise, and ends the wait: see `publish`."""
        self._beat = beat

    def publish(self, outcomes: Sequence[Outcome], letters: Sequence[DeadLetter], _offsets: OffsetsNow) -> None:
        """Send and await all acknowledgements. May be called again with the same outcomes: their ids are the same.

        Raises:
            TransientError: Not everything was acknowledged.
        """
        self._refused, self._too_large = [], None
        with self._traces.sending(outcomes) as context_of:
            self._send_all(outcomes, letters, context_of)
            self._await_all()
            if self._refused:  # all else of the batch is acknowledged, and is not sent again
                self._send_each_alone(self._refused[:])

    def _send_all(self, outcomes: Sequence[Outcome], letters: Sequence[DeadLetter], context_of: ContextOf) -> None:
        """Hand all to the producer.

        Letters of this batch that are known to be refused were so in a transaction, which their refusal aborted: there
        it can only be learnt from one attempt what the next has to leave out.
        """
        self._failure = None
        of_this_batch = {id(letter) for letter in letters}
        self._refused = [letter for letter in self._refused if id(letter) in of_this_batch]
        for outcome in outcomes:
            headers = headers_of(outcome.type, outcome.id, outcome.time_ms, self._source, outcome.key)
            headers += context_of(outcome)
            self._send(outcome.topic, outcome.key.encode("utf-8", "surrogatepass"), outcome.value, headers)
        if self._refused:
            self._send_each_alone(letters)
        else:
            self._too_large = None
            for letter in letters:
                self._send_whole(letter)

    def _send_each_alone(self, letters: Sequence[DeadLetter]) -> None:
        """Send letters of which some were refused for their size: alone, as what shares a request is refused together.

        The smallest go first: in a transaction the first refusal is the last thing that is learnt, and then it is known
        of all that are larger. The transactions between may fail for other reasons (librdkafka misses the sequence
        numbers of what was refused), so what was learnt is kept for as long as the batch is tried.
        """
        too_large = self._too_large
        for letter in sorted(letters, key=lambda each: each.size):
            if too_large is None or letter.size < too_large:
                if self._takes(self._send_whole, letter):
                    continue
                self._too_large = letter.size
            # After a refusal a transaction takes this no longer: it is aborted, and the next one knows.
            if not self._takes(self._send_without_value, letter):
                raise TransientError("the broker refuses a dead letter for its size, though it has no value")

    def _takes(self, send: Callable[[DeadLetter], None], letter: DeadLetter) -> bool:
        """Send a letter, await its acknowledgement, and return whether it was not refused for its size."""
        refused = len(self._refused)
        send(letter)
        self._await_all()
        return len(self._refused) == refused

    def _send_whole(self, letter: DeadLetter) -> None:
        headers = letter.headers(self._prefix + self._service)
        try:
            self._produce_letter(letter, letter.record.key, letter.record.value, headers)
        except KafkaException as error:
            if error.args[0].code() not in TOO_LARGE:
                raise _cannot_produce(error) from error
            self._send_without_value(letter)  # the client itself refuses it: no other request will do

    def _send_without_value(self, letter: DeadLetter) -> None:
        key, headers = letter.without_value(self._prefix + self._service)
        try:
            self._produce_letter(letter, key, None, headers)
        except KafkaException as error:
            raise _cannot_produce(error) from error
        log_left_out(letter)

    def _produce_letter(self, letter: DeadLetter, key: bytes | None, value: bytes | None, headers: Any) -> None:
        topic, heard = dead_letter_topic(self._service), partial(self._letter_delivered, letter)
        self._produce(topic, key, value, headers, heard)

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
        try:
            self._produce(topic, key, value, headers, self._delivered)
        except KafkaException as error:
            raise _cannot_produce(error) from error

    def _produce(self, topic: str, key: bytes | None, value: bytes | None, headers: Any, heard: Heard) -> None:
        while True:
            try:
                self._producer.produce(self._prefix + topic, value=value, key=key, headers=headers, on_delivery=heard)
            except BufferError:  # the producer's queue is full: let it send
                self._beat()
                self._producer.poll(POLL_S)
            else:
                return

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failure = error

    def _letter_delivered(self, letter: DeadLetter, error: KafkaError | None, message: Message) -> None:
        if error is not None and error.code() in TOO_LARGE:
            self._refused.append(letter)
        else:
            self._delivered(error, message)


def _cannot_produce(error: KafkaException) -> TransientError:
    """Return the passing fault that an error is.

    Raises:
        KafkaException: It does not pass: with this producer nothing will ever be sent.
    """
    if is_fatal(error.args[0]):
        raise error
    return TransientError(f"cannot produce: {error}")


def log_left_out(letter: DeadLetter) -> None:
    """Tell that a letter goes without its value."""
    record = letter.record
    where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
    log.warning("too large for its dead letter, which goes without the value", extra={"bytes": letter.size, **where})
