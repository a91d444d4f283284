"""Calls to Redis or Valkey, one place for all: timed, scripts by digest, and faults told apart.

What passes by itself (a fail-over, a node that is away, no room, a right not yet granted) becomes
StoreUnavailableError: the batch is held and tried again. Everything else is a defect, and is raised as it is.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from redis.cluster import RedisCluster
from redis.exceptions import (
    AskError,
    ClusterError,
    ConnectionError as RedisConnectionError,
    NoPermissionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    TimeoutError as RedisTimeoutError,
    TryAgainError,
)

from warmline.store.connect import Connection
from warmline.store.store import StoreUnavailableError

Answer = TypeVar("Answer")
Observe = Callable[[str, float], None]
Call = tuple[list[str], list[Any]]
"""The keys and the arguments of one run of a script."""

TRANSIENT = (
    RedisConnectionError,  # includes BusyLoadingError
    RedisTimeoutError,
    RedisClusterException,  # no RedisError: no node of a cluster can be reached, or none serves the slot
    ClusterError,  # the cluster is down, or slots move about for longer than its client follows
    AskError,  # includes MovedError; its client follows both, so here one node is addressed as if it were the whole
    TryAgainError,
    ReadOnlyError,  # a fail-over: this node is a replica now
    OutOfMemoryError,  # noeviction: writes are refused until an operator makes room
    NoScriptError,  # once more, though the script was just loaded: a fail-over came in between
    NoPermissionError,  # an ACL lacks a command or a key, which it names: the records are not at fault
)
"""Faults that pass: the batch is held and tried again."""
PASSING = (
    "LOADING",
    "CLUSTERDOWN",
    "MASTERDOWN",
    "READONLY",
    "OOM",
    "TRYAGAIN",
    "MISCONF",  # its disk takes nothing: writes are refused
    "NOPERM",
    "DENIED",  # protected mode's
    "NOREPLICAS",  # min-replicas-to-write: after a fail-over no replica follows the new master yet
    "BUSY ",  # a script, of whomever, has run past its limit; not BUSYGROUP and BUSYKEY, which blame the command
    "max number of clients",  # of a cluster's node it goes on "+ cluster connections", which has no class
)
"""Beginnings of answers that mean the same, and have no class of their own, or lose it on their way."""
REFUSED_INSIDE = re.compile(r"can't run this command|ACL failure in script")
"""What Redis and Valkey say of a command that the user may not run, where a script runs it."""


class RedisCalls:
    """What every part of the store calls Redis through.

    Args:
        connection: Where to.
        observe: Told each operation's name and seconds.
        monotonic: Clock for that, seconds.
    """

    def __init__(self, connection: Connection, observe: Observe, monotonic: Callable[[], float]) -> None:
        self._connection = connection
        self._observe = observe
        self._monotonic = monotonic
        self._shas: dict[str, str] = {}

    @property
    def client(self) -> Any:
        """The client, for calls that are `timed`: a Cluster of which no node answers has none."""
        return self._connection.client()

    def run(self, operation: str, script: str, calls: Sequence[Call]) -> list[list[int]]:
        """Run one script many times, in one round trip where the server allows it.

        Raises:
            StoreUnavailableError: The server does not answer, or not now.
        """

        def run() -> list[list[int]]:
            sha = self._shas.get(script) or self._load_script(script)
            try:
                return self._evaluate(sha, calls)
            except NoScriptError:  # the server restarted or failed over and forgot it; nothing of this call ran there
                return self._evaluate(self._load_script(script), calls)

        return self.timed(operation, run, script)

    def timed(self, operation: str, call: Callable[[], Answer], script: str = "") -> Answer:
        """Return what a call answers.

        Args:
            operation: Its name in the metrics and in errors.
            call: Talks to the server.
            script: The script that it runs, if it does.

        Raises:
            StoreUnavailableError: The server does not answer, or not now.
        """
        started = self._monotonic()
        try:
            return call()
        except TRANSIENT as error:
            said = str(error).partition("('")[0]  # a cluster's client quotes the command with all that it carries
            raise StoreUnavailableError(f"Redis, {operation}: {type(error).__name__}: {said}") from error
        except RedisError as error:
            reason = str(error).rpartition("of pipeline caused error: ")[2]
            if reason.startswith(PASSING):
                raise StoreUnavailableError(f"Redis, {operation}: {reason}") from error
            if REFUSED_INSIDE.search(reason):
                command = refused_command(script, reason)
                raise StoreUnavailableError(f"Redis, {operation}: an ACL lacks {command}: {reason}") from error
            raise
        finally:
            self._observe(operation, self._monotonic() - started)

    def _evaluate(self, sha: str, calls: Sequence[Call]) -> list[list[int]]:
        client = self.client
        if isinstance(client, RedisCluster):  # its pipeline takes no scripts
            return [client.evalsha(sha, len(names), *names, *values) for names, values in calls]
        pipeline = client.pipeline(transaction=False)
        for names, values in calls:
            pipeline.execute_command("EVALSHA", sha, len(names), *names, *values)
        results: list[list[int]] = pipeline.execute()
        return results

    def _load_script(self, script: str) -> str:
        sha = self._shas[script] = str(self.client.script_load(script))
        return sha


def refused_command(script: str, reason: str) -> str:
    """Return the command that a script was not allowed to run: Redis before 7.2 names only the line."""
    line = re.search(r"user_script:(\d+)", reason)
    until = script.splitlines()[: int(line[1])] if line else []
    calls = [call for each in until for call in re.findall(r"redis\.call\('(\w+)'", each)]
    return f"{calls[-1].lower()} (inside a script)" if calls else "a command inside a script"
