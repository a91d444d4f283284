"""`delivery: transactional`: outcomes, dead letters and offsets of a batch in one Kafka transaction.

Consumers that read committed then see each outcome once. Redis is outside the transaction: its outbox is what keeps the
states right, with or without this; the transaction only spares readers the repeats, which carry the same ids anyway.

A commit whose answer does not come in time may have happened or not, and librdkafka lets nothing else be called until
it is asked again and tells. The batch is held meanwhile, and then either is committed as it stands, and not published a
second time, or is aborted and published in a new transaction. What a crash leaves behind:

    before the commit    the broker aborts what is open; the offsets are as before, and the records come again
    while it is unsure   the broker has either all of it, outcomes and offsets, or nothing, as before; a new owner of
                         the partitions is told no offsets until this is settled
    after it             outcomes and offsets are there; the outbox's own rules do the rest (`store/processor.py`)
"""

from collections.abc import Callable, Sequence

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from warmline.bus.config import Config
from warmline.bus.dead_letters import DeadLetter
from warmline.bus.faults import is_fatal
from warmline.bus.publisher import OffsetsNow, Publisher
from warmline.bus.record import TransientError
from warmline.store.outbox import Outcome
from warmline.telemetry.traces import Traces

TRANSACTION_TIMEOUT_MS = 60_000  # the broker aborts what a crashed instance left open; readers wait for it that long
MESSAGE_TIMEOUT_MS = 45_000  # below it, as the protocol demands
CALL_TIMEOUT_S = 5.0
"""The longest that one call may take, seconds: nobody looks at a stop's deadline meanwhile.

What takes longer is no failure: making ready, committing and aborting go on where they were at the next attempt."""


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

    @property
    def unsure(self) -> bool:
        """Whether a commit was begun and has no answer yet."""
        return self._unsure is not None

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
        self._unsure: Sequence[Outcome] | None = None  # whose commit was begun and has no answer yet

    def publish(self, outcomes: Sequence[Outcome], letters: Sequence[DeadLetter], offsets: OffsetsNow) -> None:
        """Publish and commit all of it, or nothing.

        Raises:
            TransientError: It is aborted, or not known to be committed; call again with the same batch.
            KafkaException: This producer is fenced or broken for good.
        """
        try:
            if not self._ready:
                self._producer.init_transactions(CALL_TIMEOUT_S)
                self._ready = True
            if self._unsure is not None:
                settled = self._unsure
                self._commit(settled)
                if settled is outcomes:  # the very batch: what it holds is published by now
                    return
            with self._traces.sending(outcomes) as context_of:
                self._producer.begin_transaction()
                self._send_all(outcomes, letters, context_of)
                self._add_offsets(offsets())
                self._beat()
                self._commit(outcomes)
        except (KafkaException, TransientError) as error:
            if self._unsure is not None:  # aborting is what librdkafka does not allow now, and may undo nothing
                raise
            self._abort(error)
            raise TransientError(f"the transaction was aborted: {error}") from error

    def _add_offsets(self, places: list[TopicPartition]) -> None:
        self._beat()
        if places:
            metadata = self._consumer.consumer_group_metadata()
            self._producer.send_offsets_to_transaction(places, metadata, CALL_TIMEOUT_S)

    def _commit(self, outcomes: Sequence[Outcome]) -> None:
        """Commit, or go on with a commit that was begun.

        Raises:
            TransientError: There is no answer yet.
            KafkaException: It is not committed, and never will be; or this producer is broken for good.
        """
        self._unsure = outcomes
        try:
            self._producer.commit_transaction(CALL_TIMEOUT_S)
        except KafkaException as error:
            reason = error.args[0]
            if reason.retriable() and not reason.txn_requires_abort() and not is_fatal(reason):
                raise TransientError(f"the commit has no answer yet: {error}") from error
            self._unsure = None
            raise
        self._unsure = None

    def _abort(self, cause: Exception) -> None:
        if isinstance(cause, KafkaException) and is_fatal(cause.args[0]):
            raise cause
        if not self._ready:
            return
        try:
            self._producer.abort_transaction(CALL_TIMEOUT_S)
        except KafkaException as error:
            if is_fatal(error.args[0]):
                raise
            raise TransientError(f"the transaction could not be aborted: {error}") from error
