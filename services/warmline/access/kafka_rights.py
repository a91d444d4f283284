"""A role's rights at Kafka, as it keeps them: operation, kind of resource, name."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from warmline.access.roles import Role
from warmline.contracts.topics import TOPICS, dead_letter_topic
from warmline.services import SERVICES

Operation = Literal["READ", "WRITE", "CREATE", "DESCRIBE"]
Resource = Literal["topic", "group", "transactional-id"]


@dataclass(frozen=True, slots=True)
class KafkaRight:
    """One right. READ and WRITE bring DESCRIBE with them; WRITE on a topic brings idempotent producing.

    Attributes:
        operation: What may be done.
        resource: To what kind of thing.
        name: To which one, with the deployment's prefix.
        prefixed: Whether the name is only the beginning.
    """

    operation: Operation
    resource: Resource
    name: str
    prefixed: bool = False

    def __str__(self) -> str:
        return f"{self.operation} on {self.resource} {self.name}{'*' if self.prefixed else ''}"


def kafka_rights(role: Role, prefix: str, *, transactional: bool = True) -> Iterator[KafkaRight]:
    """Yield all that a role needs, and nothing else.

    Args:
        role: Whose rights.
        prefix: Setting `topic_prefix`.
        transactional: Whether `delivery` may be `transactional`.
    """
    for topic in role.reads:
        yield KafkaRight("READ", "topic", prefix + topic)
    for topic in role.writes:
        yield KafkaRight("WRITE", "topic", prefix + topic)
    for group in role.groups:
        yield KafkaRight("READ", "group", prefix + group)
    if role.views:
        yield KafkaRight("DESCRIBE", "group", prefix + role.views, prefixed=True)
    if role.transactions and transactional:
        yield KafkaRight("WRITE", "transactional-id", f"{prefix}{role.name}-", prefixed=True)
    if role.creates:
        for topic in [topic.name for topic in TOPICS] + [dead_letter_topic(service) for service in SERVICES]:
            yield KafkaRight("CREATE", "topic", prefix + topic)
            yield KafkaRight("DESCRIBE", "topic", prefix + topic)
