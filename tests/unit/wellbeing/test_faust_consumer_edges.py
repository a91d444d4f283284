"""What Faust's consumer answers where partitions move or a broker is away."""

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka.errors import CommitFailedError, IllegalStateError, NodeNotReadyError
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from warmline.bus.record import TransientError
from warmline.wellbeing.faust_consumer import ExplicitConsumer
from warmline.wellbeing.ledger import Place

HERE, THERE = Place("our.conversation.windows", 0), Place("our.agent.states", 0)


def consumer(fault=None, **answers):
    """Faust's consumer over a thread that answers, or has a fault."""

    def told(value=None):
        if fault is not None:
            raise fault
        return value

    async def answer(value=None):
        return told(value)

    thread = SimpleNamespace(
        commit_explicit=lambda offsets: answer(answers["committed"].update(offsets)),
        answered_ms=lambda _partition: told(7),
        committed_of=lambda _partition: answer(),
    )
    return SimpleNamespace(
        _thread=thread,
        seek=lambda *where: answer(answers["sought"].append(where)),
        highwater=lambda _partition: told(9),
        earliest_offsets=lambda *wanted: answer(dict.fromkeys(wanted, 0)),
        highwaters=lambda *wanted: answer(dict.fromkeys(wanted, 9)),
        end_of=lambda _place: answers.get("end"),
        position=lambda _partition: answer(answers.get("fetched_to")),
    )


def test_offsets_are_committed_as_told():
    committed = {}
    assert asyncio.run(ExplicitConsumer.commit_explicit(consumer(committed=committed), {HERE: 5}))
    assert committed == {TopicPartition(*HERE): OffsetAndMetadata(5, "")}


@pytest.mark.parametrize("fault", [CommitFailedError(), IllegalStateError()])
def test_a_commit_for_partitions_that_have_moved_is_left_to_their_new_owner(fault):
    assert asyncio.run(ExplicitConsumer.commit_explicit(consumer(fault, committed={}), {HERE: 5})) is False


def test_a_commit_that_the_broker_does_not_answer_is_tried_again():
    with pytest.raises(TransientError):
        asyncio.run(ExplicitConsumer.commit_explicit(consumer(NodeNotReadyError(), committed={}), {HERE: 5}))


@pytest.mark.parametrize("fault", [NodeNotReadyError(), IllegalStateError(), AssertionError()])
def test_of_a_partition_that_has_moved_or_a_broker_that_is_away_nothing_is_known(fault):
    away = consumer(fault, end=9, sought=[])
    with pytest.raises(TransientError):
        asyncio.run(ExplicitConsumer.starts_of(away, [HERE]))
    asyncio.run(ExplicitConsumer.seek_to(away, HERE, 3))
    assert ExplicitConsumer.end_of(away, HERE) is None
    assert ExplicitConsumer.answered_ms(away, HERE) is None
    assert asyncio.run(ExplicitConsumer.left_to_fetch(away, HERE, 3)) is True


def test_what_is_known_of_a_partition_is_passed_on():
    sought = []
    known = consumer(sought=sought)
    asyncio.run(ExplicitConsumer.seek_to(known, HERE, 3))
    assert sought == [(TopicPartition(*HERE), 3)]
    assert (ExplicitConsumer.end_of(known, HERE), ExplicitConsumer.answered_ms(known, HERE)) == (9, 7)


@pytest.mark.parametrize(("end", "fetched_to"), [(None, 9), (9, None), (9, 8)])
def test_something_is_left_where_no_end_is_known_or_it_is_not_fetched_to(end, fetched_to):
    broker = consumer(end=end, fetched_to=fetched_to)
    assert asyncio.run(ExplicitConsumer.left_to_fetch(broker, HERE, 3)) is True
