"""Records whose headers aiokafka cannot read are read without them, as the other services do (`bus/envelope.py`).

aiokafka 0.14 decodes the names of headers while it reads a record, and raises where one is not UTF-8: what it had read
before that in the same answer is lost, Faust ends the process, and the next one meets the same record. Its settings do
not change that, and there is no place to hook in: so the one class is replaced through which its fetcher reads answers.

That, and what is built on here, is private to aiokafka: tests/unit/wellbeing/test_tolerant_records.py says when it has
changed.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from aiokafka.consumer import fetcher  # type: ignore[import-untyped]
from aiokafka.errors import CorruptRecordException  # type: ignore[import-untyped]
from aiokafka.record.default_records import (  # type: ignore[import-untyped]
    DefaultRecordBatch,
    _DefaultRecordBatchPy,
    _DefaultRecordPy,
)
from aiokafka.record.memory_records import _MemoryRecordsPy  # type: ignore[import-untyped]
from aiokafka.record.util import decode_varint  # type: ignore[import-untyped]

UNREADABLE = (UnicodeDecodeError, CorruptRecordException)
"""What aiokafka raises about a header: the first where its C extension reads, the second where Python does."""


def read_tolerantly() -> None:
    """Have aiokafka's consumers of this process read answers through `TolerantRecords`."""
    fetcher.MemoryRecords = TolerantRecords


class TolerantRecords(_MemoryRecordsPy):  # type: ignore[misc]
    """What an answer holds of one partition, batch by batch."""

    def next_batch(self) -> Any:
        """Return the next batch; None where there is none."""
        content = self._next_slice
        batch = super().next_batch()
        return _Batch(batch, content) if isinstance(batch, DefaultRecordBatch) else batch  # older ones have no headers


class _Batch:
    """A batch as aiokafka reads it, which is fast, and from the first record that it cannot read on, with care."""

    def __init__(self, batch: Any, content: memoryview) -> None:
        self._batch = batch
        self._content = content

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)  # asked of the batches alone that are a transaction's marker

    def __iter__(self) -> Iterator[Any]:
        given = 0
        try:
            for record in self._batch:
                yield record
                given += 1
        except UNREADABLE:
            yield from islice(_CarefulBatch(self._content), given, None)


class _CarefulBatch(_DefaultRecordBatchPy):  # type: ignore[misc]
    """A batch that leaves out a record's headers where they cannot be read. What else is wrong raises as before."""

    _pos: int

    def _read_msg(self) -> Any:
        try:
            return super()._read_msg()
        except (CorruptRecordException, ValueError, IndexError):
            return self._without_headers()

    def _without_headers(self) -> Any:
        length, pos = decode_varint(self._buffer, self._pos)
        end = pos + length
        _, pos = decode_varint(self._buffer, pos)  # attributes: none are in use
        later_ms, pos = decode_varint(self._buffer, pos)
        further, pos = decode_varint(self._buffer, pos)
        key, pos = self._nullable(pos)
        value, pos = self._nullable(pos)
        if not pos < end <= len(self._buffer):
            raise CorruptRecordException(f"the record ends before its value does: {end}, {pos}")
        self._pos = end
        timed_by_broker = self.timestamp_type == self.LOG_APPEND_TIME
        at_ms = self.max_timestamp if timed_by_broker else self.first_timestamp + later_ms
        return _DefaultRecordPy(self.base_offset + further, at_ms, self.timestamp_type, key, value, [])

    def _nullable(self, pos: int) -> tuple[bytes | None, int]:
        """Return bytes that their length stands before, None where that is negative, and where they end."""
        length, pos = decode_varint(self._buffer, pos)
        return (None, pos) if length < 0 else (bytes(self._buffer[pos : pos + length]), pos + length)
