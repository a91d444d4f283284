"""How far event time has come over all partitions at once: one agent's contacts reach it from every one of them.

The watermark of one partition, which the other services use, would here run ahead of partitions that lag after an
outage, and make their events late. So the watermark is the newest event time that every partition with a backlog has
come to. A partition that is read to its end holds nothing back, but only as far as was known anywhere when its end was
asked for: an end that was reached once says nothing of what has come since, and while a broker is away, or the group
shares its partitions anew, something comes that nobody reads. Other instances' partitions count with what their owner
last saved; one whose owner has died stands still until it is taken over, and so do all agents' folds until then, but
not for longer than ABANDONED_MS.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter

ABANDONED_MS = 600_000  # a dead instance's partitions are taken over within a minute; nobody reads this one
KNOWN = 5_000
"""Moments at which is remembered what was known: at five a second, a quarter of an hour. Of an end that holds only as
of some time ago, since the service that writes the topic is behind, what was known by then must be found: a silent
partition would else hold back everybody for as long as that service is behind."""


@dataclass(slots=True)
class _Clock:
    """A partition's.

    Attributes:
        event_ms: Newest event read of it.
        wall_ms: Wall clock when that was read.
        caught_up: It was read to its end since.
        passed_ms: Newest event of any partition that was known when its end was asked for, and found reached.
    """

    event_ms: int = 0
    wall_ms: int = 0
    caught_up: bool = False
    passed_ms: int = 0

    @property
    def reached_ms(self) -> int:
        return max(self.event_ms, self.passed_ms)


class LowWatermark:
    """The watermark of all partitions, as this instance knows it. It never goes back.

    Args:
        now_ms: Wall clock, ms UTC.
    """

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._own: dict[int, _Clock] = {}
        self._others: dict[int, tuple[int, int] | None] = {}
        self._reached: int | None = None
        self._known: list[tuple[int, int]] = []  # wall clock and newest event known, neither of which goes back

    def assign(self, own: Mapping[int, tuple[int, int] | None], others: Mapping[int, tuple[int, int] | None]) -> None:
        """Take over slots of partitions, and hear of the others.

        Args:
            own: Slot to the watermark its last owner saved and the wall clock of it, ms UTC; None where there is none.
            others: The same of the other instances' partitions.
        """
        self._own = {slot: self._own.get(slot) or _Clock(*(saved or (0, 0))) for slot, saved in own.items()}
        self.hear(others)

    def hear(self, others: Mapping[int, tuple[int, int] | None]) -> None:
        """Take note of what other instances saved."""
        self._others = {slot: saved for slot, saved in others.items() if slot not in self._own}

    def seen(self, slot: int, event_ms: int) -> None:
        """Take note of an event's time."""
        clock = self._own.get(slot)
        if clock is not None:
            clock.caught_up = False
            if event_ms > clock.event_ms:
                clock.event_ms, clock.wall_ms = event_ms, self._now_ms()

    def caught_up(self, slot: int, as_of_ms: int) -> None:
        """Take note that all that was in a partition has been read.

        To be told again and again: it lets pass what `at` knew of by then, and nothing that was heard of later.

        Args:
            slot: The partition's.
            as_of_ms: Wall clock before which all of it was there, ms UTC.
        """
        clock, now_ms = self._own.get(slot), self._now_ms()
        if clock is not None and as_of_ms <= now_ms:  # what was asked for before the clock was set back says nothing
            clock.caught_up = True
            clock.wall_ms = min(clock.wall_ms, now_ms)
            known = bisect_right(self._known, as_of_ms, key=itemgetter(0))
            clock.passed_ms = max(clock.passed_ms, self._known[known - 1][1] if known else 0)

    def at(self) -> int | None:
        """Return the watermark, ms UTC; None while a partition has told nothing yet."""
        top = self._top()
        self._remember(top)
        held_back = [clock.reached_ms for clock in self._own.values()]
        if None in self._others.values():
            return self._reached
        alive_ms = self._now_ms() - ABANDONED_MS
        told = [saved[0] for saved in self._others.values() if saved is not None and saved[1] > alive_ms]
        if top and min(held_back, default=1):
            self._reached = max(self._reached or 0, min([top, *held_back, *told]))
        return self._reached

    def _remember(self, top: int) -> None:
        before_ms, before = self._known[-1] if self._known else (0, 0)
        now_ms = self._now_ms()
        if now_ms < before_ms:  # the clock was set back: all of this was known by now
            self._known = [(min(wall_ms, now_ms), known) for wall_ms, known in self._known]
        self._known.append((now_ms, max(before, top)))
        if len(self._known) > 2 * KNOWN:
            del self._known[:KNOWN]

    def to_save(self) -> dict[int, tuple[int, int]]:
        """Return slot to watermark and wall clock, of each own partition that has any to tell."""
        now = self._now_ms()
        return {slot: (clock.reached_ms, now) for slot, clock in self._own.items() if clock.reached_ms}

    def _top(self) -> int:
        """Return the newest event time known; where all is read, it goes on with the wall clock, never past it."""
        newest = max((clock.event_ms for clock in self._own.values()), default=0)
        if newest and all(clock.caught_up for clock in self._own.values()):
            reached_wall = max(clock.wall_ms for clock in self._own.values() if clock.event_ms == newest)
            now = self._now_ms()
            newest = max(newest, min(newest + now - reached_wall, now))
        return max([newest, *(saved[0] for saved in self._others.values() if saved is not None)])
