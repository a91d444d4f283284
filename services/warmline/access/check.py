"""Does this process's user have every right that its role needs? What is missing is named.

Kafka is asked what it allows (a broker without an authorizer allows all). Redis has no such question for ordinary
users, so the store's own commands are tried, on a key of nobody's that is gone a second later.
"""

import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer, TopicCollection
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclOperation  # the package exports it without saying so

from warmline.access.kafka_rights import KafkaRight, kafka_rights
from warmline.access.roles import Role
from warmline.bus.config import producer_config
from warmline.bus.let_in import QUIET, TIMEOUT_S, let_in
from warmline.bus.transactions import transactional
from warmline.contracts.services import is_followed
from warmline.settings import Settings
from warmline.store.connect import FAULTS, Connection, connect
from warmline.store.keys import Keys
from warmline.store.progress import Told
from warmline.store.redis_progress import COUNT
from warmline.store.redis_store import RedisStore
from warmline.store.standing_stop import StandingStop
from warmline.store.store import Settle, StoreUnavailableError, Write

REFUSED = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
}
NO_COORDINATOR_YET = {
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
}
AGAIN_S = 0.2
PROBE = "warmline-acl-check"
PROBE_TTL_MS = 1_000
NEVER_MS = 2**52  # a due time that no watermark reaches


def missing_at_kafka(settings: Settings, role: Role) -> Iterator[KafkaRight]:
    """Yield each right that the cluster does not give.

    Raises:
        KafkaException: The cluster does not answer, does not let this user in, or lacks a topic.
    """
    wants_transactions = settings.delivery == "transactional"
    wanted = list(kafka_rights(role, settings.topic_prefix, transactional=wants_transactions))
    admin = let_in(settings)
    names = sorted({right.name for right in wanted if right.resource == "topic"})
    groups = sorted({right.name for right in wanted if right.resource == "group"})
    allowed: dict[tuple[str, str], set[AclOperation]] = {}
    if names:
        described = admin.describe_topics(
            TopicCollection(names), include_authorized_operations=True, request_timeout=TIMEOUT_S
        )
        allowed |= {("topic", name): may for name, may in _operations(described).items()}
    if groups:
        allowed |= {("group", name): may for name, may in _group_operations(admin, groups).items()}
    for right in wanted:
        if right.resource == "transactional-id":
            given = _may_open_a_transaction(settings, right.name)
        else:
            given = AclOperation[right.operation] in allowed[right.resource, right.name]
        if not given:
            yield right


def _group_operations(admin: AdminClient, groups: list[str]) -> dict[str, set[AclOperation]]:
    """Ask until the groups' coordinator is there: on a new cluster it takes a moment."""
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        answers = admin.describe_consumer_groups(groups, include_authorized_operations=True, request_timeout=TIMEOUT_S)
        try:
            return _operations(answers)
        except KafkaException as error:
            if not error.args[0].retriable() and error.args[0].code() not in NO_COORDINATOR_YET:
                raise
            if time.monotonic() > deadline:
                raise
            time.sleep(AGAIN_S)


def _operations(answers: Mapping[str, Any]) -> dict[str, set[AclOperation]]:
    """Return what may be done with each; nothing with what may not even be described."""
    found: dict[str, set[AclOperation]] = {}
    for name, future in answers.items():
        try:
            found[name] = set(future.result().authorized_operations or ())
        except KafkaException as error:
            if error.args[0].code() not in REFUSED:
                raise
            found[name] = set()
    return found


def _may_open_a_transaction(settings: Settings, prefix: str) -> bool:
    """Try it: there is no question for it. Nothing is written."""
    config = transactional(producer_config(settings), f"{prefix}{uuid.uuid4()}")
    try:
        Producer({**config, **QUIET}).init_transactions(TIMEOUT_S)
    except KafkaException as error:
        if error.args[0].code() not in REFUSED:
            raise
        return False
    return True


def try_store(settings: Settings, role: Role) -> None:
    """Do once what the role does in the store.

    Raises:
        StoreUnavailableError: It is away, or refuses; its message names the command or key.
    """
    try:
        _try_to_keep(settings, role)
        _try_to_look(settings, role)
        _try_to_resume(settings, role)
    except FAULTS as error:
        raise StoreUnavailableError(f"Redis: {error}") from error


def _try_to_keep(settings: Settings, role: Role) -> None:
    """Do what a service does with its own states."""
    for service in role.store:
        keys = Keys(settings.redis_prefix, service, settings.store_buckets)
        store = RedisStore(Connection(settings), keys, lambda _operation, _seconds: None, time.monotonic)
        (held,) = store.load([PROBE])
        version = held.version if held else 0
        store.compare_and_set([Write(PROBE, version, b"", b"", None, NEVER_MS, PROBE_TTL_MS)])
        store.due({store.bucket(PROBE): 0}, 1)
        store.settle([Settle(PROBE, version + 1, NEVER_MS)])
        store.settle([Settle(PROBE, version + 1, None)])
        store.load_clock(0)
        StandingStop(settings, service).why()
        if is_followed(service):
            store.progress(service).tell(Told(0, {}))  # of no partition: nothing is changed


def _try_to_look(settings: Settings, role: Role) -> None:
    """Read what is not the role's own: as `store.redis_progress`, `gateway.store_reader` and `warmline state` do."""
    for service in role.hears:
        connect(settings).hmget(Keys(settings.redis_prefix, service, settings.store_buckets).progress(), [COUNT])
    for service in (*role.looks, *role.examines):
        client, keys = connect(settings), Keys(settings.redis_prefix, service, settings.store_buckets)
        bucket = keys.bucket(PROBE)
        if service in role.looks:
            client.hget(keys.state(bucket, PROBE), "now")
        if service in role.examines:
            client.hgetall(keys.state(bucket, PROBE))
            client.pttl(keys.state(bucket, PROBE))
            client.zscore(keys.due(bucket), PROBE)


def _try_to_resume(settings: Settings, role: Role) -> None:
    """Lift the stops that do not stand: what does stand is not the check's to lift."""
    for service in role.resumes:
        client, key = connect(settings), Keys(settings.redis_prefix, service, settings.store_buckets).stopped()
        if client.get(key) is None:
            client.delete(key)
