"""`delivery: transactional`: outcomes, dead letters and offsets of a batch in one Kafka transaction.

Consumers that read committed then see each outcome once. Redis is outside the transaction: its outbox is what keeps the
states right, with or without this; the transaction only spares readers the repeats, which carry the same ids anyway.
"""

from collections.abc import Callable, Sequence

from confluent_kafka import Consumer, KafkaException, Producer

from warmline.bus.config import Config
from warmline.bus.dead_letters import DeadLetter
from warmline.bus.publisher import OffsetsNow, Publisher
from warmline.bus.record import TransientError
from warmline.store.outbox import Outcome
from warmline.telemetry.traces import Traces

TRANSACTION_TIMEOUT_MS = 60_000  # the broker aborts what a crashed instance left open; readers wait for it that long
MESSAGE_TIMEOUT_MS = 45_000  # below it, as the protocol demands
CALL_TIMEOUT_S = 30.0


def transactional(config: Config, transactional_id: str) -> Config:
    """Return a producer's settings with transactions on. The id must be this instance's alone."""
    own = {
        "transactional.id": transactional_id,
        "transaction.timeout.ms": TRANSACTION_TIMEOUT_MS,
        "message.timeout.ms": MESSAGE_TIMEOUT_MS,
    }
    return {**config, **own}


class TransactionalPublisher(Publisher):
    """Publishes and commits as one. An error aborts, and the whole batch is tried again in a new transaction.

    Args:
        producer: Producer with a transactional id.
        consumer: Whose group the offsets are for: a member that lost its partitions is refused by the broker.
        service: As in Publisher.
        prefix: As in Publisher.
        beat: As in Publisher.
        traces: As in Publisher.
    """

    commits = True

    def __init__(
        self,
        producer: Producer,
        consumer: Consumer,
        service: str,
        prefix: str,
        beat: Callable[[], None],
        traces: Traces | None = None,
    ) -> None:
        super().__init__(producer, service, prefix, beat, traces)
        self._consumer = consumer
        self._ready = False

    def publish(self, outcomes: Sequence[Outcome], letters: Sequence[DeadLetter], offsets: OffsetsNow) -> None:
        """Publish and commit all of it, or nothing.

        Raises:
            TransientError: Aborted; call again.
            KafkaException: This producer is fenced or broken for good.
        """
        try:
            if not self._ready:
                self._producer.init_transactions(CALL_TIMEOUT_S)
                self._ready = True
            with self._traces.sending(outcomes) as context_of:
                self._producer.begin_transaction()
                self._send_all(outcomes, letters, context_of)
                places = offsets()
                if places:
                    metadata = self._consumer.consumer_group_metadata()
                    self._producer.send_offsets_to_transaction(places, metadata, CALL_TIMEOUT_S)
                self._producer.commit_transaction(CALL_TIMEOUT_S)
        except (KafkaException, TransientError) as error:
            self._abort(error)
            raise TransientError(f"the transaction was aborted: {error}") from error

    def _abort(self, cause: Exception) -> None:
        if isinstance(cause, KafkaException) and cause.args[0].fatal():
            raise cause
        if not self._ready:
            return
        try:
            self._producer.abort_transaction(CALL_TIMEOUT_S)
        except KafkaException as error:
            if error.args[0].fatal():
                raise
            raise TransientError(f"the transaction could not be aborted: {error}") from error
