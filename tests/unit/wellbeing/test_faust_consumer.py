"""Where reading begins, and whether anything is left to read."""

import asyncio
from types import SimpleNamespace

import pytest

from warmline.wellbeing.faust_consumer import ExplicitConsumer
from warmline.wellbeing.ledger import Place

PLACE = Place("turns", 0)


def consumer(*, first=0, end=0, committed=None, fetched_to=None):
    """What the broker says of one partition."""

    async def answer(value):
        return value

    return SimpleNamespace(
        earliest_offsets=lambda *wanted: answer(dict.fromkeys(wanted, first)),
        highwaters=lambda *wanted: answer(dict.fromkeys(wanted, end)),
        _thread=SimpleNamespace(committed_of=lambda _partition: answer(committed)),
        end_of=lambda _place: end,
        position=lambda _partition: answer(fetched_to),
    )


@pytest.mark.parametrize(
    ("broker", "start"),
    [
        ({"first": 3, "end": 9}, (None, 3)),
        ({"first": 3, "end": 9, "committed": 5}, (5, 5)),
        ({"first": 3, "end": 9, "committed": 9}, (9, 9)),
        ({"first": 6, "end": 9, "committed": 5}, (5, 6)),
    ],
)
def test_reading_begins_where_it_was_committed_and_at_the_first_record_where_that_has_gone(broker, start):
    assert asyncio.run(ExplicitConsumer.starts_of(consumer(**broker), [PLACE])) == {PLACE: start}


def test_a_log_that_lost_its_end_is_read_from_there_and_not_from_where_it_once_was():
    """What comes now has offsets below the committed one, and would be passed over as done."""
    shorter = consumer(first=0, end=70, committed=100)
    assert asyncio.run(ExplicitConsumer.starts_of(shorter, [PLACE])) == {PLACE: (70, 70)}


@pytest.mark.parametrize(("taken_to", "left"), [(9, False), (8, None), (10, True)])
def test_a_partition_of_which_more_was_taken_than_there_is_is_not_read_to_its_end(taken_to, left):
    broker = consumer(end=9, fetched_to=9)
    assert asyncio.run(ExplicitConsumer.left_to_fetch(broker, PLACE, taken_to)) is left
