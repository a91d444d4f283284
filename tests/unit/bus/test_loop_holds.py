"""A dependency is away: the batch is held, the partitions are paused, and all that says so says it for as long."""

import pytest

from tests.unit.bus.script import Clock, ScriptedConsumer, TellingHandler, assign, away_once, loop_over, number
from warmline.bus.record import TransientError
from warmline.store.store import StoreUnavailableError


class PausingConsumer(ScriptedConsumer):
    """Remembers which partitions are paused."""

    def __init__(self, clock, *script):
        super().__init__(clock, *script)
        self.paused = set()

    def pause(self, partitions):
        self.paused |= {each.partition for each in partitions}

    def resume(self, partitions):
        self.paused -= {each.partition for each in partitions}


class OrderedHandler(TellingHandler):
    """Tells also when what it did is committed and acknowledged."""

    def committed(self, offsets):
        self.told.append(("committed", *offsets.values()))

    def acknowledged(self, outcomes):
        self.told.append(("acknowledged", len(outcomes)))


@pytest.mark.parametrize(
    "away", [TransientError("away"), StoreUnavailableError("away")], ids=["a dependency", "the store"]
)
def test_while_something_is_away_partitions_are_paused_and_metric_and_probe_say_so_and_then_no_more(away):
    faults, seen = [away, away], []

    def before(_numbers):
        if faults:
            raise faults.pop()

    consumer = PausingConsumer(Clock(), [assign(0, 1)], [number(7)], [lambda _: look()], [assign(2)], [], [])
    loop = loop_over(consumer, TellingHandler(before))

    def look():
        paused = loop._metrics.registry.get_sample_value("warmline_paused", {"service": "s"})
        seen.append((set(consumer.paused), paused, set(loop._health.waiting_for)))

    loop.run()
    look()
    assert seen == [({0, 1}, 1.0, {type(away).__name__}), (set(), 0.0, set())]
    assert consumer.commits == [{0: 8}]


def test_a_partition_that_comes_while_a_batch_is_held_is_paused_as_well():
    faults, paused = [TransientError("away")] * 4, []

    def before(_numbers):
        paused.append(set(consumer.paused))
        if faults:
            raise faults.pop()

    script = [[assign(0)], [number(7)], [assign(1)], *[[]] * 6]
    consumer = PausingConsumer(Clock(), *script)
    loop_over(consumer, TellingHandler(before)).run()
    assert paused[-1] == {0, 1}
    assert consumer.paused == set()


def test_the_handler_hears_of_the_commit_before_it_is_told_that_all_is_acknowledged():
    """By the committed offset it tells which outcomes may be dropped: without it all of them would be held."""
    handler = OrderedHandler()
    loop_over(ScriptedConsumer(Clock(), [assign(0)], [number(7)]), handler).run()
    told = [each for each in handler.told if each[0] in {"handled", "committed", "acknowledged"}]
    assert told == [("handled", 7), ("committed", 8), ("acknowledged", 1)]


def test_what_is_assigned_after_a_hold_is_over_is_not_paused():
    consumer = PausingConsumer(Clock(), [assign(0)], [number(7)], [], [assign(1)], [])
    loop_over(consumer, TellingHandler(away_once())).run()
    assert consumer.paused == set(), "nobody would ever resume it"
