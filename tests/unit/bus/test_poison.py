"""One record that the service cannot bear is found among many, in few calls, and the others keep their order."""

from collections.abc import Sequence

import pytest
from hypothesis import given, strategies as st
from msgspec import Struct

from tests.support.loops import EchoHandler, Number
from warmline.bus.poison import MOST_IN_A_ROW, Isolation
from warmline.bus.record import Record
from warmline.store.store import StoreUnavailableError

TOO_MANY = MOST_IN_A_ROW + 1


class Handler(EchoHandler):
    """Cannot bear some numbers.

    Attributes:
        calls: How often it was called.
    """

    def __init__(self, poison: set[int]) -> None:
        def bear(numbers: Sequence[int]) -> None:
            self.calls += 1
            if not poison.isdisjoint(numbers):
                raise ZeroDivisionError

        super().__init__("out", bear)
        self.calls = 0


def batch(count: int) -> list[tuple[Record, Struct]]:
    return [(Record("in", 0, n, None, None, lambda: None, 0), Number(n)) for n in range(count)]


def in_a_row(poison: set[int]) -> int:
    """Return the length of the longest run of records that follow each other."""
    longest = run = 0
    for n in range(max(poison, default=0) + 1):
        run = run + 1 if n in poison else 0
        longest = max(longest, run)
    return longest


@given(st.integers(1, 80).flatmap(lambda count: st.tuples(st.just(count), st.sets(st.integers(0, count - 1)))))
def test_the_records_at_fault_are_refused_and_all_others_handled_once_and_in_order(given: tuple[int, set[int]]) -> None:
    count, poison = given
    handler = Handler(poison)
    if in_a_row(poison) >= TOO_MANY:
        with pytest.raises(ZeroDivisionError):
            Isolation(handler).handle(batch(count))
        return
    outcomes, letters = Isolation(handler).handle(batch(count))
    assert [letter.record.offset for letter in letters] == sorted(poison)
    assert [int(outcome.value) for outcome in outcomes] == [n for n in range(count) if n not in poison]


def test_one_among_a_thousand_is_found_in_some_twenty_calls_each_with_a_beat() -> None:
    handler, beats = Handler({617}), []
    Isolation(handler, lambda: beats.append(handler.calls)).handle(batch(1_000))
    assert handler.calls <= 22
    assert beats == list(range(1, handler.calls)), "before each part"


def test_so_many_in_a_row_are_a_defect_of_ours_and_end_the_service_though_they_come_in_many_batches() -> None:
    isolation = Isolation(Handler(set(range(TOO_MANY))))
    for each in batch(MOST_IN_A_ROW):
        isolation.handle([each])
    with pytest.raises(ZeroDivisionError):
        isolation.handle(batch(TOO_MANY)[MOST_IN_A_ROW:])


def test_one_record_at_fault_counts_once_however_often_its_batch_is_tried_while_the_store_takes_no_writes() -> None:
    tries = []

    def bear(numbers: Sequence[int]) -> None:
        if 0 in numbers:
            raise ZeroDivisionError
        tries.append(numbers)
        if len(tries) <= TOO_MANY:
            raise StoreUnavailableError("OOM")

    isolation = Isolation(EchoHandler("out", bear))
    for _ in range(TOO_MANY):
        with pytest.raises(StoreUnavailableError):
            isolation.handle(batch(2))
    outcomes, letters = isolation.handle(batch(2))
    assert [letter.record.offset for letter in letters] == [0]
    assert [outcome.value for outcome in outcomes] == [b"1"]
