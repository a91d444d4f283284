"""What a service is to the loop."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from warmline.bus.record import Record
from warmline.store.outbox import Outcome


class Handler(Protocol):
    """A service's part of the loop. It runs on one thread and may block on its own dependencies.

    Every method may raise TransientError or StoreUnavailableError: the loop then holds the batch, keeps polling, and
    calls again with the same arguments.
    """

    def decode(self, record: Record) -> Struct:
        """Return the record's event.

        Raises:
            BadRecordError: The record goes to the dead letters.
        """
        ...

    def begin(self) -> None:
        """Take note that a batch begins, the first time or again: what was returned of it before is not published."""
        return  # nothing to forget for whoever keeps nothing

    def handle(self, batch: Sequence[tuple[Record, Struct]]) -> list[Outcome]:
        """Do the work of a batch and return what to publish.

        Raises:
            BadRecordError: Only where the batch is a single record: it goes to the dead letters.
        """
        ...

    def acknowledged(self, outcomes: Sequence[Outcome]) -> None:
        """Take note that everything the last call returned is acknowledged by the broker."""
        ...

    def assigned(self, committed: dict[tuple[str, int], int | None]) -> None:
        """Take note of the whole assignment: topic and partition to committed offset, None where there is none."""
        ...

    def committed(self, offsets: dict[tuple[str, int], int]) -> None:
        """Take note of offsets that the group has committed."""
        ...

    def caught_up(self, topic: str, partition: int, as_of_ms: int) -> None:
        """Take note that all of an assigned partition was handled that was there at some time. Told again and again.

        Args:
            topic: Without the prefix.
            partition: Its number.
            as_of_ms: Wall clock at which nothing more was there, ms UTC. Of what has come since nothing is known.
        """
        ...

    def tick(self) -> list[Outcome]:
        """Do what time alone makes due, and return what to publish. Called after every batch, and when idle."""
        ...

    def settle(self) -> None:
        """Take note that what the last `tick` returned is acknowledged."""
        ...
