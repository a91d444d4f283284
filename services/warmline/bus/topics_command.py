"""`warmline topics`: create what the declared list says."""

import os
from collections.abc import Iterator

import click
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from warmline.bus.config import DEAD_LETTER_TOPIC_BYTES
from warmline.bus.kafka_faults import kafka_faults_in_words
from warmline.bus.let_in import let_in
from warmline.contracts.topics import (
    DAY_MS,
    DEAD_LETTER_PARTITIONS,
    DEAD_LETTER_RETENTION_MS,
    DEFAULT_PARTITIONS,
    TOPICS,
    dead_letter_topic,
)
from warmline.services import SERVICES
from warmline.settings import SettingsError, load_settings

TIMEOUT_S = 30.0

LONGEST_SEGMENT_MS = DAY_MS
"""The most time whose records share a file of the log, ms.

A broker deletes whole files, each once its newest record is past the retention, and begins a new file of itself after
seven days: on a quiet partition words that are to go after three days would stay for ten. A day is short beside what is
kept for a week or longer, and leaves at most some thirty files a partition."""

SEGMENTS_OF_A_RETENTION = 4
"""A retention takes at least so many files: no record outlives it by more than a quarter, however short it is."""

SAFE_REPLICAS = 3
"""From so many copies on a write counts once all but one have it (SAFE_IN_SYNC): `acks=all` alone is content with a
leader that is the only one left, and Kafka's default of one in sync lets it be. With two copies it would let no write
through while one of them is away."""

SAFE_IN_SYNC = 2


MOST_COPIES = 2**15 - 1  # as the protocol counts them


def _some_copies(_context: click.Context, _parameter: click.Parameter, copies: int) -> int:
    if copies == 0:
        raise click.BadParameter("a topic has at least 1 copy, or -1: as the broker is set")
    return copies


@click.group(name="topics")
def command() -> None:
    """The topics of the one declared list, and each service's dead letters."""


@command.command()
@click.option(
    "--partitions",
    type=click.IntRange(min=1),
    default=DEFAULT_PARTITIONS,
    show_default=True,
    help="For every topic but dead letters.",
)
@click.option(
    "--replication",
    type=click.IntRange(-1, MOST_COPIES),
    callback=_some_copies,
    default=-1,
    show_default=True,
    help="Copies; -1: as the broker is set. From 3 on two must be in sync for a write.",
)
@click.option("--dry-run", is_flag=True, help="Only print what would be created.")
def create(partitions: int, replication: int, dry_run: bool) -> None:  # noqa: FBT001 # click passes options so
    """Create what is missing. A topic that is there is left as it is; running it again does no harm."""
    try:
        settings = load_settings(os.environ)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    if settings.store_buckets % partitions:
        raise click.ClickException(
            f"{partitions} partitions do not divide the {settings.store_buckets} buckets of the store "
            "(WARMLINE_STORE_BUCKETS): due times could not be told to the owner of a partition"
        )
    wanted = list(new_topics(settings.topic_prefix, partitions, replication))
    if dry_run:
        for topic in wanted:
            click.echo(f"{topic.topic}  partitions={topic.num_partitions}  {topic.config}")
        return
    with kafka_faults_in_words(settings):
        _create(let_in(settings), wanted)


def _create(admin: AdminClient, wanted: list[NewTopic]) -> None:
    for name, future in admin.create_topics(wanted, operation_timeout=TIMEOUT_S, request_timeout=TIMEOUT_S).items():
        try:
            future.result()
        except KafkaException as error:
            if error.args[0].code() < 0:  # the client's own: no broker has said anything of this topic
                raise
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise click.ClickException(f"{name}: {error.args[0].str()}") from error
            click.echo(f"{name}: there already")
        else:
            click.echo(f"{name}: created")


def new_topics(prefix: str, partitions: int, replication: int) -> Iterator[NewTopic]:
    """Yield every topic of the declared list, and the dead letters of each service, as the admin client wants them."""
    for topic in TOPICS:
        config = _config(topic.retention_ms, "compact,delete" if topic.compacted else "delete")
        yield NewTopic(prefix + topic.name, partitions, replication, config=config | safety(replication))
    for service in SERVICES:
        config = {**_config(DEAD_LETTER_RETENTION_MS, "delete"), "max.message.bytes": str(DEAD_LETTER_TOPIC_BYTES)}
        name = prefix + dead_letter_topic(service)
        yield NewTopic(name, DEAD_LETTER_PARTITIONS, replication, config=config | safety(replication))


def safety(replication: int) -> dict[str, str]:
    """Return how many copies must be in sync for a write, where there are enough; else the broker's default holds."""
    return {"min.insync.replicas": str(SAFE_IN_SYNC)} if replication >= SAFE_REPLICAS else {}


def _config(retention_ms: int, cleanup: str) -> dict[str, str]:
    return {
        "retention.ms": str(retention_ms),
        "segment.ms": str(min(LONGEST_SEGMENT_MS, retention_ms // SEGMENTS_OF_A_RETENTION)),
        "cleanup.policy": cleanup,
    }
