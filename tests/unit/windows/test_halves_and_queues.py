"""The trend is as far from rising as from falling; the time in distress stays what it was in every queue."""

import pytest

from tests.unit.windows.scene import STAMPS, Scene, customer, ended, policy
from warmline.contracts.summary import ConversationSummary
from warmline.contracts.window import ConversationWindow
from warmline.store.memory import MemoryRun
from warmline.windows.domain import WindowsDomain


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("last", "steps"), [((0.249, 0.25), 0), ((0.25, 0.25), 1), ((0.599, 0.6), 1), ((0.6, 0.6), 2)])
def test_half_a_thousandth_below_a_step_is_below_it_upwards_and_downwards(sign, last, steps):
    names = {0: "steady", 1: "rising", 2: "rising_fast", -1: "falling", -2: "falling_fast"}
    scene = Scene()
    window = scene.tell(*(customer(place, sign * valence) for place, valence in enumerate((0.0, 0.0, *last))))
    assert window.trend == names[sign * steps]


def test_a_queue_that_calls_less_distress_does_not_take_back_the_time_there_was():
    domain = WindowsDomain(lambda queue: policy(moment_distress=0.9 if queue == "b" else 0.5), "test")
    run = MemoryRun(domain)
    told = (customer(0, -0.8, 0.7), customer(30), customer(40, queue="b"), ended(50))
    emits = [emit.event for event in told for emit in run.apply(event, STAMPS)]
    windows = [event.distress_ms for event in emits if isinstance(event, ConversationWindow)]
    (summary,) = [event for event in emits if isinstance(event, ConversationSummary)]
    assert (windows, summary.distress_ms) == ([0, 30_000, 30_000, 30_000], 30_000)
