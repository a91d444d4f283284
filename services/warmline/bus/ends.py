"""Asks the broker, beside the reading, whether partitions that were read to their end still are.

The client tells of an end once. That says nothing of what has come since, and while a batch is held back, the process
stands still or the broker is out of reach, something comes that nobody reads. If time went on meanwhile, what is due
would overtake the records that prevent it: a conversation would be told to have ended, or a customer to have waited,
though the next turn was there. So time goes on only as far as the broker says that nothing more is there.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future

from confluent_kafka import IsolationLevel, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined] # public, by its documentation
    AdminClient,
    ListOffsetsResultInfo,
    OffsetSpec,
)

from warmline.bus.assignment import Place

ASK_EVERY_S = 1.0  # what is due is minutes away as a rule: a second later is not seen
ANSWER_S = 2.0  # where one broker does not answer, the others' partitions wait so long


class Ends:
    """Asks for the ends of partitions, and never waits for the answer.

    Args:
        admin: Has connections of its own: over the consumer's, a question would wait behind each fetch.
        now_ms: Wall clock, ms UTC.
        monotonic: Clock, seconds.
    """

    def __init__(self, admin: AdminClient, now_ms: Callable[[], int], monotonic: Callable[[], float]) -> None:
        self._admin = admin
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._next_s = 0.0
        self._asked_ms = 0
        self._answers: dict[Place, Future[ListOffsetsResultInfo]] = {}

    def confirmed(self, met: Mapping[Place, int]) -> Iterator[tuple[Place, int]]:
        """Yield the partitions of which the broker says that nothing lies behind the end met; ask again when due.

        Args:
            met: Partition, with the prefix, to the offset after all that was read and handled of it.

        Returns:
            Each with the wall clock at which it was asked for, ms UTC.
        """
        if all(answer.done() for answer in self._answers.values()):
            answers, self._answers = self._answers, {}
            for place, answer in answers.items():
                # Not only where they are equal: the embedded broker names the start of the last batch written.
                if place in met and answer.exception() is None and answer.result().offset <= met[place]:
                    yield place, self._asked_ms
            if met and self._monotonic() >= self._next_s:
                self._ask(met)

    def _ask(self, met: Mapping[Place, int]) -> None:
        self._next_s = self._monotonic() + ASK_EVERY_S
        self._asked_ms = self._now_ms()
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call] # the client's
        asked = self._admin.list_offsets(
            {TopicPartition(*place): latest for place in met},
            isolation_level=IsolationLevel.READ_COMMITTED,  # as the consumer reads
            request_timeout=ANSWER_S,
        )
        self._answers = {(each.topic, each.partition): answer for each, answer in asked.items()}
