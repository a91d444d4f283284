"""What an error of the Kafka client means."""

from confluent_kafka import KafkaError


def is_fatal(error: KafkaError) -> bool:
    """Say whether the client is broken for good, and only another one can go on.

    `fatal()` alone says so of the first such error, which may be heard by nobody; what every later call raises is
    `_FATAL`, of which `fatal()` says no.
    """
    return error.fatal() or error.code() == KafkaError._FATAL  # noqa: SLF001 # public constant of librdkafka
