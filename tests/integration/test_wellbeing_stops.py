"""The wellbeing service is told to stop while its broker holds every connection open and answers nothing."""

import signal
from contextlib import ExitStack

import pytest

from tests.parts import kafka as kafkas
from tests.parts.obtain import obtain
from tests.support.wellbeing_scene import Scene, expected_of, process, running, story
from warmline.run_command import EXIT_STOPPED_EARLY
from warmline.wellbeing.service import LEAVE_S

SLACK_S = 5
"""For what is no part of the stop: the interpreter's own end, on a busy machine."""


@pytest.fixture
def broker():
    """One broker of our own that may stand still."""
    with ExitStack() as stack:
        yield obtain("a Kafka broker to stop", [lambda stack: kafkas.start_cluster(stack, brokers=1)], stack)


@pytest.fixture
def scene(broker, redis_url, unique):
    return Scene(broker, redis_url, unique)


def test_a_broker_that_does_not_answer_keeps_nobody_from_ending_by_the_deadline(scene, broker, tmp_path):
    """Leaving the group waits for the broker, on a thread of its own and for as long as a request may take."""
    events = story(seed=9)
    expected = expected_of(events)
    scene.send(events[: len(events) // 2])
    log = tmp_path / "log"
    with ExitStack() as stack:
        instance = process(scene.settings, log)
        stack.callback(instance.wait)
        stack.callback(instance.kill)
        scene.await_partitions_of(1)
        scene.await_commits(lambda offsets, ends: offsets == ends)
        broker.signal_broker(0, signal.SIGSTOP)
        stack.callback(broker.signal_broker, 0, signal.SIGCONT)
        instance.send_signal(signal.SIGTERM)
        ended = instance.wait(scene.settings.drain_s + 2 * LEAVE_S + SLACK_S)
        assert ended in {0, EXIT_STOPPED_EARLY}, "the latter where a signal was still on its way to the broker"
    told = log.read_text()
    assert "Faust did not stop in time" in told
    assert "Traceback" not in told
    scene.send(events[len(events) // 2 :])
    with running(scene.settings):
        found = scene.signals(expected)
    assert found == expected
