"""What becomes of records that cannot be used, alike under every loop: found while decoding, told once acknowledged."""

import logging
from collections.abc import Sequence

from msgspec import Struct

from warmline.bus.dead_letters import DeadLetter
from warmline.bus.handler import Handler
from warmline.bus.record import BadRecordError, Record
from warmline.telemetry.metrics import Metrics
from warmline.telemetry.traces import BatchTrace

log = logging.getLogger(__name__)


def decoded(handler: Handler, records: Sequence[Record]) -> tuple[list[tuple[Record, Struct]], list[DeadLetter]]:
    """Return the records that can be decoded, each with its event, and letters of the others."""
    good: list[tuple[Record, Struct]] = []
    letters: list[DeadLetter] = []
    for record in records:
        try:
            good.append((record, handler.decode(record)))
        except BadRecordError as error:
            letters.append(DeadLetter(record, error.reason, error.detail))
    return good, letters


def tell_refused(letters: Sequence[DeadLetter], service: str, metrics: Metrics, trace: BatchTrace) -> None:
    """Count, trace and log letters that the broker has acknowledged: reason and place, never content."""
    for letter in letters:
        trace.refused(letter.record, letter.reason)
        metrics.dead_letters.labels(service, letter.reason).inc()
        metrics.records.labels(service, "dead_letter").inc()
        where = {"topic": letter.record.topic, "partition": letter.record.partition, "offset": letter.record.offset}
        log.warning("dead letter", extra={"reason": letter.reason, "detail": letter.detail, **where})
