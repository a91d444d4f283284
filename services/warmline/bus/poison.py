"""Keeps one poisonous record from blocking its partition, and a bug from draining the topic."""

import logging
import traceback
from collections.abc import Callable, Sequence

from msgspec import Struct

from warmline.bus.dead_letters import DeadLetter
from warmline.bus.handler import Handler
from warmline.bus.record import BadRecordError, Record, TransientError
from warmline.store.outbox import Outcome
from warmline.store.store import StoreUnavailableError

log = logging.getLogger(__name__)

MOST_IN_A_ROW = 10  # one record can be poison; ten in a row are a bug of ours, and stopping is the honest answer


class Isolation:
    """Hands batches to a handler; where it fails for no passing reason, finds the record that is at fault.

    Args:
        handler: The service.
        beat: Called before each part of a batch that is taken apart: that may take a while.
    """

    def __init__(self, handler: Handler, beat: Callable[[], None] = lambda: None) -> None:
        self._handler = handler
        self._beat = beat
        self._in_a_row = 0

    def handle(self, batch: Sequence[tuple[Record, Struct]]) -> tuple[list[Outcome], list[DeadLetter]]:
        """Return the batch's outcomes, and the records that the handler could not bear.

        Raises:
            TransientError: Something is away; call again with the same batch.
            StoreUnavailableError: The same, of the store.
        """
        in_a_row = self._in_a_row
        try:
            return self._handle(batch)
        except (TransientError, StoreUnavailableError):
            self._in_a_row = in_a_row  # the same records come again, and are blamed again: they count once
            raise

    def _handle(self, batch: Sequence[tuple[Record, Struct]]) -> tuple[list[Outcome], list[DeadLetter]]:
        if not batch:
            return [], []
        try:
            outcomes = self._handler.handle(batch)
        except (TransientError, StoreUnavailableError):
            raise
        except Exception as error:  # noqa: BLE001 # whatever it is, one record must not block the partition
            if len(batch) == 1:
                return [], [self._blame(batch[0][0], error)]
            return self._in_halves(batch)
        self._in_a_row = 0
        return outcomes, []

    def _in_halves(self, batch: Sequence[tuple[Record, Struct]]) -> tuple[list[Outcome], list[DeadLetter]]:
        """Handle the first half and then the second, and so on: twenty calls find one record among a thousand."""
        outcomes: list[Outcome] = []
        letters: list[DeadLetter] = []
        middle = len(batch) // 2
        for half in (batch[:middle], batch[middle:]):
            self._beat()
            done, dead = self._handle(half)
            outcomes += done
            letters += dead
        return outcomes, letters

    def _blame(self, record: Record, error: Exception) -> DeadLetter:
        if isinstance(error, BadRecordError):
            return DeadLetter(record, error.reason, error.detail)
        self._in_a_row += 1
        if self._in_a_row > MOST_IN_A_ROW:
            raise error
        frame = traceback.extract_tb(error.__traceback__)[-1]
        # The error's own text may quote what was said; its type and place do not.
        where = f"{type(error).__name__} in {frame.name}, line {frame.lineno}"
        log.error("a record could not be processed", extra={"where": where, "offset": record.offset})
        return DeadLetter(record, "processing_failed", where)
