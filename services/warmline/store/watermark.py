"""How far event time has come, partition by partition: what makes due times due.

While records come, the watermark is the newest event time among them and nothing else, so that a replay of history
fires what it fired then. While a partition is read to its end and idle, it goes on at the pace of the wall clock, never
past it, and never past the time at which the broker last said that nothing more was there: what came while a batch was
held, or the process stood still, would otherwise be overtaken by what it prevents. It never goes back. Bytewax's event
clock works this way, but for what it takes for idle.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(slots=True)
class _Clock:
    event_ms: int
    wall_ms: int
    idle_to_ms: int | None = None
    saved_ms: int = 0

    def reached_ms(self) -> int:
        """Return the watermark: idle, it goes on at the pace of the wall clock, and never past it."""
        if self.idle_to_ms is None:
            return self.event_ms
        return max(self.event_ms, min(self.event_ms + self.idle_to_ms - self.wall_ms, self.idle_to_ms))


class Watermarks:
    """Watermarks of the partitions that this process owns.

    Args:
        now_ms: Wall clock, ms UTC.
    """

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._clocks: dict[int, _Clock] = {}

    def restore(self, partition: int, event_ms: int, wall_ms: int) -> None:
        """Take up what an earlier owner knew: its watermark, and when it was reached."""
        self._clocks[partition] = _Clock(event_ms, min(wall_ms, self._now_ms()), saved_ms=event_ms)

    def seen(self, partition: int, event_ms: int) -> None:
        """Take note of an event's time."""
        clock = self._clocks.get(partition)
        if clock is None:
            self._clocks[partition] = _Clock(event_ms, self._now_ms())
            return
        reached_ms = clock.reached_ms()
        if event_ms > reached_ms:
            clock.event_ms, clock.wall_ms, clock.idle_to_ms = event_ms, self._now_ms(), None
        elif clock.idle_to_ms is not None:  # time has passed it already: it goes on from where it is, and that is saved
            clock.event_ms, clock.wall_ms = reached_ms, clock.idle_to_ms

    def caught_up(self, partition: int, as_of_ms: int) -> None:
        """Take note that nothing more was there to read at a wall clock, ms UTC. To be told again and again."""
        clock, now_ms = self._clocks.get(partition), self._now_ms()
        if clock is None or as_of_ms > now_ms:  # what was asked for before the clock was set back says nothing now
            return
        if clock.wall_ms > now_ms:  # nor has an hour to pass twice before it may go on; what idling gave it stays
            clock.event_ms, clock.wall_ms, clock.idle_to_ms = clock.reached_ms(), now_ms, None
        if as_of_ms >= clock.wall_ms:
            clock.idle_to_ms = max(as_of_ms, clock.idle_to_ms or 0)

    def forget(self, partition: int) -> None:
        """Drop a partition that another process owns now."""
        self._clocks.pop(partition, None)

    def at(self, partition: int) -> int | None:
        """Return the watermark, ms UTC; None where nothing is known."""
        clock = self._clocks.get(partition)
        return None if clock is None else clock.reached_ms()

    def unsaved(self) -> list[tuple[int, int, int]]:
        """Return partition, newest event time and when it was seen, of each that moved since it was saved."""
        clocks = self._clocks.items()
        return [(each, clock.event_ms, clock.wall_ms) for each, clock in clocks if clock.event_ms > clock.saved_ms]

    def kept(self) -> dict[int, _Clock]:
        """Return what there is to go back to."""
        return {partition: replace(clock) for partition, clock in self._clocks.items()}

    def go_back(self, kept: dict[int, _Clock]) -> None:
        """Be again as it was."""
        self._clocks = kept

    def saved(self, partition: int, event_ms: int) -> None:
        """Take note of what is kept for who takes over."""
        self._clocks[partition].saved_ms = event_ms
