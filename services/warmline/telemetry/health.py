"""Liveness and readiness: facts that the loop keeps, and that the HTTP server reads.

Live means that the loop still comes round. Ready means that it may be counted on: it holds an assignment (possibly an
empty one, where there are more instances than partitions) and its store answers. Whether a broker answers is in
neither: a restart would not bring it back.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

STALE_AFTER_S = 60.0  # a batch with retries stays well below; max.poll.interval.ms (300 s) would cost the partitions


@dataclass(slots=True)
class Health:
    """What one service knows of itself.

    Attributes:
        monotonic: Clock of the loop's age, seconds.
        seen_s: When the loop last came round.
        joined: Whether the consumer group has given an assignment.
        waiting_for: What keeps the service from being ready: dependencies that are away, a stop that stands.
    """

    monotonic: Callable[[], float]
    seen_s: float = 0.0
    joined: bool = False
    waiting_for: set[str] = field(default_factory=set)

    def beat(self) -> None:
        """Say that the loop came round."""
        self.seen_s = self.monotonic()

    def live(self) -> tuple[bool, str]:
        """Return whether the loop is alive, and why (not)."""
        age = self.monotonic() - self.seen_s
        return age < STALE_AFTER_S, f"the loop came round {age:.1f} s ago"

    def ready(self) -> tuple[bool, str]:
        """Return whether the service can be counted on, and why (not)."""
        if self.waiting_for:
            return False, f"waiting: {', '.join(sorted(self.waiting_for))}"
        if not self.joined:
            return False, "waiting for an assignment of partitions"
        return True, "ready"
