"""What went wrong between a command and Kafka, in one line for whoever called it."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from confluent_kafka import KafkaException

from warmline.settings import Settings, SettingsError


@contextmanager
def kafka_faults_in_words(settings: Settings) -> Iterator[None]:
    """End a command whose client cannot be made or is not answered with what is wrong, and where it was looked for.

    Args:
        settings: They name the brokers, and hold what else was wrong.

    Raises:
        ClickException: A setting is wrong, or Kafka is away or refuses.
    """
    try:
        yield
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    except KafkaException as error:
        raise click.ClickException(fault_in_words(settings, error)) from error


def fault_in_words(settings: Settings, error: KafkaException) -> str:
    """Return the error's own words after the brokers that were asked."""
    told = error.args[0] if error.args else error
    words = told.str() if hasattr(told, "str") else str(told)
    return f"Kafka at WARMLINE_KAFKA_BROKERS={settings.kafka_brokers}: {(words or str(told)).strip()}"
