"""An end is believed as of the broker's last but one answer: a broker that stops answering tells nothing new."""

import asyncio
from types import SimpleNamespace

import pytest

from warmline.wellbeing import intake as module
from warmline.wellbeing.intake import Intake
from warmline.wellbeing.ledger import Place

PLACE = Place("conversation.windows", 0)


class Broker:
    """Faust's consumer, as far as ends are asked for: what it has been answered."""

    def __init__(self):
        self.at_ms = None
        self.end = 0

    def assignment(self):
        return [PLACE]

    async def starts_of(self, places):
        return dict.fromkeys(places, (None, 0))

    def answered_ms(self, _place):
        return self.at_ms

    async def left_to_fetch(self, _place, taken_to):
        return taken_to < self.end


@pytest.fixture
def broker():
    return Broker()


@pytest.fixture
def look(broker, monkeypatch):
    """Answers at some times, ms, each with an end, and a look after each: what every look found."""
    monkeypatch.setattr(module, "IDLE_S", 0.0)

    def _look(*answers):
        async def run():
            app = SimpleNamespace(consumer=broker, consumer_generation_id=1, rebalancing=False)
            intake = Intake(app, "", 10, 0.01)
            channel = SimpleNamespace(queue=asyncio.Queue())
            intake._stream = SimpleNamespace(channel=channel)
            await intake.begin_generation()
            found = []
            for broker.at_ms, broker.end in answers:
                found.append(await intake.read_to_the_end())
            return found

        return asyncio.run(run())

    return _look


def test_an_end_is_as_of_the_answer_before_the_last_one(look):
    assert look((1_000, 0), (1_500, 0), (2_000, 0)) == [[], [(PLACE, 1_000)], [(PLACE, 1_500)]]


def test_a_broker_that_stops_answering_tells_of_no_end(look):
    assert look((1_000, 0), (1_500, 0), (1_500, 0), (1_500, 0)) == [[], [(PLACE, 1_000)], [], []]


def test_a_partition_with_something_left_is_not_at_its_end(look):
    assert look((1_000, 0), (1_500, 3), (2_000, 3)) == [[], [], []]


def test_nothing_is_known_before_the_first_answer(look):
    assert look((None, 0), (None, 0), (1_000, 0), (1_200, 0)) == [[], [], [], [(PLACE, 1_000)]]
