"""librdkafka settings, made from ours. Every number that matters has its reason."""

from pathlib import Path
from typing import Any

from warmline.settings import Settings, SettingsError

Config = dict[str, Any]

SESSION_TIMEOUT_MS = 15_000  # a dead instance's partitions move after this; a rolling restart stays below it
HEARTBEAT_MS = 1_000  # a member hears of a rebalance with its next heartbeat, and a cooperative one takes two rounds
MAX_POLL_INTERVAL_MS = 300_000  # the longest a batch may take; the loop polls every second even while it is held back
PREFETCH_KB = 32_768  # per consumer; with 1 KB records 32 batches of 1000: enough to never wait, small beside the model
MESSAGE_TIMEOUT_MS = 60_000  # a produce that is not acknowledged by then fails, and the batch is published again
LEADERS_KNOWN_MS = 900  # shorter than the second between two questions for the ends
LINGER_MS = 2  # batches outcomes of one batch; `flush` does not wait for it
MAX_MESSAGE_BYTES = 4_194_304  # a 64 Ki-character turn is at most 400 KB as JSON; a dead letter up to it goes whole
DEAD_LETTER_TOPIC_BYTES = MAX_MESSAGE_BYTES + 65_536
"""What a dead-letter topic has to take (its max.message.bytes): whatever the producer lets through, with its frame.

Kafka's default of 1 MB would refuse the letter of a record that is itself as large: a letter has seven headers more."""


def client_config(settings: Settings) -> Config:
    """Return what every client needs: addresses and security."""
    _check(settings)
    config: Config = {"bootstrap.servers": settings.kafka_brokers}
    optional = {
        "security.protocol": settings.kafka_security_protocol,
        "sasl.mechanism": settings.kafka_sasl_mechanism,
        "sasl.username": settings.kafka_sasl_username,
        "sasl.password": settings.kafka_sasl_password.reveal(),
        "ssl.ca.location": settings.kafka_ssl_ca_file,
        "ssl.certificate.location": settings.kafka_ssl_cert_file,
        "ssl.key.location": settings.kafka_ssl_key_file,
    }
    config.update({name: value for name, value in optional.items() if value})
    config.update(_extra(settings))
    return config


def _check(settings: Settings) -> None:
    """Say by its variable what the client would tell in the words of the library below it.

    Raises:
        SettingsError: A file is not there, or a login has no mechanism.
    """
    for name in ("kafka_ssl_ca_file", "kafka_ssl_cert_file", "kafka_ssl_key_file"):
        file = getattr(settings, name)
        if file and not Path(file).is_file():
            raise SettingsError(f"WARMLINE_{name.upper()}: there is no file {file}")
    protocol = settings.kafka_security_protocol
    has_mechanism = settings.kafka_sasl_mechanism or "sasl.mechanism" in settings.kafka_extra
    if protocol.startswith("SASL") and not has_mechanism:
        raise SettingsError(f"WARMLINE_KAFKA_SASL_MECHANISM: needed with WARMLINE_KAFKA_SECURITY_PROTOCOL={protocol}")


def ends_config(settings: Settings) -> Config:
    """Return the settings of the client that asks for partitions' ends: who leads them is looked up for each question.

    Otherwise librdkafka goes on asking, for fifteen minutes, a broker that leads a partition no longer, or by an epoch
    that is over; neither teaches it anything.
    """
    return {"metadata.max.age.ms": LEADERS_KNOWN_MS, **client_config(settings)}


def consumer_config(settings: Settings, group: str) -> Config:
    """Return the settings of a service's consumer: nothing is committed but by the loop, after the acknowledgements."""
    return {
        "group.id": group,
        "partition.assignment.strategy": "cooperative-sticky",
        "auto.offset.reset": "earliest",  # a new group must not lose what came before its first poll
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "enable.partition.eof": True,  # tells an idle partition from a lagging one
        "isolation.level": "read_committed",
        "session.timeout.ms": SESSION_TIMEOUT_MS,
        "heartbeat.interval.ms": HEARTBEAT_MS,
        "max.poll.interval.ms": MAX_POLL_INTERVAL_MS,
        "queued.max.messages.kbytes": PREFETCH_KB,
        "fetch.wait.max.ms": 50,  # the broker answers at once when there is anything; this only paces idle polling
        **client_config(settings),
    }


FAILURES_ONLY: Config = {"delivery.report.only.error": True}
"""For a producer whose `flush` tells that all is done: a call back for each success costs 2 us."""


def producer_config(settings: Settings) -> Config:
    """Return the settings of a producer: every record acknowledged by all in-sync replicas, in order, once."""
    return {
        "acks": "all",
        "enable.idempotence": True,
        "partitioner": "murmur2_random",  # as the Java clients and Faust: equal keys meet in equal partitions
        "compression.type": "lz4",
        "linger.ms": LINGER_MS,
        "message.timeout.ms": MESSAGE_TIMEOUT_MS,
        "message.max.bytes": MAX_MESSAGE_BYTES,
        **client_config(settings),
    }


def _extra(settings: Settings) -> Config:
    extra: Config = {}
    for number, pair in enumerate(map(str.strip, settings.kafka_extra.split(",")), 1):
        if not pair:
            continue
        name, equals, value = pair.partition("=")
        if not equals:
            raise SettingsError(  # not what it says: it may be the rest of a password with a comma in it
                f"WARMLINE_KAFKA_EXTRA: part {number} is not name=value; a comma ends a value"
            )
        extra[name.strip()] = value.strip()
    return extra
