"""One monotonic deadline that all steps of a stop share, so that their time-outs never add up past the grace period."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on a monotonic clock.

    Attributes:
        at_s: The moment, seconds of the clock.
        monotonic: The clock.
    """

    at_s: float
    monotonic: Callable[[], float]

    @classmethod
    def after(cls, seconds: float, monotonic: Callable[[], float]) -> "Deadline":
        """Return the deadline that many seconds from now."""
        return cls(monotonic() + seconds, monotonic)

    @property
    def left_s(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.at_s - self.monotonic())

    @property
    def passed(self) -> bool:
        """Whether no time is left."""
        return self.left_s == 0.0
