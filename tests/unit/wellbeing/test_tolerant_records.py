"""Answers of a broker as aiokafka reads them, with headers that it cannot read. What is private to it is held here."""

import struct

import pytest
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record import default_records, memory_records
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy as Builder
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder
from aiokafka.record.util import calc_crc32c
from aiokafka.structs import TopicPartition

from warmline.wellbeing.tolerant_records import TolerantRecords, read_tolerantly

PLACE = TopicPartition("turns", 0)
PLAIN = [("ce_id", b"1"), ("empty", None)]
BASE = 40
AT_MS = 1_700_000_000_000
CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
ATTRIBUTES, MAX_TIMESTAMP = struct.calcsize(">qiibI"), struct.calcsize(">qiibIhiq")


class Name(str):
    """A header's name that is not UTF-8, as senders have it that see bytes in names."""

    def encode(self, *_how):
        return b"\xff\xfe" + super().encode()


class Spoilt(Builder):
    """A batch in which a test puts bytes of its own in the place of others."""

    def spoil(self, old, new):
        assert len(old) == len(new)
        assert self._buffer.count(old) == 1
        self._buffer[:] = self._buffer.replace(old, new)


def empty(codec="none"):
    return Spoilt(2, CODECS[codec], 0, -1, -1, 0, 1 << 20)


def built(batch, base=BASE, attributes=0, newest_ms=None):
    """A batch as a broker has it: with its offsets, and perhaps with its own time."""
    content = bytearray(batch.build())
    struct.pack_into(">q", content, 0, base)
    (kept,) = struct.unpack_from(">h", content, ATTRIBUTES)
    struct.pack_into(">h", content, ATTRIBUTES, kept | attributes)
    if newest_ms is not None:
        struct.pack_into(">q", content, MAX_TIMESTAMP, newest_ms)
    struct.pack_into(">I", content, ATTRIBUTES - 4, calc_crc32c(bytes(content[ATTRIBUTES:])))
    return bytes(content)


def turns(headers_of, codec="none"):
    """A batch of a record for each list of headers."""
    batch = empty(codec)
    for number, headers in enumerate(headers_of):
        batch.append(number, AT_MS + number, b"key %d" % number, b"value %d" % number, headers)
    return batch


def partition_records(content, start=BASE, isolation=fetcher.READ_UNCOMMITTED):
    return fetcher.PartitionRecords(
        PLACE,
        fetcher.MemoryRecords(content),
        aborted_transactions=[],
        fetch_offset=start,
        key_deserializer=None,
        value_deserializer=None,
        check_crcs=True,
        isolation_level=isolation,
    )


def told(records):
    return [(each.offset, each.timestamp, each.key, each.value, list(each.headers)) for each in records]


@pytest.fixture(params=["extension", "python"])
def reads(request, monkeypatch):
    """As a consumer reads, with aiokafka's C extension and without it; some machines have none."""
    monkeypatch.setattr(fetcher, "MemoryRecords", fetcher.MemoryRecords)
    if request.param == "python":
        monkeypatch.setattr(memory_records, "DefaultRecordBatch", default_records._DefaultRecordBatchPy)
        monkeypatch.setattr(
            "warmline.wellbeing.tolerant_records.DefaultRecordBatch", default_records._DefaultRecordBatchPy
        )
    elif default_records.DefaultRecordBatch is default_records._DefaultRecordBatchPy:
        pytest.skip("aiokafka is here without its C extension")
    read_tolerantly()


def test_the_fetcher_reads_answers_through_what_is_replaced(monkeypatch):
    """Else nothing is tolerated, and nothing says so."""
    monkeypatch.setattr(fetcher, "MemoryRecords", fetcher.MemoryRecords)
    read_tolerantly()
    assert fetcher.MemoryRecords is TolerantRecords
    assert "MemoryRecords" in fetcher.Fetcher._proc_fetch_request.__code__.co_names


@pytest.mark.parametrize("reader", [memory_records.MemoryRecords, memory_records._MemoryRecordsPy])
def test_aiokafka_by_itself_still_ends_at_a_name_that_is_not_utf_8(reader):
    """Where this fails it has learnt to read them, and what we replace can go."""
    batch = reader(built(turns([PLAIN, [(Name("x"), b"1")], PLAIN]))).next_batch()
    with pytest.raises((UnicodeDecodeError, CorruptRecordException)):
        list(batch)


@pytest.mark.parametrize("codec", CODECS)
def test_names_that_are_not_utf_8_cost_their_record_its_headers_and_nothing_else(reads, codec):
    strange = [*PLAIN, (Name("x"), b"1"), ("last", b"2")]
    content = built(turns([PLAIN, strange, [], strange, PLAIN], codec))
    content += built(turns([PLAIN], codec), base=BASE + 5)
    records = partition_records(content)
    expected = [
        (BASE + number, AT_MS + number, b"key %d" % number, b"value %d" % number, headers)
        for number, headers in enumerate([PLAIN, [], [], [], PLAIN])
    ]
    assert told(records) == [*expected, (BASE + 5, AT_MS, b"key 0", b"value 0", PLAIN)]
    assert records.next_fetch_offset == BASE + 6


def test_reading_begins_in_the_middle_of_a_batch_where_it_has_to(reads):
    strange = [(Name("x"), b"1")]
    records = partition_records(built(turns([strange, PLAIN, strange, PLAIN])), start=BASE + 2)
    assert [(each.offset, list(each.headers)) for each in records] == [(BASE + 2, []), (BASE + 3, PLAIN)]


@pytest.mark.parametrize("length", [b"\x01", b"\x7e", b"\x02"], ids=["null", "beyond the record", "too short"])
def test_headers_that_make_no_sense_are_left_out(reads, length):
    batch = turns([PLAIN, [("wrong", b"value")], PLAIN])
    batch.spoil(b"\x0awrong", length + b"wrong")
    assert [(each.value, list(each.headers)) for each in partition_records(built(batch))] == [
        (b"value 0", PLAIN),
        (b"value 1", []),
        (b"value 2", PLAIN),
    ]


def test_a_record_without_key_and_value_is_read_without_its_headers_as_well(reads):
    batch = empty()
    batch.append(0, AT_MS, None, None, [(Name("x"), None)])
    assert told(partition_records(built(batch))) == [(BASE, AT_MS, None, None, [])]


@pytest.mark.parametrize("at_ms", [-1, 0, 2**62])
def test_times_are_those_of_the_records_or_of_the_broker(reads, at_ms):
    batch = empty()
    batch.append(0, AT_MS, b"k", b"v", [(Name("x"), b"1")])
    content = built(batch, attributes=batch.TIMESTAMP_TYPE_MASK, newest_ms=at_ms)
    (record,) = partition_records(content)
    assert (record.timestamp, record.timestamp_type) == (at_ms, batch.LOG_APPEND_TIME)


def test_what_is_corrupt_besides_its_headers_is_still_refused(reads):
    batch = turns([[("wrong", b"value")]])
    batch.spoil(b"\x0evalue 0", b"\x7evalue 0")
    with pytest.raises(CorruptRecordException):
        list(partition_records(built(batch)))
    spoilt = bytearray(built(turns([[(Name("x"), b"1")]])))
    spoilt[-1] ^= 1
    with pytest.raises(CorruptRecordException, match="CRC"):
        list(partition_records(bytes(spoilt)))


def test_markers_of_transactions_are_passed_over(reads):
    marker = empty()
    marker.append(0, AT_MS, struct.pack(">hh", 0, 0), b"", [])
    content = built(turns([PLAIN])) + built(marker, base=BASE + 1, attributes=marker.CONTROL_MASK)
    records = partition_records(content, isolation=fetcher.READ_COMMITTED)
    assert [each.offset for each in records] == [BASE]
    assert records.next_fetch_offset == BASE + 2


def test_batches_of_before_there_were_headers_and_answers_that_end_in_a_batch_are_read_as_before(reads):
    old = LegacyRecordBatchBuilder(1, 0, 1 << 20)
    old.append(0, timestamp=AT_MS, key=b"k", value=b"v")
    whole, cut = built(turns([PLAIN]), base=1), built(turns([PLAIN]), base=2)[:-3]
    records = partition_records(bytes(old.build()) + whole + cut, start=0)
    assert [(each.offset, each.value) for each in records] == [(0, b"v"), (1, b"value 0")]
    assert not TolerantRecords(cut).has_next()
    assert TolerantRecords(cut).next_batch() is None
