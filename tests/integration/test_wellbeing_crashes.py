"""Instances of the wellbeing service die, stand still and take over: the signals are those of the run in memory."""

import signal
import time
from contextlib import ExitStack

import pytest

from tests.support.wellbeing_scene import PARTITIONS, Running, Scene, expected_of, process, running, story
from tests.unit.wellbeing.shift import DAY, MONDAY, plain
from warmline.contracts.topics import AGENT_WELLBEING as SIGNALS
from warmline.wellbeing.faust_consumer import ExplicitConsumer
from warmline.wellbeing.faust_publisher import FaustPublisher


@pytest.fixture
def scene(kafka, redis_url, unique):
    return Scene(kafka, redis_url, unique)


def test_a_crash_between_store_and_publication_leads_to_the_same_signals(scene, monkeypatch):
    events = story(seed=2)
    expected = expected_of(events)
    scene.send(events)
    publish, crashes = FaustPublisher.publish, []

    async def crash(self, outcomes, letters=()):
        if outcomes and len(crashes) < 3:
            crashes.append(len(outcomes))
            raise RuntimeError("the plug is pulled")
        await publish(self, outcomes, letters)

    monkeypatch.setattr(FaustPublisher, "publish", crash)
    for _ in range(3):
        instance = Running(scene.settings)
        instance.thread.join(40)
        assert isinstance(instance.failure, RuntimeError), "an exception stops the service instead of going on"
    with running(scene.settings):
        found = scene.signals(expected)
    assert len(crashes) == 3
    assert found == expected


def test_a_crash_between_publication_and_commit_leads_to_the_same_signals(scene, monkeypatch):
    events = story(seed=3)
    expected = expected_of(events)
    scene.send(events)
    commit, crashes = ExplicitConsumer.commit_explicit, []

    async def crash(self, offsets):
        if len(crashes) < 2:
            crashes.append(offsets)
            raise RuntimeError("the plug is pulled")
        return await commit(self, offsets)

    monkeypatch.setattr(ExplicitConsumer, "commit_explicit", crash)
    for _ in range(2):
        instance = Running(scene.settings)
        instance.thread.join(40)
        assert isinstance(instance.failure, RuntimeError)
    assert set(scene.committed()[0].values()) == {0}
    with running(scene.settings):
        found = scene.signals(expected)
    assert found == expected


def test_two_instances_and_rebalances_in_the_middle_give_the_same(scene, tmp_path):
    events = story(seed=4, contacts=8)
    expected = expected_of(events)
    third = len(events) // 3
    with ExitStack() as stack:
        first = process(scene.settings, tmp_path / "1")
        stack.callback(first.kill)
        scene.send(events[:third])
        scene.read(SIGNALS, lambda messages: len(messages) > 3, 30)
        second = process(scene.settings, tmp_path / "2")
        stack.callback(second.kill)
        for start in range(third, 2 * third, 20):
            scene.send(events[start : min(start + 20, 2 * third)])
            time.sleep(0.2)
        time.sleep(5)
        first.send_signal(signal.SIGKILL)
        first.wait(10)
        third_instance = process(scene.settings, tmp_path / "3")
        stack.callback(third_instance.kill)
        scene.send(events[2 * third :])
        found = scene.signals(expected, 90)
        for instance in (second, third_instance):
            instance.send_signal(signal.SIGTERM)
            assert instance.wait(20) == 0, "SIGTERM drains and ends well"
    assert found == expected
    offsets, ends = scene.committed()
    assert offsets == ends


def test_an_instance_that_stood_still_folds_nothing_ahead_of_what_waits_for_it(scene, tmp_path):
    """The other instance has read to the end of a day, and the ends that this one knows are from before."""
    events = story(seed=5)
    rest = [*events[len(events) // 2 :], *(plain(f"closing{n}", MONDAY + DAY, agent="zoe") for n in range(30))]
    expected = expected_of([*events[: len(events) // 2], *rest])
    with ExitStack() as stack:
        instances = [process(scene.settings, tmp_path / name) for name in ("1", "2")]
        for instance in instances:
            stack.callback(instance.kill)
        scene.await_partitions_of(2)
        scene.send(events[: len(events) // 2])
        scene.await_commits(lambda offsets, ends: offsets == ends)
        time.sleep(3)  # longer than it takes to find that all is read: there is nothing outside that tells of it
        instances[1].send_signal(signal.SIGSTOP)
        scene.send(rest)
        scene.await_commits(lambda offsets, ends: sum(offsets[each] == ends[each] for each in ends) >= PARTITIONS)
        time.sleep(2)  # the one that reads tells how far it has come once a second
        instances[1].send_signal(signal.SIGCONT)
        found = scene.signals(expected, 60)
        for instance in instances:
            instance.send_signal(signal.SIGTERM)
            assert instance.wait(20) == 0
    assert found == expected
