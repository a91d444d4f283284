"""How far the demo is, and what every way of showing it has to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from msgspec import Struct

from warmline.local.view_board import Board


@dataclass(frozen=True, slots=True)
class Stage:
    """How far the demo is.

    Attributes:
        broker: Which broker it took.
        limits: What that broker is not for; empty for real Kafka.
        phase: What is going on, in a few words.
        published: Events of the recording published so far.
        events: Events of the recording.
        conversations: Conversations in it.
        speed: Times real speed.
        rate: Turns a second that came out as windows, over the last seconds.
        console: Where to look in a browser, and how to come in.
    """

    broker: str
    limits: str
    phase: str
    published: int
    events: int
    conversations: int
    speed: float
    rate: float
    console: str = ""


class Show(Protocol):
    """A way of showing the demo."""

    def begin(self, what: str) -> None:
        """Say that something is being started."""

    def ready(self, what: str) -> None:
        """Say that it is there, and what it is."""

    def watch(self) -> None:
        """Begin the part in which conversations run."""

    def heard(self, event: Struct) -> None:
        """Take note of an event that is news."""

    def draw(self, board: Board, stage: Stage) -> None:
        """Show how things stand; called a few times a second."""

    def lines(self, lines: Sequence[str]) -> None:
        """Print lines to be kept; ends the part in which conversations run."""

    def close(self) -> None:
        """Leave the terminal as it was."""
