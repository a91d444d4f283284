"""Kafka rights in the forms that clusters take: kafka-acls commands, Strimzi KafkaUsers, the admin client."""

import shlex
from collections.abc import Iterable
from typing import Any

from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import (  # the package exports them without saying so
    AclBinding,
    AclOperation,
    AclPermissionType,
)
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType

from warmline.access.kafka_rights import KafkaRight

TIMEOUT_S = 30.0
RESOURCES = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactional-id": ResourceType.TRANSACTIONAL_ID,
}
FLAGS = {"topic": "--topic", "group": "--group", "transactional-id": "--transactional-id"}
STRIMZI = {"topic": "topic", "group": "group", "transactional-id": "transactionalId"}
OPERATIONS = {"READ": "Read", "WRITE": "Write", "CREATE": "Create", "DESCRIBE": "Describe"}


def as_command(right: KafkaRight, principal: str) -> str:
    """Return the line for Kafka's own tool."""
    pattern = " --resource-pattern-type prefixed" if right.prefixed else ""
    operation = OPERATIONS[right.operation]
    return (
        f'kafka-acls.sh "$@" --add --allow-principal {_quoted(principal)} '
        f"--operation {operation} {FLAGS[right.resource]} {shlex.quote(right.name)}{pattern}"
    )


def _quoted(principal: str) -> str:
    quoted = shlex.quote(principal)
    return f'"{principal}"' if quoted == principal else quoted


def as_kafka_user(user: str, rights: Iterable[KafkaRight]) -> dict[str, Any]:
    """Return the KafkaUser resource; the cluster's name and the kind of authentication are the reader's to add."""
    acls = [
        {
            "resource": {
                "type": STRIMZI[right.resource],
                "name": right.name,
                "patternType": "prefix" if right.prefixed else "literal",
            },
            "operations": [OPERATIONS[right.operation]],
        }
        for right in rights
    ]
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaUser",
        "metadata": {"name": user},
        "spec": {"authorization": {"type": "simple", "acls": acls}},
    }


def as_binding(right: KafkaRight, principal: str) -> AclBinding:
    """Return the binding for the admin client, from any host."""
    kind = RESOURCES[right.resource]
    pattern = ResourcePatternType.PREFIXED if right.prefixed else ResourcePatternType.LITERAL
    operation = AclOperation[right.operation]
    return AclBinding(kind, right.name, pattern, principal, "*", operation, AclPermissionType.ALLOW)


def grant(admin: AdminClient, bindings: list[AclBinding]) -> None:
    """Grant them all; granting what is there already does no harm.

    Raises:
        KafkaException: The cluster refused one, for example for want of an authorizer.
    """
    for future in admin.create_acls(bindings, request_timeout=TIMEOUT_S).values():
        future.result()
