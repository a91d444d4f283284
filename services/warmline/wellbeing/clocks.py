"""How far event time has come over all partitions at once: one agent's contacts reach it from every one of them.

The watermark of one partition, which the other services use, would here run ahead of partitions that lag after an
outage, and make their events late. So the watermark is the newest event time that every partition with a backlog has
come to; a partition that is read to its end holds nothing back. Other instances' partitions count with what their owner
last saved; one whose owner has died stands still until it is taken over, and so do all agents' folds until then, but
not for longer than ABANDONED_MS.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

ABANDONED_MS = 600_000  # a dead instance's partitions are taken over within a minute; nobody reads this one


@dataclass(slots=True)
class _Clock:
    event_ms: int = 0
    wall_ms: int = 0
    caught_up: bool = False


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

    def caught_up(self, slot: int) -> None:
        """Take note that a partition has nothing more to read for now."""
        clock = self._own.get(slot)
        if clock is not None:
            clock.caught_up = True

    def at(self) -> int | None:
        """Return the watermark, ms UTC; None while a partition has told nothing yet."""
        top = self._top()
        held_back = [clock.event_ms for clock in self._own.values() if not clock.caught_up]
        if None in self._others.values():
            return self._reached
        alive_ms = self._now_ms() - ABANDONED_MS
        told = [saved[0] for saved in self._others.values() if saved is not None and saved[1] > alive_ms]
        if top and min(held_back, default=1):
            self._reached = max(self._reached or 0, min([top, *held_back, *told]))
        return self._reached

    def to_save(self) -> dict[int, tuple[int, int]]:
        """Return slot to watermark and wall clock, of each own partition that has any to tell."""
        top, now = self._top(), self._now_ms()
        saved = {slot: top if clock.caught_up else clock.event_ms for slot, clock in self._own.items()}
        return {slot: (event_ms, now) for slot, event_ms in saved.items() if event_ms}

    def _top(self) -> int:
        """Return the newest event time known; where all is read, it goes on with the wall clock, never past it."""
        newest = max((clock.event_ms for clock in self._own.values()), default=0)
        if newest and all(clock.caught_up for clock in self._own.values()):
            reached_wall = max(clock.wall_ms for clock in self._own.values() if clock.event_ms == newest)
            now = self._now_ms()
            newest = max(newest, min(newest + now - reached_wall, now))
        return max([newest, *(saved[0] for saved in self._others.values() if saved is not None)])
