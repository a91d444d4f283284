"""What one run of a job gave."""

from dataclasses import dataclass
from statistics import median

MS = 1000
MICRO = 1e6


@dataclass(frozen=True)
class Speed:
    """One run.

    Attributes:
        turns: Input turns.
        seconds: From the first to the last of them that was done.
        cpu_s: CPU seconds of the measured process, all threads; scaled from the greater part of the run.
    """

    turns: int
    seconds: float
    cpu_s: float

    @property
    def per_s(self) -> float:
        """Turns per second."""
        return self.turns / self.seconds

    @property
    def cpu_us(self) -> float:
        """CPU microseconds a turn: steadier than turns per second where others use the machine too."""
        return self.cpu_s / self.turns * MICRO


def middle(runs: list[Speed]) -> tuple[float, float]:
    """Return the medians of turns per second and CPU microseconds a turn."""
    return median(run.per_s for run in runs), median(run.cpu_us for run in runs)
