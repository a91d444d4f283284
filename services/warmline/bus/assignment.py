"""Which partitions a consumer owns, kept from its rebalance callbacks."""

from collections.abc import Callable
from typing import Any

from confluent_kafka import Consumer, TopicPartition

Place = tuple[str, int]
"""Full topic name and partition."""


class Assignment:
    """The partitions owned right now.

    Attributes:
        owned: Full topic name and partition of each.
        changed: Whether it changed since the loop last looked.
    """

    def __init__(self, note: Callable[[str, int], None]) -> None:
        self.owned: set[Place] = set()
        self.changed = False
        self.joined = False
        self._held_back = False
        self._note = note

    def subscribe(self, consumer: Consumer, topics: list[str]) -> None:
        """Subscribe; from now on the callbacks keep this object right."""
        consumer.subscribe(topics, on_assign=self._assign, on_revoke=self._revoke, on_lost=self._lost)

    def hold_back(self, consumer: Consumer) -> None:
        """Pause everything owned, and whatever comes while this holds."""
        self._held_back = True
        consumer.pause(self._partitions())

    def let_go(self, consumer: Consumer) -> None:
        """Resume everything owned."""
        self._held_back = False
        consumer.resume(self._partitions())

    def _partitions(self) -> list[Any]:
        return [TopicPartition(topic, partition) for topic, partition in self.owned]

    def _assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        consumer.incremental_assign(partitions)
        if self._held_back and partitions:
            consumer.pause(partitions)
        self.owned |= {(each.topic, each.partition) for each in partitions}
        self.joined = True
        self._moved("assigned", partitions)

    def _revoke(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        # Between batches nothing is in flight, so there is nothing to finish or to wait for here.
        consumer.incremental_unassign(partitions)
        self.owned -= {(each.topic, each.partition) for each in partitions}
        self._moved("revoked", partitions)

    def _lost(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        consumer.incremental_unassign(partitions)
        self.owned -= {(each.topic, each.partition) for each in partitions}
        self._moved("lost", partitions)

    def _moved(self, kind: str, partitions: list[TopicPartition]) -> None:
        self.changed = True
        self._note(kind, len(partitions))
