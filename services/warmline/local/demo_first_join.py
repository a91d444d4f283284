"""Lets a Faust group of the embedded broker have had a member before Faust joins it.

The embedded broker counts a group's generations from 0, real Kafka from 1. Faust uses 0 for "not joined yet", so a
Faust service that is the very first member would wait for ever for its assignment. One short membership before it,
under the protocol name that Faust uses (the broker holds a group to its first one), takes generation 0.
"""

import asyncio

from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor  # type: ignore[import-untyped]

from warmline.local.waiting import NotInTimeError

SESSION_TIMEOUT_MS = 2000  # the join takes half of it
TIMEOUT_S = 30.0


class _NamedAsFaust(RoundRobinPartitionAssignor):  # type: ignore[misc]
    """Faust's name; nobody else is there to be given anything."""

    name = "faust"


def join_once(bootstrap: str, group: str, topic: str) -> None:
    """Join a group, and leave it without having read anything.

    Args:
        bootstrap: Where the embedded broker is.
        group: Consumer group.
        topic: Any topic that exists.

    Raises:
        NotInTimeError: The broker gave no assignment.
    """
    try:
        asyncio.run(asyncio.wait_for(_join(bootstrap, group, topic), TIMEOUT_S))
    except TimeoutError as error:
        raise NotInTimeError(f"the embedded broker let nobody join {group} within {TIMEOUT_S:.0f} s") from error


async def _join(bootstrap: str, group: str, topic: str) -> None:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        session_timeout_ms=SESSION_TIMEOUT_MS,
        heartbeat_interval_ms=SESSION_TIMEOUT_MS // 4,
        partition_assignment_strategy=[_NamedAsFaust],
    )
    await consumer.start()  # comes back with the first assignment
    await consumer.stop()
