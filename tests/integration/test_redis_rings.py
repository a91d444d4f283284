"""Rings on a real Redis or Valkey: what they recall is what the lines in memory recall, and each has a TTL."""

from collections.abc import Iterator

import pytest
import redis
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.support.quiet_store import quiet_store
from warmline.contracts.turn import Turn
from warmline.local.valkey_cluster import ValkeyCluster
from warmline.models.context import MS
from warmline.models.lines import LINES_KEPT, Lines, line_of
from warmline.scoring.lines import AgentLines, agent_lines
from warmline.settings import Secret, Settings
from warmline.store.keys import Keys

BASE_MS = 1_700_000_000_000
WHO = ["jo", "al", "ü\x1f"]


def agent_turn(who: str, offset_ms: int, turn_id: str) -> Turn:
    return Turn(
        conversation_id="c",
        turn_id=turn_id,
        role="agent",
        participant_id=who,
        text="x",
        spoken_at=BASE_MS + offset_ms,
    )


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


def open_lines(redis_url: str) -> tuple[AgentLines, list]:
    store = quiet_store(Settings(redis_url=Secret(redis_url)), Keys("wl", "scoring", 8))
    noted: list = []
    return agent_lines(store, noted), noted


said = st.lists(st.tuples(st.sampled_from(WHO), st.integers(0, 40), st.binary(max_size=6)), max_size=LINES_KEPT + 20)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said)
def test_redis_recalls_what_the_lines_in_memory_recall(
    redis_url: str, client: redis.Redis, lines: list[tuple[str, int, bytes]]
) -> None:
    client.flushdb()
    held, noted = open_lines(redis_url)
    memory = Lines()
    for number, (who, offset_ms, pairs) in enumerate(lines):
        line = line_of(agent_turn(who, offset_ms, str(offset_ms)), pairs)
        memory.remember(line)
        noted.append(line)
        if number % 3 == 0:
            held.keep()
    held.keep()
    asked = [agent_turn(who, offset_ms, "new") for who in WHO for offset_ms in (0, 5, 20, 41)]
    assert held.before(asked) == [memory.before(turn) for turn in asked]


def test_every_ring_has_a_ttl_and_is_bounded(redis_url: str, client: redis.Redis) -> None:
    client.flushdb()
    held, noted = open_lines(redis_url)
    noted += [line_of(agent_turn("jo", number, str(number)), b"ab") for number in range(3 * LINES_KEPT)]
    held.keep()
    (key,) = client.keys("*")
    assert key.startswith(b"wl:{scoring.")
    assert client.zcard(key) == LINES_KEPT
    assert 0 < client.pttl(key) <= 86_400 * MS


def test_a_line_kept_twice_is_there_once_and_what_was_kept_is_not_noted_again(
    redis_url: str, client: redis.Redis
) -> None:
    client.flushdb()
    held, noted = open_lines(redis_url)
    for _ in range(2):
        noted.append(line_of(agent_turn("jo", 1, "1"), b"ab"))
        held.keep()
        assert noted == []
    assert held.before([agent_turn("jo", 2, "2")]) == [(b"ab",)]


def test_lines_that_could_not_be_kept_are_kept_by_the_next_call(redis_url: str, client: redis.Redis) -> None:
    client.flushdb()
    held, noted = open_lines(redis_url)
    noted.append(line_of(agent_turn("jo", 1, "1"), b"ab"))
    keys = Keys("wl", "scoring", 8)
    key = keys.ring(keys.bucket("jo"), "jo")
    client.set(key, "in the way")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        held.keep()
    client.delete(key)
    held.keep()
    assert held.before([agent_turn("jo", 2, "2")]) == [(b"ab",)]


def test_rings_of_many_participants_lie_over_a_cluster() -> None:
    """One batch's participants hash to buckets of several nodes: no call may name keys of two slots."""
    with ValkeyCluster(3) as cluster:
        held, noted = open_lines(f"redis+cluster://{cluster.addresses}")
        names = [f"agent-{number}" for number in range(40)]
        noted += [line_of(agent_turn(name, 1, "1"), name.encode()) for name in names]
        held.keep()
        assert held.before([agent_turn(name, 2, "2") for name in names]) == [(name.encode(),) for name in names]
        assert sum(redis.Redis(port=node.port).dbsize() > 0 for node in cluster.nodes) > 1
