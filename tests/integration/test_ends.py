"""Where a broker is away, nobody knows what lies behind an end: time stands still there, and nothing is burnt."""

import time
from collections.abc import Callable
from threading import Event

from confluent_kafka.admin import AdminClient

from tests.parts.topics import create_topic
from warmline.bus.assignment import Place
from warmline.bus.config import ends_config
from warmline.bus.ends import ASK_EVERY_S, ASK_LEAST_EVERY_S, Ends
from warmline.local.kafka_jvm import KafkaCluster
from warmline.local.waiting import wait_until
from warmline.settings import Settings
from warmline.wiring import wall_ms

PARTITIONS = 6  # without copies: those of a broker that is away have no other leader
AWAY_S = 12.0
PAUSE_S = 0.05  # about as often as the loop comes round


def test_the_ends_of_a_broker_that_is_away_are_not_confirmed_and_cost_little_and_are_again_when_it_is_back(
    kafka3: KafkaCluster, unique: Callable[[str], str]
) -> None:
    topic = create_topic(kafka3.bootstrap, unique("turns"), partitions=PARTITIONS, copies=1)
    everywhere: set[Place] = {(topic, each) for each in range(PARTITIONS)}
    admin = AdminClient(ends_config(Settings(kafka_brokers=kafka3.bootstrap)))
    leaders = {each.id: each.leader for each in admin.list_topics(topic, timeout=10).topics[topic].partitions.values()}
    away = {(topic, each) for each, leader in leaders.items() if leader == 1}
    assert set(leaders.values()) == {1, 2, 3}
    ends = Ends(admin, wall_ms, time.monotonic)

    def confirmed(asked_after_ms: int) -> set[Place]:
        return {place for place, as_of_ms in ends.confirmed(dict.fromkeys(everywhere, 0)) if as_of_ms > asked_after_ms}

    def await_all(after_ms: int, timeout_s: float) -> None:
        found: set[Place] = set()
        wait_until(lambda: found.update(confirmed(after_ms)) or found == everywhere, timeout=timeout_s, what="all ends")

    await_all(0, 20)
    kafka3.kill_broker(0)
    try:
        killed_ms, used_s = wall_ms(), time.process_time()
        counts = dict.fromkeys(everywhere, 0)
        until_s = time.monotonic() + AWAY_S
        while time.monotonic() < until_s:
            for place in confirmed(killed_ms):
                counts[place] += 1
            Event().wait(PAUSE_S)
        used_s = time.process_time() - used_s
    finally:
        kafka3.restart_broker(0)
    assert {place for place, count in counts.items() if count == 0} == away
    assert min(counts[place] for place in everywhere - away) >= AWAY_S / ASK_EVERY_S / 3, "those time goes on for"
    assert used_s < AWAY_S / 2, "the client spins while it waits for a leader that is away"
    await_all(wall_ms(), 3 * ASK_LEAST_EVERY_S)
