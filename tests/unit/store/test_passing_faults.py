"""What Redis and its client say is told apart: what passes holds the batch, a defect is raised as it is."""

import pytest
from redis._parsers.base import BaseParser
from redis.exceptions import ClusterError, DataError, RedisClusterException, ResponseError, SlotNotCoveredError

from warmline.store.redis_calls import RedisCalls
from warmline.store.store import StoreUnavailableError

PASSING = [
    "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    "BUSY Valkey is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    "CLUSTERDOWN Hash slot not served",
    "DENIED Redis is running in protected mode because protected mode is enabled",
    "ERR max number of clients + cluster connections reached",
    "ERR max number of clients reached",
    "LOADING Redis is loading the dataset in memory",
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
    "MOVED 3999 127.0.0.1:6381",
    "NOAUTH Authentication required.",
    "NOPERM this user has no permissions to run the 'evalsha' command",
    "NOREPLICAS Not enough good replicas to write.",
    "NOSCRIPT No matching script. Please use EVAL.",
    "NOREPLICAS Not enough good replicas to write. script: 8a13, on @user_script:20.",
    "OOM command not allowed when used memory > 'maxmemory'.",
    "READONLY You can't write against a read only replica.",
    "TRYAGAIN Multiple keys request during rehashing of slot",
]
DEFECTS = [
    "BUSYGROUP Consumer Group name already exists",
    "BUSYKEY Target key name already exists.",
    "CROSSSLOT Keys in request don't hash to the same slot",
    "ERR unknown command 'NOREPLICAS'",
    "ERR wrong number of arguments for 'hset' command",
    "WRONGTYPE Operation against a key holding the wrong kind of value",
]


def timed(error):
    """Have a call fail as it would, through the one door to Redis."""

    def fail():
        raise error

    RedisCalls(None, lambda _operation, _seconds: None, lambda: 0.0).timed("load", fail)


@pytest.mark.parametrize("answer", PASSING)
def test_an_answer_that_passes_holds_the_batch(answer):
    error = BaseParser.parse_error(answer)
    with pytest.raises(StoreUnavailableError):
        timed(error)


@pytest.mark.parametrize("answer", ["BUSY Redis is busy running a script.", "NOREPLICAS Not enough good replicas."])
def test_the_same_answer_to_a_call_of_a_pipeline_holds_it_too(answer):
    with pytest.raises(StoreUnavailableError, match=answer):
        timed(ResponseError(f"Command # 2 (EVALSHA 8a13 2 key key) of pipeline caused error: {answer}"))


@pytest.mark.parametrize("answer", DEFECTS)
def test_an_answer_that_tells_of_a_defect_is_raised_as_it_is(answer):
    error = BaseParser.parse_error(answer)
    with pytest.raises(type(error)):
        timed(error)


@pytest.mark.parametrize(
    "error",
    [
        RedisClusterException("Redis Cluster cannot be connected. Please provide at least one reachable node: refused"),
        RedisClusterException("All slots are not covered after query all startup_nodes. 5461 of 16384 covered..."),
        SlotNotCoveredError('Slot "12" is not covered by the cluster.'),
        ClusterError("TTL exhausted."),
    ],
)
def test_a_cluster_that_cannot_be_reached_holds_the_batch(error):
    with pytest.raises(StoreUnavailableError, match="Redis, load"):
        timed(error)


def test_a_command_that_found_no_node_is_not_quoted():
    command = ("EVALSHA", "8a13", 1, "key", b"what a customer said")
    with pytest.raises(StoreUnavailableError) as held:
        timed(RedisClusterException(f"No targets were found to execute {command} command on"))
    assert "customer" not in str(held.value)


def test_a_fault_of_the_callers_own_is_raised_as_it_is():
    with pytest.raises(DataError):
        timed(DataError("Invalid input of type: 'NoneType'"))
