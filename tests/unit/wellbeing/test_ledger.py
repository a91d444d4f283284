from types import SimpleNamespace

import faust
import pytest
from faust.transport.consumer import Consumer
from faust.types import TP

from warmline.wellbeing.ledger import Ledger, Place

HERE, THERE = Place("windows", 0), Place("windows", 1)


@pytest.fixture
def ledger():
    ledger = Ledger()
    ledger.assign({HERE: 10, THERE: 0})
    return ledger


def admissions(ledger, *offsets):
    return [ledger.admit(HERE, offset) for offset in offsets]


def test_records_are_taken_in_order_and_once(ledger):
    assert admissions(ledger, 10, 11, 11, 10, 12) == ["take", "take", "skip", "skip", "take"]


def test_a_gap_between_records_is_a_gap_in_the_topic(ledger):
    assert admissions(ledger, 10, 14, 15) == ["take", "take", "take"]


def test_a_hole_before_the_first_record_is_sought_and_filled(ledger):
    assert admissions(ledger, 13, 14) == ["seek", "skip"]
    assert ledger.holes() == {HERE: 10}
    assert admissions(ledger, 10, 11, 12, 13, 14) == ["take"] * 5
    assert ledger.holes() == {}


def test_a_hole_that_is_still_there_after_the_seek_is_one_of_the_topic(ledger):
    assert admissions(ledger, 13, 14, 15, 13, 14) == ["seek", "skip", "skip", "take", "take"]


def test_a_partition_of_someone_else_is_skipped(ledger):
    assert ledger.admit(Place("windows", 2), 0) == "skip"
    ledger.done(Place("windows", 2), 0)
    assert ledger.to_commit() == {}


def test_what_is_done_is_committed_once(ledger):
    ledger.done(HERE, 10)
    ledger.done(HERE, 11)
    ledger.done(THERE, 0)
    assert ledger.to_commit() == {HERE: 12, THERE: 1}
    assert ledger.to_commit() == {}


def test_a_new_generation_forgets_what_was_not_committed(ledger):
    ledger.done(HERE, 10)
    ledger.assign({HERE: 10})
    assert ledger.to_commit() == {}
    assert admissions(ledger, 10) == ["take"]


@pytest.mark.parametrize(("committed", "acked"), [(10, 11), (0, 5), (None, 5)])
def test_fausts_own_account_passes_over_records_that_nobody_acknowledged(committed, acked):
    place = TP("windows", 0)
    account = SimpleNamespace(
        _committed_offset={place: committed}, _acked={place: [acked]}, _acked_index={place: {acked}}, _gap={place: None}
    )
    to_commit = Consumer._new_offset(account, place)
    assert to_commit == acked + 1, f"Faust {faust.__version__} is mended here: see whether the ledger is still needed"
