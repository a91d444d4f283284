"""Commits offsets, and goes on beating while the broker does not answer."""

import logging
from collections.abc import Callable
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from warmline.bus.beside import beside
from warmline.bus.faults import is_fatal
from warmline.bus.record import TransientError

log = logging.getLogger(__name__)

GONE = {
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError.FENCED_INSTANCE_ID,
    KafkaError._STATE,  # noqa: SLF001 # librdkafka's local codes are public members with an underscore
    KafkaError._ASSIGNMENT_LOST,  # noqa: SLF001
}
"""Answers to a commit that mean: these partitions are no longer ours; their new owner reads the records again."""


class Committer:
    """Commits for one consumer.

    Args:
        consumer: The consumer.
        beat: Called while a commit waits; where it raises, the commit is left alone.

    Attributes:
        pending: A commit is in the client, perhaps left alone: it must not be taken from under that.
    """

    def __init__(self, consumer: Consumer, beat: Callable[[], None]) -> None:
        self._consumer: Any = consumer
        self._beat = beat
        self.pending = False

    def commit(self, offsets: list[TopicPartition]) -> bool:
        """Commit, and await the answer. Returns False where the partitions have moved.

        Raises:
            TransientError: The broker cannot, for now.
            KafkaException: The client is broken for good.
        """
        self.pending = True

        def commit() -> None:  # takes no time-out, and blocks while a broker that answers nothing keeps its connections
            try:
                self._consumer.commit(offsets=offsets, asynchronous=False)
            finally:
                self.pending = False

        try:
            beside(commit, self._beat)
        except KafkaException as error:
            reason: KafkaError = error.args[0]
            if reason.code() in GONE:
                log.warning("not committed: the partitions moved", extra={"error": str(reason)})
                return False
            if is_fatal(reason):
                raise
            raise TransientError(f"cannot commit: {reason}") from error
        return True
