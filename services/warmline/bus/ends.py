"""Asks the broker, beside the reading, where partitions end, and says when all up to there is done.

The client tells of an end once. That says nothing of what has come since, and while a batch is held back, the process
stands still or the broker is out of reach, something comes that nobody reads. If time went on meanwhile, what is due
would overtake the records that prevent it: a conversation would be told to have ended, or a customer to have waited,
though the next turn was there. So time goes on only as far as the broker says that nothing more was there.

An end that was told is kept until it is reached: a partition that something comes of all the time is never at its end
when somebody looks, and yet all of it is done that was there a moment ago.
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
from warmline.bus.deadline import Deadline

ASK_EVERY_S = 1.0  # what is due is minutes away as a rule: a second later is not seen
ANSWER_S = 2.0  # where one broker does not answer, the others' partitions wait so long
ASK_LEAST_EVERY_S = 16.0
"""A partition without an answer is asked for half as often each time, down to this. The client takes a whole core while
it waits for a leader that is away: two seconds of eighteen, then. What is due is late by so much when the leader is
back."""


class Ends:
    """Asks for the ends of partitions, and never waits for the answer.

    Args:
        admin: Made with `ends_config`. It has connections of its own: over the consumer's, a question would wait behind
            each fetch.
        now_ms: Wall clock, ms UTC.
        monotonic: Clock, seconds.
    """

    def __init__(self, admin: AdminClient, now_ms: Callable[[], int], monotonic: Callable[[], float]) -> None:
        self._admin = admin
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._next = Deadline.after(0.0, monotonic)
        self._asked_ms = 0
        self._answers: dict[Place, Future[ListOffsetsResultInfo]] = {}
        self._told: dict[Place, tuple[int, int]] = {}  # ends that are not reached yet, and when they were asked for
        self._put_off: dict[Place, tuple[float, Deadline]] = {}  # those without an answer: how long, until when

    def confirmed(self, done: Mapping[Place, int]) -> Iterator[tuple[Place, int]]:
        """Yield the partitions of which all is done that was there when their end was asked for; ask again when due.

        Args:
            done: Partition, with the prefix, to the offset after all that was read and handled of it: the end itself
                where that was met, since what lies before it may be no record but the mark of a transaction.

        Returns:
            Each with the wall clock at which its end was asked for, ms UTC.
        """
        if all(answer.done() for answer in self._answers.values()):
            answers, self._answers = self._answers, {}
            for place, answer in answers.items():
                self._take(place, _end(answer))
            if self._next.passed:
                self._ask(done)
        for place, (end, asked_ms) in list(self._told.items()):
            if place not in done:
                del self._told[place]
            # Not only where they are equal: the embedded broker names the start of the last batch written.
            elif end <= done[place]:
                del self._told[place]
                yield place, asked_ms

    def _take(self, place: Place, end: int | None) -> None:
        if end is None:
            self._put_off[place] = self._longer(place)
            return
        self._put_off.pop(place, None)
        held = self._told.get(place)
        if held is None or end < held[0]:  # the log has lost its end: what was told of it is reached no more
            self._told[place] = end, self._asked_ms

    def _ask(self, done: Mapping[Place, int]) -> None:
        self._put_off = {place: each for place, each in self._put_off.items() if place in done}
        asked = [place for place in done if place not in self._put_off or self._put_off[place][1].passed]
        if not asked:
            return
        self._next = Deadline.after(ASK_EVERY_S, self._monotonic)
        self._asked_ms = self._now_ms()
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call] # the client's
        answers = self._admin.list_offsets(
            {TopicPartition(*place): latest for place in asked},
            # Not as the consumer reads: an open transaction, of whoever died, hides what was committed after it.
            isolation_level=IsolationLevel.READ_UNCOMMITTED,
            request_timeout=ANSWER_S,
        )
        self._answers = {(each.topic, each.partition): answer for each, answer in answers.items()}

    def _longer(self, place: Place) -> tuple[float, Deadline]:
        """Return how long a partition is not asked for now: twice as long as the last time, if that was in vain too."""
        before_s, _ = self._put_off.get(place, (ASK_EVERY_S / 2, None))
        wait_s = min(2 * before_s, ASK_LEAST_EVERY_S)
        return wait_s, Deadline.after(wait_s, self._monotonic)


def _end(answer: Future[ListOffsetsResultInfo]) -> int | None:
    """Return the offset told, None if none was: of a broker that is away the client says so, or -1001 and no error."""
    if answer.exception() is not None:
        return None
    offset = answer.result().offset
    return offset if offset >= 0 else None
